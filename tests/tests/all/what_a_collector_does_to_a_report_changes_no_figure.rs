//! What operators have their Collectors do to telemetry: the same report comes out, or the Collector is told what was
//! refused, and how much of it. A figure that was not measured never comes out.

use anyhow::ensure;
use headcount_tests::{Capture, Encoding, Numbered, Report, Way, post};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Sum, metric::Data};
use prost::Message as _;

use crate::expected::{openfn, rfc3339_micros, yesterday};
use crate::through::{AT_ONCE, Onward, Route, exporting, passing};

/// Keeps the resource's attributes, and of the points those in the braces.
macro_rules! redaction {
    ($($keys:literal)*) => {
        concat!(
            "allow_all_keys: false\n",
            "allowed_keys: [service.name, service.version, service.instance.id, os.type",
            $(", ", $keys,)*
            "]",
        )
    };
}

/// What came of one report.
struct Outcome {
    /// What `headcount reports` prints.
    lines: Vec<String>,
    /// What `headcount reports --incomplete` prints.
    incomplete: Vec<String>,
    /// The report that it must print where nothing is lost.
    whole: String,
    log: String,
}

impl Outcome {
    /// Of a report through a Collector with these processors, and these settings of what sends on.
    fn of(onward: Onward, processors: &[(&str, &str)], settings: &str) -> anyhow::Result<Self> {
        let time = yesterday();
        let mut route = Route::with(onward, processors, |collecting| {
            collecting.and(&exporting(onward, AT_ONCE)).and(&exporting(onward, settings))
        })?;
        let request = Report::read("openfn-2", time)?.protobuf();
        // What the receiver refuses altogether, the Collector refuses too.
        post(route.collector.grpc(), &request, Way::Grpc, Encoding::Identity)?;
        let lines = route.arrived()?;
        let incomplete = route.receiver.reports(&["--incomplete"])?;
        let whole = openfn(&rfc3339_micros(time));
        Ok(Self { lines, incomplete, whole, log: route.collector.log() })
    }

    /// How many points the Collector was told that the receiver dropped.
    fn dropped(&self) -> Option<u64> {
        let (_, rest) = self.log.split_once(r#""dropped_data_points": "#)?;
        rest.split_once('}')?.0.parse().ok()
    }
}

fn arrives(processors: &[(&str, &str)]) -> anyhow::Result<()> {
    for onward in Onward::BOTH {
        let outcome = Outcome::of(onward, processors, "{}")?;
        assert_eq!(outcome.lines, [&*outcome.whole], "{onward:?}: {}", outcome.log);
        ensure!(outcome.dropped().is_none(), "{onward:?}: {}", outcome.log);
    }
    Ok(())
}

/// Nothing is stored, and the Collector's log tells its operator why.
fn is_refused(processors: &[(&str, &str)], why: &str) -> anyhow::Result<()> {
    for onward in Onward::BOTH {
        let outcome = Outcome::of(onward, processors, "{}")?;
        assert_eq!(outcome.lines, Vec::<String>::new(), "{onward:?}: {}", outcome.log);
        assert_eq!(outcome.dropped(), Some(14), "{onward:?}: {}", outcome.log);
        ensure!(outcome.log.contains(why), "{onward:?}: expected {why} in {}", outcome.log);
    }
    Ok(())
}

/// A `transform` processor with these statements.
fn transform(statements: &[&str]) -> String {
    let list: Vec<String> = statements.iter().map(|one| format!("\n  - '{one}'")).collect();
    format!("error_mode: propagate\nmetric_statements:{}", list.concat())
}

#[test]
fn integers_become_doubles() -> anyhow::Result<()> {
    let doubles = transform(&["set(datapoint.value_double, Double(datapoint.value_int))"]);
    arrives(&[("transform", &doubles)])
}

#[test]
fn what_it_is_called_and_measured_in_changes() -> anyhow::Result<()> {
    let wording = transform(&[
        r#"set(metric.unit, "1")"#,
        r#"set(metric.description, "by the Collector")"#,
        r#"set(scope.name, "by the Collector")"#,
        r#"set(scope.version, "1")"#,
    ]);
    arrives(&[("transform", &wording)])
}

#[test]
fn the_resource_is_copied_to_every_point() -> anyhow::Result<()> {
    let copied = transform(&[r#"merge_maps(datapoint.attributes, resource.attributes, "upsert")"#]);
    arrives(&[("transform", &copied)])
}

/// Takes ids from the points, and makes a resource for each.
const GROUPED: [&str; 2] =
    ["keys: [openfn.project.id]", "keys: [openfn.project.id, openfn.workflow.id]"];

#[test]
fn the_ids_of_projects_and_workflows_move_to_the_resource() -> anyhow::Result<()> {
    let schema =
        transform(&[r#"set(resource.schema_url, "https://schemas.headcount.example/openfn/2")"#]);
    for grouped in GROUPED {
        arrives(&[("groupbyattrs", grouped), ("transform", &schema)])?;
    }
    Ok(())
}

/// The `groupbyattrs` processor forgets the schema URL, so that the newest version of the contract is meant.
#[test]
fn a_report_that_lost_its_version_on_the_way_is_incomplete() -> anyhow::Result<()> {
    for onward in Onward::BOTH {
        for grouped in GROUPED {
            let outcome = Outcome::of(onward, &[("groupbyattrs", grouped)], "{}")?;
            assert_eq!(outcome.lines, Vec::<String>::new(), "{onward:?}");
            let [lacking] = outcome.incomplete.as_slice() else {
                anyhow::bail!("expected one report, got {:?}", outcome.incomplete);
            };
            let expected = "\"missing\":[\"instance.no_of_monthly_active_users\",";
            ensure!(lacking.contains("\"contract\":\"openfn/3\""), "{onward:?}: {lacking}");
            ensure!(lacking.contains(expected), "{onward:?}: {lacking}");
        }
    }
    Ok(())
}

#[test]
fn all_that_the_contract_does_not_list_is_redacted() -> anyhow::Result<()> {
    arrives(&[("redaction", redaction!("openfn.project.id" "openfn.workflow.id"))])
}

#[test]
fn what_the_contract_needs_is_redacted_too() -> anyhow::Result<()> {
    is_refused(
        &[("redaction", "allow_all_keys: false\nallowed_keys: [service.name]")],
        "service.version",
    )
}

#[test]
fn a_child_that_is_redacted_is_not_counted_with_another() -> anyhow::Result<()> {
    for onward in Onward::BOTH {
        let outcome = Outcome::of(onward, &[("redaction", redaction!("openfn.project.id"))], "{}")?;
        // Two workflows of four figures.
        assert_eq!(outcome.dropped(), Some(8), "{onward:?}: {}", outcome.log);
        ensure!(outcome.log.contains("openfn.workflow.id"), "{onward:?}: {}", outcome.log);
        let (before, workflows) =
            outcome.whole.split_once(r#"[{"hashed_uuid":"834"#).unwrap_or_default();
        ensure!(!workflows.is_empty(), "{}", outcome.whole);
        assert_eq!(outcome.lines, [format!("{before}[]}}]}}")], "{onward:?}");
    }
    Ok(())
}

#[test]
fn the_gauges_are_renamed() -> anyhow::Result<()> {
    let renamed = transform(&[r#"set(metric.name, Concat(["prod", metric.name], "."))"#]);
    is_refused(&[("transform", &renamed)], "metrics[0]")
}

#[test]
fn what_tells_instances_apart_moves_to_the_points() -> anyhow::Result<()> {
    for name in ["service.instance.id", "service.version"] {
        let moved = format!(
            r#"error_mode: propagate
metric_statements:
  - context: datapoint
    statements: ['set(datapoint.attributes["{name}"], resource.attributes["{name}"])']
  - context: resource
    statements: ['delete_key(resource.attributes, "{name}")']"#
        );
        arrives(&[("transform", &moved)])?;
    }
    Ok(())
}

/// Instances that only their points tell apart: a batch of them, put under one resource.
#[test]
fn many_instances_end_under_one_resource() -> anyhow::Result<()> {
    const INSTANCES: u64 = 20;
    let moved = transform(&[
        r#"set(datapoint.attributes["service.instance.id"], resource.attributes["service.instance.id"])"#,
        r#"delete_key(resource.attributes, "service.instance.id")"#,
    ]);
    let processors = [
        ("transform", &*moved),
        ("batch", "{ send_batch_size: 20, timeout: 60s }"),
        ("groupbyattrs", "keys: []"),
    ];
    let numbered = Numbered::at(yesterday())?;
    let request = numbered.request(&(0..INSTANCES).collect::<Vec<_>>());
    // What this is about does happen.
    let capture = Capture::start()?;
    let plain = exporting(Onward::Http, "{ compression: none }");
    let mut collector =
        passing(capture.address(), Onward::Http, &processors).and(&plain).start()?;
    post(collector.grpc(), &request, Way::Grpc, Encoding::Identity)?.success()?;
    collector.stop()?;
    let sent = ExportMetricsServiceRequest::decode(capture.requests()[0].message())?;
    assert_eq!(sent.resource_metrics.len(), 1);

    for onward in Onward::BOTH {
        let mut route = Route::through(onward, &processors)?;
        route.post(&request)?;
        let mut numbers = Vec::new();
        for line in route.arrived()? {
            numbers.push(numbered.number(&line)?);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (0..INSTANCES).collect::<Vec<_>>(), "{onward:?}");
    }
    Ok(())
}

#[test]
fn what_tells_instances_apart_is_lost() -> anyhow::Result<()> {
    for name in ["service.instance.id", "service.version"] {
        let lost = transform(&[&format!(r#"delete_key(resource.attributes, "{name}")"#)]);
        is_refused(&[("transform", &lost)], name)?;
    }
    Ok(())
}

#[test]
fn it_compresses() -> anyhow::Result<()> {
    for onward in Onward::BOTH {
        for compression in ["none", "gzip", "zstd"] {
            let outcome = Outcome::of(onward, &[], &format!("{{ compression: {compression} }}"))?;
            assert_eq!(
                outcome.lines,
                [&*outcome.whole],
                "{onward:?} {compression}: {}",
                outcome.log
            );
        }
        // The receiver does not read it, and says so by name.
        let outcome = Outcome::of(onward, &[], "{ compression: snappy }")?;
        assert_eq!(outcome.lines, Vec::<String>::new(), "{onward:?}");
        let why = "expected content-encoding identity, gzip or zstd, got snappy";
        ensure!(outcome.log.contains(why), "{onward:?}: {}", outcome.log);
    }
    Ok(())
}

/// The report's request with sums in place of gauges.
fn sums(
    time: u64,
    temporality: AggregationTemporality,
    monotonic: bool,
) -> anyhow::Result<Vec<u8>> {
    let request = Report::read("openfn-2", time)?.protobuf();
    let mut request = ExportMetricsServiceRequest::decode(&*request)?;
    let resources = request.resource_metrics.iter_mut();
    let metrics = resources.flat_map(|resource| &mut resource.scope_metrics);
    for metric in metrics.flat_map(|scope| &mut scope.metrics) {
        if let Some(Data::Gauge(gauge)) = metric.data.take() {
            metric.data = Some(Data::Sum(Sum {
                data_points: gauge.data_points,
                aggregation_temporality: temporality.into(),
                is_monotonic: monotonic,
            }));
        }
    }
    Ok(request.encode_to_vec())
}

#[test]
fn sums_that_hold_only_a_part_of_the_figure_are_refused() -> anyhow::Result<()> {
    for (temporality, monotonic) in [
        (AggregationTemporality::Delta, false),
        (AggregationTemporality::Delta, true),
        (AggregationTemporality::Cumulative, true),
    ] {
        for onward in Onward::BOTH {
            let mut route =
                Route::with(onward, &[], |collecting| collecting.and(&exporting(onward, AT_ONCE)))?;
            route.post(&sums(yesterday(), temporality, monotonic)?)?;
            assert_eq!(route.arrived()?, Vec::<String>::new(), "{onward:?} {temporality:?}");
            let log = route.collector.log();
            ensure!(log.contains(r#""dropped_data_points": 14}"#), "{onward:?}: {log}");
            ensure!(log.contains("metrics[0]"), "{onward:?}: {log}");
        }
    }
    Ok(())
}

#[test]
fn a_sum_that_holds_the_figure_counts_as_the_gauge() -> anyhow::Result<()> {
    let time = yesterday();
    for onward in Onward::BOTH {
        let mut route = Route::through(onward, &[])?;
        route.post(&sums(time, AggregationTemporality::Cumulative, false)?)?;
        assert_eq!(route.arrived()?, [openfn(&rfc3339_micros(time))], "{onward:?}");
    }
    Ok(())
}
