#![doc = include_str!("../README.md")]

mod application;
mod brand;
mod site;

pub use application::Application;
pub use brand::{Brand, Logo};
pub use site::{Representation, Site};
