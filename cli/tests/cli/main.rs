//! The built binary, as a person or a script meets it.

mod contracts;
mod demonstration;
mod inspecting;
mod published;
mod reports;
mod running;
mod serving;
