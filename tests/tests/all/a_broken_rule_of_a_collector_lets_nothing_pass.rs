//! The rules of a generated configuration fail closed: a filter or a transformation that cannot be worked out drops what it
//! was to judge, and the operator's own pipelines go on.

use anyhow::ensure;
use headcount_tests::{Capture, Encoding, Report, Way, contains, post};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use prost::Message as _;

use crate::expected::yesterday;
use crate::forwarding::{beside, plain, printed};

/// What fails when it is worked out: nothing has a name of so many letters.
const OF_A_METRIC: &str = "Substring(metric.name, 0, 4096)";
const OF_A_SCOPE: &str = "Substring(scope.name, 0, 4096)";

/// What became of a report.
struct Outcome {
    /// Whether its sender was told that all is well.
    acknowledged: bool,
    /// Requests with it at the operator's backend.
    backend: usize,
    /// Requests at our endpoint.
    ours: Vec<ExportMetricsServiceRequest>,
}

impl Outcome {
    fn dropped(&self) -> bool {
        (self.acknowledged, self.backend, self.ours.len()) == (false, 1, 0)
    }

    /// The metrics that reached us.
    fn metrics(&self) -> Vec<&Metric> {
        let resources = self.ours.iter().flat_map(|request| &request.resource_metrics);
        let scopes = resources.flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| &scope.metrics).collect()
    }
}

/// Sends a report through a configuration in which one piece was replaced by another.
fn replaced(piece: &str, by: &str, report: &Report) -> anyhow::Result<Outcome> {
    let [backend, ours] = [Capture::start()?, Capture::start()?];
    let configuration = printed(&["openfn/2", "--receiver", &ours.endpoint()])?;
    ensure!(configuration.contains(piece), "{piece} is not in {configuration}");
    let changed = configuration.replacen(piece, by, 1);
    let mut collector = beside("operator.yaml", &backend, &changed)?.start()?;
    let answer = post(collector.http(), &report.protobuf(), Way::Protobuf, Encoding::Identity)?;
    collector.stop()?;
    let told = backend.requests().iter().map(plain).collect::<anyhow::Result<Vec<_>>>()?;
    let decoded =
        |captured| anyhow::Ok(ExportMetricsServiceRequest::decode(plain(captured)?.as_slice())?);
    Ok(Outcome {
        acknowledged: answer.status.is_success(),
        backend: told.iter().filter(|message| contains(message, b"openfn.")).count(),
        ours: ours.requests().iter().map(decoded).collect::<anyhow::Result<_>>()?,
    })
}

fn report() -> anyhow::Result<Report> {
    Report::read("openfn-2", yesterday())
}

const FIRST_METRIC: &str = "metric.name != \"headcount.report\"\n";

#[test]
fn everything_passes_rules_that_work() -> anyhow::Result<()> {
    let outcome = replaced(FIRST_METRIC, FIRST_METRIC, &report()?)?;
    assert_eq!((outcome.acknowledged, outcome.backend, outcome.ours.len()), (true, 1, 1));
    assert_eq!(outcome.metrics().len(), report()?.gauges.len());
    Ok(())
}

#[test]
fn nothing_passes_a_condition_that_fails() -> anyhow::Result<()> {
    let failing = format!("{OF_A_METRIC} == \"\" or {FIRST_METRIC}");
    assert!(replaced(FIRST_METRIC, &failing, &report()?)?.dropped());
    let application = "resource.attributes[\"service.name\"] != \"openfn\"\n";
    let failing = format!("{OF_A_SCOPE} == \"\" or {application}");
    assert!(replaced(application, &failing, &report()?)?.dropped());
    Ok(())
}

#[test]
fn nothing_passes_a_statement_that_fails() -> anyhow::Result<()> {
    for (statement, failing) in [
        ("set(metric.description, \"\")", format!("set(metric.description, {OF_A_METRIC})")),
        ("set(scope.version, \"\")", format!("set(scope.version, {OF_A_SCOPE})")),
    ] {
        assert!(replaced(statement, &failing, &report()?)?.dropped(), "{statement}");
    }
    Ok(())
}

#[test]
fn a_metric_that_the_filter_does_not_name_does_not_pass() -> anyhow::Result<()> {
    let outcome = replaced("        and metric.name != \"openfn.users\"\n", "", &report()?)?;
    assert!(outcome.acknowledged);
    let names: Vec<_> = outcome.metrics().into_iter().map(|metric| metric.name.as_str()).collect();
    assert!(!names.contains(&"openfn.users"), "{names:?}");
    assert_eq!(names.len(), report()?.gauges.len() - 1);
    Ok(())
}

/// As where somebody adds one by hand.
#[test]
fn a_metric_that_only_the_filter_names_has_no_attributes() -> anyhow::Result<()> {
    let mut secret = report()?;
    secret.gauge("openfn.project.users")?.name = "openfn.project.secrets".to_owned();
    secret.gauges.retain(|gauge| gauge.name == "openfn.project.secrets");
    let longer = format!("{FIRST_METRIC}        and metric.name != \"openfn.project.secrets\"\n");
    let outcome = replaced(FIRST_METRIC, &longer, &secret)?;
    let [metric] = outcome.metrics()[..] else { anyhow::bail!("expected one metric") };
    assert_eq!(metric.name, "openfn.project.secrets");
    assert!(!contains(&metric.encode_to_vec(), b"openfn.project.id"), "{metric:?}");
    Ok(())
}
