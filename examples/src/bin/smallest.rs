//! The smallest service that reports its usage: one gauge, one report, the outcome.
//!
//! ```text
//! smallest [ENDPOINT]        default: http://127.0.0.1:4318
//! ```
#![expect(clippy::print_stdout, reason = "its whole output is for people")]

use anyhow::Result;
use headcount::contract::{Contract, Level};
use headcount::{Consent, Exporter};

fn main() -> Result<()> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:4318".to_owned());
    let contract =
        Contract::parse("bookshelf.yaml", include_str!("../../contracts/bookshelf.yaml"))?;
    // Given for the sake of the example. A service asks the person who runs it.
    let consent = Consent::Granted { digest: contract.digest(), level: Level::Basic };
    let exporter = Exporter::builder(contract)
        .endpoint(endpoint)
        // A service makes a random UUID at its first start, and keeps it.
        .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
        .attribute("service.version", env!("CARGO_PKG_VERSION"))
        .consent(consent)
        .build()?;

    // A callback is asked when a report is made.
    let readers = ["ada", "grace", "hedy"];
    let _readers = exporter
        .meter()
        .u64_observable_gauge("bookshelf.readers")
        .with_callback(move |observer| observer.observe(readers.len() as u64, &[]))
        .build();

    println!("{}", exporter.preview()?);
    println!("{}", exporter.send_now()?);
    Ok(())
}
