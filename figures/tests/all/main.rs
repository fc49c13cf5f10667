//! From reports to the numbers of a day, as a receiver uses the crate.

mod counted_anew;
mod frozen_days;
mod lives;
mod model;
mod shop;
