//! A Collector with a pipeline of its operator's, beside which stand the generated configurations of all five contracts.

use std::net::SocketAddr;

use headcount_tests::{Collecting, Collector, Way, headcount, run};

use super::{Application, Cell};

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

/// Starts one that sends each contract's reports to where these words of the command line say.
pub(crate) fn collector(
    to: impl Fn(&Application) -> anyhow::Result<[String; 2]>,
) -> anyhow::Result<Collector> {
    let mut collecting = Collecting::by(OPERATORS_OWN);
    for application in Application::all()? {
        let mut command = headcount()?;
        command.args(["contract", "collector", application.contract()]).args(to(&application)?);
        collecting = collecting.and(&run(&mut command)?.success()?.stdout);
    }
    collecting.start()
}

/// Where it takes what is sent like this.
pub(crate) fn door(collector: &Collector, cell: &Cell) -> String {
    let address: SocketAddr = match cell.how.way {
        Way::Grpc => collector.grpc(),
        Way::Protobuf | Way::Json => collector.http(),
    };
    format!("http://{address}")
}
