#![doc = include_str!("../README.md")]

mod application;
mod brand;
mod colour;
mod wording;

mod badge;
mod contract_files;
mod gauges;
mod json;
mod list;
mod media_type;
mod open_data;
mod openapi;
mod page;
mod prometheus;
mod stats;

mod site;

#[doc(hidden)]
pub mod sample;

pub use application::Application;
pub use brand::{Brand, Logo};
pub use gauges::{Gauge, Point, gauges};
pub use page::POLICY;
pub use site::{Representation, Served, Site};
