//! From reports to the numbers of a day, as a receiver uses the crate.

mod frozen_days;
mod shop;
