//! Runs each example as its user would, against a real receiver, and reads what arrived.

mod backend;
mod command_line;
mod either_protocol;
mod instrumented_axum;
mod lives;
mod published;
mod receiver;
mod smallest;
