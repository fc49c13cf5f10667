//! The exporter as a host uses it, against real servers.

mod blunt;
mod canary;
mod consent;
mod fallback;
mod held;
mod hosts;
mod meaning;
mod misbehaviour;
mod processes;
mod proxy;
mod relay;
mod reports;
mod sending;
mod server;
mod service;
#[cfg(feature = "tls")]
mod tls;
