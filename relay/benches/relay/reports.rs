//! What an application's SDK sends again and again: OpenFn's gauges, few and many.

use bytes::{BufMut as _, Bytes, BytesMut};
use headcount_contract::Library;
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, InstrumentationScope, KeyValue, Metric,
    NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use jiff::Timestamp;
use prost::Message as _;

use crate::client::Load;

/// As many instances tell, in turns.
const INSTANCES: u64 = 100;
/// What is replaced in each request: the digits of an id that tell instances apart, and the time of every point.
const INSTANCE: &str = "a55e55ed";
const TIME: u64 = 0x1122_3344_5566_7788;
/// The rest of an id: that of a random UUID.
const REST: &str = "-b878-470d-b7c0-cfa8f7e003ae";

/// How much an application tells.
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

    /// The data points of a request.
    pub(crate) fn points(self) -> u64 {
        let (projects, workflows) = self.projects_and_workflows();
        u64::from(2 + 2 * projects + 4 * workflows)
    }

    /// What is sent in a round.
    pub(crate) fn load(self) -> Load {
        match self {
            Self::Small => Load { connections: 64, requests: 20_000 },
            Self::Big => Load { connections: 8, requests: 200 },
        }
    }
}

/// A request, ready to be sent by any instance at any time.
#[derive(Debug)]
pub(crate) struct Template {
    /// A gRPC message with the five bytes before it.
    framed: Bytes,
    /// Where the instance's digits stand.
    instance: usize,
    /// Where the times stand.
    times: Vec<usize>,
    /// The time of the first request, in nanoseconds since the Unix epoch.
    begin: u64,
}

impl Template {
    pub(crate) fn new(size: Size) -> Self {
        let message = request(size).encode_to_vec();
        let mut framed = BytesMut::with_capacity(message.len() + 5);
        framed.put_u8(0);
        framed.put_u32(u32::try_from(message.len()).expect("less than a megabyte"));
        framed.put_slice(&message);
        let places = |wanted: &[u8]| -> Vec<usize> {
            let windows = framed.windows(wanted.len()).enumerate();
            windows.filter(|(_, bytes)| *bytes == wanted).map(|(place, _)| place).collect()
        };
        let instance = places(INSTANCE.as_bytes());
        let times = places(&TIME.to_le_bytes());
        assert_eq!((instance.len(), times.len() as u64), (1, size.points()));
        let begin = u64::try_from(Timestamp::now().as_nanosecond()).expect("a day of this century");
        Self { instance: instance[0], times, begin, framed: framed.freeze() }
    }

    /// The length of the message.
    pub(crate) fn bytes(&self) -> usize {
        self.framed.len() - 5
    }

    /// The request of this number: each is newer than those before it.
    pub(crate) fn of(&self, number: u64) -> Bytes {
        let mut bytes = BytesMut::from(&self.framed[..]);
        let mut put = |at: usize, new: &[u8]| bytes[at..at + new.len()].copy_from_slice(new);
        put(self.instance, format!("{:08x}", number % INSTANCES).as_bytes());
        for place in &self.times {
            put(*place, &(self.begin + number * 1_000).to_le_bytes());
        }
        bytes.freeze()
    }
}

fn request(size: Size) -> ExportMetricsServiceRequest {
    let instance = format!("{INSTANCE}{REST}");
    // The last three are what an SDK adds, and nobody lists.
    let attributes = [
        ("os.type", "linux"),
        ("service.instance.id", &*instance),
        ("service.name", "openfn"),
        ("service.version", "v2.4.2:match:f1bd9ae"),
        ("telemetry.sdk.language", "python"),
        ("telemetry.sdk.name", "opentelemetry"),
        ("telemetry.sdk.version", "1.45.0"),
    ];
    let attributes = attributes.map(|(key, value)| attribute(key, value)).into();
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("a contract that ships");
    let scope_metrics = ScopeMetrics {
        scope: Some(InstrumentationScope { name: "usage".into(), ..Default::default() }),
        metrics: metrics(size),
        schema_url: contract.schema_url().to_owned(),
    };
    let resource = Some(Resource { attributes, ..Resource::default() });
    let scope_metrics = vec![scope_metrics];
    let resource = ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}

fn metrics(size: Size) -> Vec<Metric> {
    let (projects, workflows) = size.projects_and_workflows();
    let project = |index: u32| attribute("openfn.project.id", &format!("{index:08x}{REST}"));
    let workflow = |index: u32| attribute("openfn.workflow.id", &format!("f{index:07x}{REST}"));
    let whole = vec![Vec::new()];
    let of_projects: Vec<_> = (0..projects).map(|index| vec![project(index)]).collect();
    let of_workflows: Vec<_> =
        (0..workflows).map(|index| vec![project(index % projects), workflow(index)]).collect();
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
            time_unix_nano: TIME,
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
