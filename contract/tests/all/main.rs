//! The contracts that ship, and what every contract must do.

mod agreeing;
mod announcing;
mod anonymising;
mod assembling;
mod carried;
mod collector;
mod derived;
mod diff;
mod documents;
mod doubles;
mod erasing;
mod golden;
mod merging;
mod mistakes;
mod moving;
mod ninth;
mod outlines;
mod publishing;
mod receiving;
mod relaying;
mod request;
mod restoring;
mod sums;
mod validator;
mod weaver;
mod windows;
