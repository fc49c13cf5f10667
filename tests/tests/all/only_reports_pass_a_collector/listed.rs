//! A report with something unlisted beside all that it has, and what the places in its request are.

use headcount_tests::Report;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

use super::everything::{pair, points};

/// The gauges that it has: one of each list.
const GAUGES: [&str; 2] = ["openfn.project.users", "openfn.workflow.jobs"];

/// A short report of `openfn/2`: of two gauges one point, and beside the attributes of resource, scope and points one that
/// the contract does not list.
pub(super) struct Listed(ExportMetricsServiceRequest);

/// A step on the way to a place: `attributes[1]`, `attributes[new]` or `key`.
type Step<'p> = (&'p str, Option<usize>);

impl Listed {
    /// With points of this time.
    pub(super) fn at(time: u64) -> anyhow::Result<Self> {
        let report = Report::read("openfn-2", time)?.protobuf();
        let mut request = ExportMetricsServiceRequest::decode(report.as_slice())?;
        for resource in &mut request.resource_metrics {
            resource.resource.get_or_insert_default().attributes.push(pair("shop.region", "here"));
            for scope in &mut resource.scope_metrics {
                scope.scope.get_or_insert_default().attributes.push(pair("http.route", "here"));
                scope.metrics.retain(|metric| GAUGES.contains(&metric.name.as_str()));
                for points in scope.metrics.iter_mut().filter_map(points) {
                    points.truncate(1);
                    points[0].attributes.push(pair("http.route", "here"));
                }
            }
        }
        Ok(Self(request))
    }

    /// Its request.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }

    /// What a place is: `resource_metrics[0].resource[0].attributes[1].value[0].string_value` is
    /// `resource.attributes[os.type].value`.
    pub(super) fn named(&self, place: &str) -> String {
        let steps: Vec<_> = place.split('.').map(step).collect();
        let holders = ["data_points", "scope", "resource"];
        let begin = holders.iter().find_map(|holder| position(&steps, holder)).unwrap_or_default();
        let end = position(&steps, "value").map_or(steps.len(), |value| value + 1);
        let key = self.key(&steps).unwrap_or_else(|| "new".to_owned());
        let named = |(name, _): &Step<'_>| match *name {
            "attributes" => format!("attributes[{key}]"),
            name => name.to_owned(),
        };
        steps[begin..end.max(begin)].iter().map(named).collect::<Vec<_>>().join(".")
    }

    /// The key of the attribute that the steps lead to, where it is one that was there.
    fn key(&self, steps: &[Step<'_>]) -> Option<String> {
        let at = |name| steps[position(steps, name)?].1;
        let resource = &self.0.resource_metrics[0];
        let scope = &resource.scope_metrics[0];
        let attributes = if position(steps, "data_points").is_some() {
            let mut metric = scope.metrics[at("metrics")?].clone();
            points(&mut metric)?[at("data_points")?].attributes.clone()
        } else if position(steps, "scope").is_some() {
            scope.scope.clone()?.attributes
        } else {
            resource.resource.clone()?.attributes
        };
        Some(attributes[at("attributes")?].key.clone())
    }
}

fn step(step: &str) -> Step<'_> {
    let (name, index) = step.split_once('[').unwrap_or((step, ""));
    (name, index.trim_end_matches(']').parse().ok())
}

fn position(steps: &[Step<'_>], name: &str) -> Option<usize> {
    steps.iter().position(|(step, _)| *step == name)
}
