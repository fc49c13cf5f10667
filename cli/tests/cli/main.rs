//! The built binary, as a person or a script meets it.

mod collector;
mod contracts;
mod demonstration;
mod forwarding;
mod importing;
mod inspecting;
mod logging;
mod operating;
mod operator_carries;
mod operator_decides;
mod operator_held;
mod operator_looks;
mod operator_relay;
mod published;
mod relayed;
mod relaying;
mod reports;
mod running;
mod serving;
mod store_kept;
mod store_of_one;
mod watching;
