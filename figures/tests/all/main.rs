//! From reports to the numbers of a day, as a receiver uses the crate; and what these numbers must not tell.

mod attacker;
mod counted_anew;
mod freezing;
mod frozen_days;
mod kept;
mod known_limits;
mod lives;
mod model;
mod nobody_is_given_away;
mod plans;
mod shop;
mod unprotected;
mod world;
