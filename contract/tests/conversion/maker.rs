//! Makes requests from a tape of arbitrary bytes: such as the contracts ask for, and now and then others.

use headcount_contract::{Contract, Library};
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, KeyValue, Metric, NumberDataPoint, Resource,
    ResourceMetrics, ScopeMetrics, Sum, any_value, metric, number_data_point,
};
use prost::Message;

/// Arbitrary bytes that decide. At the end of the tape every decision is the first.
pub(crate) struct Tape<'t>(&'t [u8]);

/// Attributes with a value that some contract takes.
const RIGHT: [(&str, &str); 21] = [
    ("service.version", "v2.4.2:match:f1bd9ae"),
    ("service.version", "v0.67.0"),
    ("service.version", "0.1.1"),
    ("service.version", "22.05"),
    ("service.instance.id", "3cfb674b-e878-470d-b7c0-cfa8f7e003ae"),
    ("os.type", "linux"),
    ("os.version", "20.5.0"),
    ("os.description", "Ubuntu 20.04.1 LTS"),
    ("host.arch", "amd64"),
    ("process.runtime.version", "v16.13.1"),
    ("flowforge.driver", "localfs"),
    ("flowfuse.driver", "localfs"),
    ("flowfuse.license.type", "CE"),
    ("flowfuse.license.id", "4c105579-782b-4d53-af62-cf7fa69f6b43"),
    ("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2"),
    ("manyfold.platform", "arm-linux-musleabihf"),
    ("container.image.name", "ghcr.io/manyfold3d/manyfold"),
    ("openwisp.installation.method", "docker-openwisp"),
    ("openwisp.module.name", "openwisp-users"),
    ("openwisp.module.version", "1.1.0a"),
    ("openfn.project.id", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"),
];

/// What the exporter says about a report itself, more or less.
const ABOUT: [(&str, &str); 9] = [
    ("headcount.report.id", "018f1a2b-3c4d-7e5f-8a9b-0c1d2e3f4a5b"),
    ("headcount.report.id", "018f1a2b-3c4d-7e5f-8a9b-0c1d2e3f4a5c"),
    ("headcount.report.date", "2024-04-25"),
    ("headcount.report.date", "2024-02-30"),
    ("headcount.report.reason", "daily"),
    ("headcount.report.reason", "install"),
    ("headcount.report.reason", "opt_out"),
    ("headcount.report.reason", "erase"),
    ("headcount.report.reason", "because"),
];

/// Ids and texts, of which few fit.
const TEXTS: [&str; 8] = [
    "",
    "9f0d1a52-6f0f-4b0c-8d3b-2f6f1f0f9a11",
    "7d444840-9dc0-41d1-b245-5ffdce74fad2",
    "EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC",
    "eecf8cfdd120e8df8d9a12ca92ac3e815908223f95cfb11f19261a3c0eb34aec",
    "windows",
    "<script>alert(1)</script>",
    "\u{202e}\u{0}\n=1+1",
];

/// 2024-04-25T12:00:00Z.
const NOON: u64 = 1_714_046_400_000_000_000;
const DAY: u64 = 86_400_000_000_000;

impl<'t> Tape<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        byte
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A request's bytes.
pub(crate) fn request(library: &Library, tape: &mut Tape<'_>) -> Vec<u8> {
    let contracts: Vec<_> = library.iter().collect();
    let mut resource_metrics = Vec::new();
    for _ in 0..=tape.below(3) {
        let contract = tape.any(&contracts);
        resource_metrics.push(resource(contract, tape));
    }
    for resource in &mut resource_metrics {
        if tape.once_in(4) {
            moved(resource, tape);
        }
    }
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

fn resource(contract: &Contract, tape: &mut Tape<'_>) -> ResourceMetrics {
    let mut attributes = vec![pair("service.name", contract.name())];
    for name in contract.resource_attributes() {
        attributes.extend(attribute(name, tape));
    }
    while tape.once_in(2) {
        let (key, value) = tape.any(&ABOUT);
        attributes.push(pair(key, value));
    }
    let schema_url = contract.schema_url().to_owned();
    let scope = ScopeMetrics { metrics: metrics(contract, tape), schema_url, ..Default::default() };
    let resource = Some(Resource { attributes, ..Default::default() });
    ResourceMetrics { resource, scope_metrics: vec![scope], ..Default::default() }
}

/// Moves attributes from the resource to its points, or from points to their resource.
fn moved(resource: &mut ResourceMetrics, tape: &mut Tape<'_>) {
    let head = resource.resource.get_or_insert_default();
    let metrics = resource.scope_metrics.iter_mut().flat_map(|scope| &mut scope.metrics);
    let points = metrics.flat_map(|metric| match &mut metric.data {
        Some(metric::Data::Gauge(gauge)) => gauge.data_points.iter_mut(),
        Some(metric::Data::Sum(sum)) => sum.data_points.iter_mut(),
        _ => [].iter_mut(),
    });
    if tape.once_in(2) {
        let keep = tape.below(head.attributes.len() + 1);
        let told = head.attributes.split_off(keep);
        points.for_each(|point| point.attributes.extend(told.iter().cloned()));
    } else {
        points.for_each(|point| head.attributes.append(&mut point.attributes));
        head.attributes.truncate(32);
    }
}

fn metrics(contract: &Contract, tape: &mut Tape<'_>) -> Vec<Metric> {
    let mut metrics = vec![gauge("headcount.report", vec![point(&[], tape)])];
    for outline in contract.gauges() {
        let names: Vec<_> = outline.attributes.iter().map(|attribute| attribute.name).collect();
        let points = (0..=tape.below(4)).map(|_| point(&names, tape)).collect();
        if !tape.once_in(8) {
            metrics.push(gauge(outline.name, points));
        } else if tape.once_in(2) {
            let aggregation_temporality = i32::from(tape.byte() % 3);
            let is_monotonic = tape.once_in(4);
            let sum = Sum { data_points: points, aggregation_temporality, is_monotonic };
            let data = Some(metric::Data::Sum(sum));
            metrics.push(Metric { name: outline.name.to_owned(), data, ..Default::default() });
        }
    }
    metrics
}

fn gauge(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let data = Some(metric::Data::Gauge(Gauge { data_points }));
    Metric { name: name.to_owned(), data, ..Default::default() }
}

fn point(names: &[&str], tape: &mut Tape<'_>) -> NumberDataPoint {
    let value = match tape.below(12) {
        0..=4 => number_data_point::Value::AsInt(i64::from(tape.byte())),
        5 | 6 => number_data_point::Value::AsInt(1),
        7 => number_data_point::Value::AsDouble(f64::from(tape.byte())),
        8 => number_data_point::Value::AsDouble(f64::from(tape.byte()) / 7.0),
        9 => number_data_point::Value::AsInt(tape.any(&[-1, i64::MIN, i64::MAX])),
        _ => number_data_point::Value::AsDouble(tape.any(&[
            f64::NAN,
            f64::INFINITY,
            -0.0,
            f64::MAX,
            f64::MIN_POSITIVE,
        ])),
    };
    let time_unix_nano = match tape.below(8) {
        0..=4 => NOON,
        5 => NOON + u64::from(tape.byte()),
        6 => NOON + DAY,
        _ => tape.any(&[0, 1, u64::MAX, NOON - DAY]),
    };
    NumberDataPoint {
        attributes: names.iter().filter_map(|name| attribute(name, tape)).collect(),
        time_unix_nano,
        value: Some(value).filter(|_| !tape.once_in(16)),
        flags: u32::from(tape.once_in(16)),
        ..Default::default()
    }
}

/// An attribute with a value that mostly fits.
fn attribute(name: &str, tape: &mut Tape<'_>) -> Option<KeyValue> {
    let right: Vec<_> = RIGHT.iter().filter(|(key, _)| *key == name).collect();
    match tape.below(16) {
        0..=9 if !right.is_empty() => Some(pair(name, tape.any(&right).1)),
        0..=12 => Some(pair(name, tape.any(&TEXTS))),
        13 => {
            let value = Some(any_value::Value::IntValue(i64::from(tape.byte())));
            let value = Some(AnyValue { value });
            Some(KeyValue { key: name.to_owned(), value, ..Default::default() })
        }
        14 => Some(KeyValue { key: name.to_owned(), ..Default::default() }),
        _ => None,
    }
}

fn pair(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..Default::default() }
}
