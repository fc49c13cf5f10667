//! The exporter as a host uses it, against real servers.

mod canary;
mod consent;
mod hosts;
mod misbehaviour;
mod reports;
mod server;
mod service;
#[cfg(feature = "tls")]
mod tls;
