//! Reports as OTLP requests, as stock SDKs would send them.

use std::sync::{Arc, LazyLock};

use headcount_contract::{Library, Secret, sort};
use headcount_proto::Limits;
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, KeyValue, Metric, NumberDataPoint, Resource,
    ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use headcount_receiver::{Keys, Stored, StoredKey};
use prost::Message as _;

/// Noon of 2024-04-25, UTC.
pub const NOON: u64 = 1_714_046_400_000_000_000;
pub const DAY: u64 = 86_400_000_000_000;
pub const INSTANCE: &str = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";

/// The contracts that ship, read once: reading them takes longer than most tests.
pub fn library() -> Arc<Library> {
    static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| Arc::new(Library::built_in()));
    LIBRARY.clone()
}

/// What a report says, before it is a request.
#[derive(Clone)]
pub struct Report {
    pub contract: &'static str,
    pub version: &'static str,
    pub instance: String,
    pub time: u64,
    pub resource: Vec<(&'static str, String)>,
    pub gauges: Vec<(&'static str, Vec<Point>)>,
}

#[derive(Clone)]
pub struct Point {
    pub attributes: Vec<(&'static str, String)>,
    pub value: i64,
}

/// An id that is a random UUID, for as many instances, projects and workflows as a test wants.
pub fn id(number: usize) -> String {
    format!("{number:08x}-e878-470d-b7c0-cfa8f7e003ae")
}

/// `openfn/2` with so many projects of one workflow each.
pub fn openfn(instance: &str, projects: usize) -> Report {
    let root = |value| vec![Point { attributes: vec![], value }];
    let mut report = Report {
        contract: "openfn",
        version: "2",
        instance: instance.to_owned(),
        time: NOON,
        resource: vec![
            ("service.version", "v2.4.2:match:f1bd9ae".to_owned()),
            ("os.type", "linux".to_owned()),
        ],
        gauges: vec![("openfn.users", root(11)), ("openfn.users.active", root(7))],
    };
    let project = |number| vec![("openfn.project.id", id(1_000_000 + number))];
    let workflow =
        |number| [project(number), vec![("openfn.workflow.id", id(2_000_000 + number))]].concat();
    let mut each = |name, base, attributes: &dyn Fn(usize) -> Vec<(&'static str, String)>| {
        let points = (0..projects).map(|number| Point {
            attributes: attributes(number),
            value: base + i64::try_from(number).unwrap(),
        });
        report.gauges.push((name, points.collect()));
    };
    each("openfn.project.users", 100, &project);
    each("openfn.project.users.active", 50, &project);
    each("openfn.workflow.jobs", 200, &workflow);
    each("openfn.workflow.runs", 300, &workflow);
    each("openfn.workflow.steps", 400, &workflow);
    each("openfn.workflow.jobs.active", 20, &workflow);
    report
}

/// How many points that report has.
pub fn openfn_points(projects: u64) -> u64 {
    2 + 6 * projects
}

/// `manyfold/0.90`, which has no figure at all, with the gauge that every report may carry.
pub fn manyfold(instance: &str) -> Report {
    Report {
        contract: "manyfold",
        version: "0.90",
        instance: instance.to_owned(),
        time: NOON,
        resource: vec![
            ("service.version", "v0.90.1".to_owned()),
            ("vcs.ref.head.revision", "f1bd9ae0".to_owned()),
            ("manyfold.platform", "x86_64-linux-musl".to_owned()),
        ],
        gauges: vec![("headcount.report", vec![Point { attributes: vec![], value: 1 }])],
    }
}

impl Report {
    pub fn request(&self) -> ExportMetricsServiceRequest {
        let mut resource = vec![
            ("service.name", self.contract.to_owned()),
            ("service.instance.id", self.instance.clone()),
        ];
        resource.extend(self.resource.iter().cloned());
        let metrics = self.gauges.iter().map(|(name, points)| self.gauge(name, points));
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(Resource {
                    attributes: attributes(&resource),
                    ..Default::default()
                }),
                scope_metrics: vec![ScopeMetrics {
                    schema_url: format!("https://example.org/{}/{}", self.contract, self.version),
                    metrics: metrics.collect(),
                    ..Default::default()
                }],
                ..Default::default()
            }],
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.request().encode_to_vec()
    }

    /// The report with these gauges alone, as a Collector may send it in pieces.
    pub fn piece(&self, gauges: std::ops::Range<usize>) -> Self {
        Self { gauges: self.gauges[gauges].to_vec(), ..self.clone() }
    }

    fn gauge(&self, name: &str, points: &[Point]) -> Metric {
        let point = |point: &Point| NumberDataPoint {
            attributes: attributes(&point.attributes),
            time_unix_nano: self.time,
            value: Some(number_data_point::Value::AsInt(point.value)),
            ..Default::default()
        };
        let data_points = points.iter().map(point).collect();
        Metric {
            name: name.to_owned(),
            data: Some(metric::Data::Gauge(Gauge { data_points })),
            ..Default::default()
        }
    }

    /// The report as a store takes it.
    pub fn stored(&self, keys: &Keys) -> Stored {
        let secret = Secret::new([0; 32]);
        let sorted = sort(&library(), &secret, &self.bytes(), &Limits::default()).unwrap();
        assert_eq!(sorted.first, None);
        let arrived = sorted.arrived.into_iter().next().expect("a report has points");
        let key = StoredKey {
            instance: keys.instance(&arrived.key.contract, &arrived.key.instance),
            contract: arrived.key.contract,
            version: arrived.key.version,
            date: arrived.key.date,
        };
        Stored::new(key, arrived.part)
    }
}

/// Attributes of text.
pub fn attributes(pairs: &[(&'static str, String)]) -> Vec<KeyValue> {
    let attribute = |(key, value): &(&str, String)| KeyValue {
        key: (*key).to_owned(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue(value.clone())) }),
        ..Default::default()
    };
    pairs.iter().map(attribute).collect()
}
