//! What Collectors do to metrics on their way, as functions on points with all that stands above them.

use headcount_contract::Library;
use headcount_proto::otlp::{
    ExportMetricsServiceRequest, Gauge, InstrumentationScope, KeyValue, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use proptest::prelude::*;
use prost::Message as _;

use crate::request::{LIBRARY, text};

/// A point, and the heads of all that it lies in.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    resource: ResourceMetrics,
    scope: ScopeMetrics,
    metric: Metric,
    point: NumberDataPoint,
}

/// What a Collector does. Of what it moves a bit in eight says which.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Splits every request into some of so many points.
    Split(usize),
    /// Makes one request of all.
    Merge,
    /// Brings requests, points and their attributes into another order.
    Shuffle(u64),
    /// Sends every request twice.
    Repeat,
    /// Turns integers into doubles.
    Doubles,
    /// Turns gauges into cumulative sums that can fall.
    Sums,
    /// Groups by what tells elements apart.
    IdsToResource,
    /// Moves attributes of the resource to its points.
    ResourceToPoints(u8),
    /// Moves attributes of the resource to its scopes.
    ResourceToScope(u8),
    /// Adds attributes everywhere.
    Add,
    /// Drops units, descriptions, and schema URLs where `service.name` says the same.
    Bare,
    /// Gives each metric a scope of its own.
    Scopes,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..9_usize).prop_map(Step::Split),
        Just(Step::Merge),
        any::<u64>().prop_map(Step::Shuffle),
        Just(Step::Repeat),
        Just(Step::Doubles),
        Just(Step::Sums),
        Just(Step::IdsToResource),
        prop_oneof![Just(u8::MAX), any::<u8>()].prop_map(Step::ResourceToPoints),
        any::<u8>().prop_map(Step::ResourceToScope),
        Just(Step::Add),
        Just(Step::Bare),
        Just(Step::Scopes),
    ];
    proptest::collection::vec(step, 0..10)
}

/// A request's points.
pub(crate) fn items(request: ExportMetricsServiceRequest) -> Vec<Item> {
    let mut items = Vec::new();
    for mut resource in request.resource_metrics {
        for mut scope in std::mem::take(&mut resource.scope_metrics) {
            for mut metric in std::mem::take(&mut scope.metrics) {
                let Some(metric::Data::Gauge(gauge)) = &mut metric.data else {
                    panic!("expected a gauge, got {:?}", metric.data)
                };
                for point in std::mem::take(&mut gauge.data_points) {
                    let (resource, scope, metric) =
                        (resource.clone(), scope.clone(), metric.clone());
                    items.push(Item { resource, scope, metric, point });
                }
            }
        }
    }
    items
}

/// The bytes of a request. Points under equal heads stand `together`, or each in a message of its own.
pub(crate) fn encode(items: &[Item], together: bool) -> Vec<u8> {
    let mut request = ExportMetricsServiceRequest::default();
    for Item { resource, scope, metric, point } in items {
        let resources = &mut request.resource_metrics;
        let resource = place(resources, resource, together, |held, head| {
            (&held.resource, &held.schema_url) == (&head.resource, &head.schema_url)
        });
        let scope = place(&mut resource.scope_metrics, scope, together, |held, head| {
            (&held.scope, &held.schema_url) == (&head.scope, &head.schema_url)
        });
        let metric = place(&mut scope.metrics, metric, together, |held, head| {
            let kind = |one: &Metric| one.data.as_ref().map(std::mem::discriminant);
            (&held.name, &held.unit, kind(held)) == (&head.name, &head.unit, kind(head))
        });
        points(metric).push(point.clone());
    }
    request.encode_to_vec()
}

/// Where what lies under this head goes.
fn place<'u, T: Clone>(
    under: &'u mut Vec<T>,
    head: &T,
    together: bool,
    same: impl Fn(&T, &T) -> bool,
) -> &'u mut T {
    let index = under.iter().position(|one| together && same(one, head));
    let index = index.unwrap_or_else(|| {
        under.push(head.clone());
        under.len() - 1
    });
    &mut under[index]
}

fn points(metric: &mut Metric) -> &mut Vec<NumberDataPoint> {
    match &mut metric.data {
        Some(
            metric::Data::Gauge(Gauge { data_points }) | metric::Data::Sum(Sum { data_points, .. }),
        ) => data_points,
        other => panic!("expected a gauge or a sum, got {other:?}"),
    }
}

/// What becomes of requests.
pub(crate) fn after(steps: &[Step], mut requests: Vec<Vec<Item>>) -> Vec<Vec<Item>> {
    for step in steps {
        requests = match *step {
            Step::Split(points) => {
                let pieces = requests.iter().flat_map(|items| items.chunks(points));
                pieces.map(<[Item]>::to_vec).collect()
            }
            Step::Merge => vec![requests.concat()],
            Step::Repeat => [requests.clone(), requests].concat(),
            Step::Shuffle(seed) => shuffled(requests, seed),
            step => {
                requests.iter_mut().flatten().for_each(|item| item.take(step));
                requests
            }
        };
    }
    requests
}

fn shuffled(mut requests: Vec<Vec<Item>>, mut seed: u64) -> Vec<Vec<Item>> {
    let mut below = move |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).expect("31 bits") % end
    };
    for items in &mut requests {
        for index in 1..items.len() {
            items.swap(index, below(index + 1));
        }
        for item in items {
            item.point.attributes.reverse();
        }
    }
    for index in 1..requests.len() {
        requests.swap(index, below(index + 1));
    }
    requests
}

impl Item {
    fn on_resource(&mut self) -> &mut Vec<KeyValue> {
        &mut self.resource.resource.get_or_insert_default().attributes
    }

    fn on_scope(&mut self) -> &mut Vec<KeyValue> {
        &mut self.scope.scope.get_or_insert_default().attributes
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Doubles => self.double(),
            Step::Sums => self.sum(),
            Step::IdsToResource => {
                let ids = |key: &str| ID_KEYS.contains(&key);
                let moved = extracted(&mut self.point.attributes, ids);
                self.on_resource().extend(moved);
            }
            Step::ResourceToPoints(mask) => {
                let moved = extracted(self.on_resource(), |key| is_of(mask, key));
                self.point.attributes.extend(moved);
            }
            Step::ResourceToScope(mask) => {
                let moved = extracted(self.on_resource(), |key| is_of(mask, key));
                self.on_scope().extend(moved);
            }
            Step::Add => {
                self.on_resource().extend([text("k8s.pod.name", "p"), text("host.name", "h")]);
                self.on_scope().push(text("otelcol.component.id", "batch"));
                self.point.attributes.insert(0, text("deployment.environment.name", "test"));
            }
            Step::Bare => self.bare(),
            Step::Scopes => {
                let scope = self.scope.scope.get_or_insert_default();
                let InstrumentationScope { name, .. } = scope;
                self.metric.name.clone_into(name);
            }
            Step::Split(_) | Step::Merge | Step::Shuffle(_) | Step::Repeat => {
                unreachable!("it is done to requests")
            }
        }
    }

    fn double(&mut self) {
        if let Some(number_data_point::Value::AsInt(value)) = self.point.value {
            #[expect(clippy::cast_precision_loss, reason = "the recordings' values are small")]
            let value = value as f64;
            self.point.value = Some(number_data_point::Value::AsDouble(value));
        }
    }

    fn sum(&mut self) {
        let sum = Sum { aggregation_temporality: 2, ..Sum::default() };
        self.metric.data = Some(metric::Data::Sum(sum));
    }

    fn bare(&mut self) {
        self.metric.unit.clear();
        self.metric.description.clear();
        let url = &self.scope.schema_url;
        let newest = |library: &Library| {
            let contract = library.iter().find(|contract| contract.schema_url() == url);
            contract.is_some_and(|one| {
                library.newest(one.name()).is_some_and(|newest| newest.label() == one.label())
            })
        };
        if newest(&LIBRARY) {
            self.scope.schema_url.clear();
        }
    }
}

/// What tells elements apart in the contracts that ship.
const ID_KEYS: [&str; 4] =
    ["openfn.project.id", "openfn.workflow.id", "openwisp.module.name", "openwisp.module.version"];

/// Whether an attribute is among those that a mask means.
fn is_of(mask: u8, key: &str) -> bool {
    let sum: usize = key.bytes().map(usize::from).sum();
    mask >> (sum % 8) & 1 == 1
}

fn extracted(from: &mut Vec<KeyValue>, moved: impl Fn(&str) -> bool) -> Vec<KeyValue> {
    let (out, stay) = std::mem::take(from).into_iter().partition(|one| moved(&one.key));
    *from = stay;
    out
}
