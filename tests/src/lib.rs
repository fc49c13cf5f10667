//! The harness of the end-to-end tests: it starts the built `headcount` binary and real peers, and
//! waits for what they say, never for a time.
//!
//! It builds and installs nothing: `./test` in the root of the repository does. Where the binary or a
//! peer is missing, a test fails and says what to run.

mod answer;
mod browser;
mod cable;
mod capture;
mod client;
mod collector;
mod connection;
pub mod disk;
mod numbered;
mod peer;
mod process;
mod prometheus;
mod random;
mod receiver;
mod relay;
mod report;
mod sdk;
mod search;
mod terminal;
pub mod trace;
mod vectors;
mod year;

pub use answer::{Answer, PartialSuccess};
pub use browser::{Browser, Key};
pub use cable::Cable;
pub use capture::{Capture, Captured};
pub use client::{Encoding, Way, get, post, post_from, send};
pub use collector::{Collecting, Collector, free_address};
pub use connection::{Connection, Reply};
pub use numbered::Numbered;
pub use peer::{Peer, example, headcount};
pub use process::{Finished, run};
pub use prometheus::{Prometheus, Series};
pub use random::Random;
pub use receiver::{Receiver, Serving, database, reports};
pub use relay::Relay;
pub use report::{Gauge, Point, Report};
pub use sdk::{Sdk, Sending};
pub use search::{Needles, contains, files_below, hex};
pub use terminal::{Started, Terminal, at_another_time, blocks};
pub use vectors::{Vector, Watched};
pub use year::Year;
