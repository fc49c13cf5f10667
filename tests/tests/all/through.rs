//! A real OpenTelemetry Collector between whoever sends and a receiver.

use std::net::SocketAddr;

use anyhow::ensure;
use headcount_tests::{Collecting, Collector, Encoding, Receiver, Report, Way, post};

/// What all of them have: OTLP comes in, and goes on to `${env:TO}`.
const CONFIGURATION: &str = r#"
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "${env:GRPC}" }
      http: { endpoint: "${env:HTTP}" }
exporters:
  otlp_grpc: { endpoint: "${env:TO}", tls: { insecure: true } }
  otlp_http: { endpoint: "http://${env:TO}" }
service:
  pipelines:
    metrics: { receivers: [otlp], exporters: [otlp_grpc] }
"#;

/// How a Collector sends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    Grpc,
    Http,
}

impl Onward {
    pub(crate) const BOTH: [Self; 2] = [Self::Grpc, Self::Http];

    pub(crate) fn exporter(self) -> &'static str {
        match self {
            Self::Grpc => "otlp_grpc",
            Self::Http => "otlp_http",
        }
    }
}

/// A Collector that sends metrics on to an address, with whatever `processors` (name and settings, in their order) do
/// to them on the way.
pub(crate) fn passing(to: SocketAddr, onward: Onward, processors: &[(&str, &str)]) -> Collecting {
    let names: Vec<&str> = processors.iter().map(|(name, _)| *name).collect();
    let mut collecting = Collecting::by(CONFIGURATION).set("TO", &to.to_string()).and(&format!(
        "service: {{ pipelines: {{ metrics: {{ processors: [{}], exporters: [{}] }} }} }}",
        names.join(", "),
        onward.exporter(),
    ));
    for (name, settings) in processors {
        let settings = settings.replace('\n', "\n    ");
        collecting = collecting.and(&format!("processors:\n  {name}:\n    {settings}\n"));
    }
    collecting
}

/// The settings of an exporter, laid over the others.
pub(crate) fn exporting(onward: Onward, settings: &str) -> String {
    format!("exporters: {{ {}: {settings} }}", onward.exporter())
}

/// Lets a Collector, which hands on every request before it answers, say what a receiver said.
#[allow(dead_code, reason = "used next")]
pub(crate) const AT_ONCE: &str =
    "{ sending_queue: { enabled: false }, retry_on_failure: { enabled: false } }";

/// A receiver behind a Collector.
pub(crate) struct Route {
    pub(crate) collector: Collector,
    pub(crate) receiver: Receiver,
}

impl Route {
    pub(crate) fn through(onward: Onward, processors: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::with(onward, processors, |collecting| collecting)
    }

    pub(crate) fn with(
        onward: Onward,
        processors: &[(&str, &str)],
        adapt: impl FnOnce(Collecting) -> Collecting,
    ) -> anyhow::Result<Self> {
        let receiver = Receiver::start()?;
        let collector = adapt(passing(receiver.address(), onward, processors)).start()?;
        Ok(Self { collector, receiver })
    }

    /// Sends a report to the Collector, which takes it.
    pub(crate) fn send(&self, report: &Report) -> anyhow::Result<()> {
        self.post(&report.protobuf())
    }

    /// As [`send`](Self::send), of an OTLP request.
    pub(crate) fn post(&self, request: &[u8]) -> anyhow::Result<()> {
        let answer = post(self.collector.grpc(), request, Way::Grpc, Encoding::Identity)?;
        // A Collector sets the field, also where it has nothing to say: by OTLP's rules that is a full success.
        let partial = answer.success()?.partial_success()?;
        ensure!(partial.is_none_or(|partial| partial.rejected == 0), "taken in part");
        Ok(())
    }

    /// What `headcount reports` prints when the Collector has sent all that it took.
    pub(crate) fn arrived(&mut self) -> anyhow::Result<Vec<String>> {
        self.collector.stop()?;
        self.receiver.reports(&[])
    }
}
