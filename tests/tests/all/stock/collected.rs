//! A Collector with a pipeline of its operator's, beside which stand the generated configurations of all five contracts.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use headcount_tests::{Collecting, Collector, Receiver, Way, headcount, run};

use super::{Cell, Relays};

const OPERATORS_OWN: &str = r#"
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "${env:GRPC}" }
      http: { endpoint: "${env:HTTP}" }
processors:
  batch:
exporters:
  debug:
service:
  pipelines:
    metrics: { receivers: [otlp], processors: [batch], exporters: [debug] }
"#;

/// Starts one that sends to the receiver what these cells are of.
pub(crate) fn collector(cells: &[Cell], receiver: &Receiver) -> anyhow::Result<Collector> {
    let mut collecting = Collecting::by(OPERATORS_OWN);
    let contracts: BTreeSet<_> = cells.iter().map(|cell| cell.application.contract()).collect();
    for contract in contracts {
        collecting = collecting.and(&generated(contract, ["--receiver", &receiver.endpoint()])?);
    }
    collecting.start()
}

/// Starts one that sends to each cell's relay.
pub(crate) fn collector_to_relays(cells: &[Cell], relays: &Relays) -> anyhow::Result<Collector> {
    let mut collecting = Collecting::by(OPERATORS_OWN);
    let mut known = BTreeSet::new();
    for cell in cells {
        let address = relays.address(cell)?;
        if !known.insert(address) {
            continue;
        }
        let contract = cell.application.contract();
        let mut pipeline = generated(contract, ["--relay", &address.to_string()])?;
        if cell.application.id()?.is_none() {
            pipeline = alone(cell, &pipeline)?;
        }
        collecting = collecting.and(&pipeline);
    }
    collecting.start()
}

/// Where a Collector takes what is sent like this.
pub(crate) fn door(collector: &Collector, cell: &Cell) -> String {
    let address = match cell.how.way {
        Way::Grpc => collector.grpc(),
        Way::Protobuf | Way::Json => collector.http(),
    };
    format!("http://{address}")
}

fn generated(contract: &str, to: [&str; 2]) -> anyhow::Result<String> {
    let mut command = headcount()?;
    command.args(["contract", "collector", contract]).args(to);
    Ok(run(&mut command)?.success()?.stdout)
}

/// The same beside others of its contract, for what this cell sends alone.
fn alone(cell: &Cell, pipeline: &str) -> anyhow::Result<String> {
    let (name, _) = cell.application.contract().split_once('/').context("a name and a version")?;
    let conditions = "metric_conditions:\n";
    ensure!(pipeline.contains(conditions), "expected {conditions} in {pipeline}");
    let version = cell.application.version()?;
    let other =
        format!("{conditions}      - resource.attributes[\"service.version\"] != \"{version}\"\n");
    let number = cell.number;
    Ok(pipeline
        .replace(&format!("headcount-{name}"), &format!("headcount-{name}-{number}"))
        .replace(conditions, &other))
}
