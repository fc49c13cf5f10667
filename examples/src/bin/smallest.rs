//! The smallest service that reports its usage: one gauge, one report, the outcome.
//!
//! ```text
//! smallest [ENDPOINT [DATA-DIRECTORY]]    default: http://127.0.0.1:4318 smallest-usage
//! ```
#![expect(clippy::print_stdout, reason = "its whole output is for people")]

use anyhow::Result;
use headcount::Exporter;
use headcount::contract::{Contract, Level};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = arguments.next().unwrap_or_else(|| "http://127.0.0.1:4318".to_owned());
    let data_directory = arguments.next().unwrap_or_else(|| "smallest-usage".to_owned());
    let contract =
        Contract::parse("bookshelf.yaml", include_str!("../../contracts/bookshelf.yaml"))?;
    let exporter = Exporter::builder(contract, data_directory)
        .endpoint(endpoint)
        .attribute("service.version", env!("CARGO_PKG_VERSION"))
        .build()?;

    // A callback is asked when a report is made.
    let readers = ["ada", "grace", "hedy"];
    let _readers = exporter
        .meter()
        .u64_observable_gauge("bookshelf.readers")
        .with_callback(move |observer| observer.observe(readers.len() as u64, &[]))
        .build();

    // Given for the sake of the example. A service asks the person who runs it, and calls `start`.
    exporter.agree(Level::Basic)?;
    println!("{}", exporter.preview()?);
    println!("{}", exporter.send_now()?);
    Ok(())
}
