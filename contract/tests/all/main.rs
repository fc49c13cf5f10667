//! The contracts that ship, and what every contract must do.

mod golden;
