//! Reports as exporters send them: OpenFn's, small and big.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bytes::{BufMut as _, Bytes, BytesMut};
use headcount_contract::{Contract, Library};
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, InstrumentationScope, KeyValue, Metric,
    NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

/// The digits of an id as it travels, and of one that is replaced in each request.
const DIGITS: usize = 64;
const INSTANCE: &str = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";

/// How big a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// 12 points: three projects, and a workflow in one of them.
    Small,
    /// 4 000 points: 199 projects with 900 workflows.
    Big,
}

impl Size {
    fn projects_and_workflows(self) -> (u32, u32) {
        match self {
            Self::Small => (3, 1),
            Self::Big => (199, 900),
        }
    }

    /// The data points of a report.
    pub(crate) fn points(self) -> u64 {
        let (projects, workflows) = self.projects_and_workflows();
        u64::from(2 + 2 * projects + 4 * workflows)
    }
}

/// A report for yesterday, ready to be sent by as many instances as it takes.
#[derive(Debug)]
pub(crate) struct Template {
    /// A gRPC message with the five bytes before it.
    framed: Bytes,
    /// Where the instance's id stands.
    at: usize,
    /// The data points in it.
    pub(crate) points: u64,
}

impl Template {
    pub(crate) fn new(size: Size) -> Self {
        let message = request(size).encode_to_vec();
        let mut framed = BytesMut::with_capacity(message.len() + 5);
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len()).expect("less than a megabyte"));
        framed.put_slice(&message);
        let place = framed.windows(DIGITS).position(|bytes| bytes == INSTANCE.as_bytes());
        let at = place.expect("the report has the instance's id");
        Self { framed: framed.freeze(), at, points: size.points() }
    }

    /// The length of the message.
    pub(crate) fn bytes(&self) -> usize {
        self.framed.len() - 5
    }

    /// The report of the instance of this number.
    pub(crate) fn of(&self, instance: u64) -> Bytes {
        let mut bytes = BytesMut::from(&self.framed[..]);
        bytes[self.at..self.at + DIGITS].copy_from_slice(format!("{instance:064X}").as_bytes());
        bytes.freeze()
    }
}

/// An id as a hash gives it.
fn id(number: u64) -> String {
    let digest = Sha256::digest(number.to_le_bytes());
    digest.iter().fold(String::new(), |mut id, byte| {
        write!(id, "{byte:02X}").expect("a text grows");
        id
    })
}

fn request(size: Size) -> ExportMetricsServiceRequest {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).start_of_day().expect("UTC has no gaps");
    let date = today.date().checked_sub(1.day()).expect("days before today").to_string();
    let attributes = [
        ("headcount.report.date", &*date),
        ("headcount.report.id", "019b76da-a800-7000-8000-00000000002b"),
        ("os.type", "linux"),
        ("service.instance.id", INSTANCE),
        ("service.name", "openfn"),
        ("service.version", "v2.4.2:match:f1bd9ae"),
    ];
    let attributes = attributes.map(|(key, value)| attribute(key, value)).into();
    let end = u64::try_from(today.timestamp().as_nanosecond()).expect("a day of this century");
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("a contract that ships");
    composed(contract, attributes, metrics(size, end))
}

/// Manyfold's report for a day, of an instance that runs one of a few releases: a gRPC message.
pub(crate) fn running(release: usize, day: Date) -> Vec<u8> {
    let (day, version) = (day.to_string(), format!("v0.{release}.1"));
    let attributes = [
        ("container.image.name", "ghcr.io/manyfold3d/manyfold"),
        ("headcount.report.date", &*day),
        ("headcount.report.id", "019b76da-a800-7000-8000-00000000002b"),
        ("manyfold.platform", "x86_64-linux-musl"),
        ("service.instance.id", "3cfb674b-e878-470d-b7c0-cfa8f7e003ae"),
        ("service.name", "manyfold"),
        ("service.version", &*version),
        ("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2"),
    ];
    let attributes = attributes.map(|(key, value)| attribute(key, value)).into();
    let midnight: Timestamp = format!("{day}T00:00:00Z").parse().expect("a moment");
    let end = u64::try_from(midnight.as_nanosecond()).expect("a day of this century");
    let point = NumberDataPoint {
        time_unix_nano: end,
        value: Some(number_data_point::Value::AsInt(1)),
        ..NumberDataPoint::default()
    };
    let data = Some(metric::Data::Gauge(Gauge { data_points: vec![point] }));
    let gauge = Metric { name: "headcount.report".into(), data, ..Metric::default() };
    let library = Library::built_in();
    let contract = library.get("manyfold", "0.90").expect("a contract that ships");
    let message = composed(contract, attributes, vec![gauge]).encode_to_vec();
    [vec![0; 5], message].concat()
}

fn composed(
    contract: &Contract,
    attributes: Vec<KeyValue>,
    metrics: Vec<Metric>,
) -> ExportMetricsServiceRequest {
    let scope_metrics = ScopeMetrics {
        scope: Some(InstrumentationScope { name: "headcount".into(), ..Default::default() }),
        metrics,
        schema_url: contract.schema_url().to_owned(),
    };
    let resource = Some(Resource { attributes, ..Resource::default() });
    let scope_metrics = vec![scope_metrics];
    let resource = ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}

fn metrics(size: Size, time_unix_nano: u64) -> Vec<Metric> {
    let (projects, workflows) = size.projects_and_workflows();
    let ids = |count: u32, of: u64| (0..count).map(move |index| id(u64::from(index) + of));
    let project_ids: BTreeSet<_> = ids(projects, 0).collect();
    let workflow_ids = ids(workflows, 1 << 32);
    // In the order in which our exporter sends them.
    let workflow_ids: BTreeSet<_> = project_ids.iter().cycle().zip(workflow_ids).collect();
    let project = |id: &String| attribute("openfn.project.id", id);
    let workflow = |id: &String| attribute("openfn.workflow.id", id);
    let whole = vec![Vec::new()];
    let of_projects: Vec<_> = project_ids.iter().map(|id| vec![project(id)]).collect();
    let of_workflows: Vec<_> =
        workflow_ids.iter().map(|(of, id)| vec![project(of), workflow(id)]).collect();
    let gauges = [
        ("openfn.users", "{user}", &whole),
        ("openfn.users.active", "{user}", &whole),
        ("openfn.project.users", "{user}", &of_projects),
        ("openfn.project.users.active", "{user}", &of_projects),
        ("openfn.workflow.jobs", "{job}", &of_workflows),
        ("openfn.workflow.runs", "{run}", &of_workflows),
        ("openfn.workflow.steps", "{step}", &of_workflows),
        ("openfn.workflow.jobs.active", "{job}", &of_workflows),
    ];
    let gauges = gauges.into_iter().map(|(name, unit, series)| {
        let points = (1..).zip(series).map(|(value, attributes)| NumberDataPoint {
            attributes: attributes.clone(),
            time_unix_nano,
            value: Some(number_data_point::Value::AsInt(value)),
            ..NumberDataPoint::default()
        });
        let data = Some(metric::Data::Gauge(Gauge { data_points: points.collect() }));
        Metric { name: name.into(), unit: unit.into(), data, ..Metric::default() }
    });
    gauges.collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(any_value::Value::StringValue(value.to_owned()));
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), ..KeyValue::default() }
}
