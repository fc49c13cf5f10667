//! `headcount demo --year`: a year of five hundred instances, through all of it.

mod world;
