//! The OTLP metrics messages as structs, for whoever builds or compares them.

pub use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
pub use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
pub use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge,
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    Summary, SummaryDataPoint, exemplar, exponential_histogram_data_point, metric,
    number_data_point, summary_data_point,
};
pub use opentelemetry_proto::tonic::resource::v1::Resource;

/// `google.rpc.Status`: the body of an OTLP/HTTP error, and `grpc-status-details-bin` over gRPC.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Status {
    /// A `google.rpc.Code`.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// A message for the developer, in English.
    #[prost(string, tag = "2")]
    pub message: String,
    /// What else there is to know, such as a [`RetryInfo`].
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<Detail>,
}

/// `google.protobuf.Any`: a message and which it is.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Detail {
    /// Which message, such as [`RetryInfo::TYPE_URL`].
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The message's bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `google.rpc.RetryInfo`: the request may be repeated, and after how long.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct RetryInfo {
    /// At least so long.
    #[prost(message, optional, tag = "1")]
    pub retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Delay {
    /// Whole seconds.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// And so many nanoseconds, less than a second.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl RetryInfo {
    /// Which message it is, in a [`Detail`].
    pub const TYPE_URL: &'static str = "type.googleapis.com/google.rpc.RetryInfo";
}
