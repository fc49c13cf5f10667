//! The table. Its source is `opentelemetry/proto/metrics/v1/metrics.proto` and what that imports,
//! as in the `opentelemetry-proto` crate. Field numbers and types are held against that crate's
//! structs by the comparison with prost, names by that of OTLP/JSON.

use super::{Field, Kind, Message};
use crate::limits::Bound;

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, repeated: false, one_of: false, bound: None }
}

const fn many(number: u32, name: &'static str, kind: Kind, bound: Bound) -> Field {
    Field { number, name, kind, repeated: true, one_of: false, bound: Some(bound) }
}

const fn choice(number: u32, name: &'static str, kind: Kind, bound: Option<Bound>) -> Field {
    Field { number, name, kind, repeated: false, one_of: true, bound }
}

const fn attributes(number: u32, name: &'static str) -> Field {
    many(number, name, Kind::Message(&KEY_VALUE), Bound::Attributes)
}

const fn points(message: &'static Message) -> Field {
    many(1, "dataPoints", Kind::Message(message), Bound::Points)
}

pub(crate) static REQUEST: Message = Message {
    name: "ExportMetricsServiceRequest",
    fields: &[many(1, "resourceMetrics", Kind::Message(&RESOURCE_METRICS), Bound::Resources)],
};

pub(crate) static RESOURCE_METRICS: Message = Message {
    name: "ResourceMetrics",
    fields: &[
        one(1, "resource", Kind::Message(&RESOURCE)),
        many(2, "scopeMetrics", Kind::Message(&SCOPE_METRICS), Bound::Scopes),
        one(3, "schemaUrl", Kind::Text),
    ],
};

pub(crate) static RESOURCE: Message = Message {
    name: "Resource",
    fields: &[
        attributes(1, "attributes"),
        one(2, "droppedAttributesCount", Kind::Uint32),
        many(3, "entityRefs", Kind::Message(&ENTITY_REF), Bound::Entities),
    ],
};

static ENTITY_REF: Message = Message {
    name: "EntityRef",
    fields: &[
        one(1, "schemaUrl", Kind::Text),
        one(2, "type", Kind::Text),
        many(3, "idKeys", Kind::Text, Bound::Attributes),
        many(4, "descriptionKeys", Kind::Text, Bound::Attributes),
    ],
};

pub(crate) static SCOPE_METRICS: Message = Message {
    name: "ScopeMetrics",
    fields: &[
        one(1, "scope", Kind::Message(&SCOPE)),
        many(2, "metrics", Kind::Message(&METRIC), Bound::Metrics),
        one(3, "schemaUrl", Kind::Text),
    ],
};

pub(crate) static SCOPE: Message = Message {
    name: "InstrumentationScope",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "version", Kind::Text),
        attributes(3, "attributes"),
        one(4, "droppedAttributesCount", Kind::Uint32),
    ],
};

pub(crate) static METRIC: Message = Message {
    name: "Metric",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "description", Kind::Text),
        one(3, "unit", Kind::Text),
        choice(5, "gauge", Kind::Message(&GAUGE), None),
        choice(7, "sum", Kind::Message(&SUM), None),
        choice(9, "histogram", Kind::Message(&HISTOGRAM), None),
        choice(10, "exponentialHistogram", Kind::Message(&EXPONENTIAL_HISTOGRAM), None),
        choice(11, "summary", Kind::Message(&SUMMARY), None),
        attributes(12, "metadata"),
    ],
};

pub(crate) static GAUGE: Message = Message { name: "Gauge", fields: &[points(&NUMBER_DATA_POINT)] };

pub(crate) static SUM: Message = Message {
    name: "Sum",
    fields: &[
        points(&NUMBER_DATA_POINT),
        one(2, "aggregationTemporality", Kind::Enum),
        one(3, "isMonotonic", Kind::Bool),
    ],
};

pub(crate) static HISTOGRAM: Message = Message {
    name: "Histogram",
    fields: &[points(&HISTOGRAM_DATA_POINT), one(2, "aggregationTemporality", Kind::Enum)],
};

pub(crate) static EXPONENTIAL_HISTOGRAM: Message = Message {
    name: "ExponentialHistogram",
    fields: &[
        points(&EXPONENTIAL_HISTOGRAM_DATA_POINT),
        one(2, "aggregationTemporality", Kind::Enum),
    ],
};

pub(crate) static SUMMARY: Message =
    Message { name: "Summary", fields: &[points(&SUMMARY_DATA_POINT)] };

pub(crate) static NUMBER_DATA_POINT: Message = Message {
    name: "NumberDataPoint",
    fields: &[
        one(2, "startTimeUnixNano", Kind::Fixed64),
        one(3, "timeUnixNano", Kind::Fixed64),
        choice(4, "asDouble", Kind::Double, None),
        many(5, "exemplars", Kind::Message(&EXEMPLAR), Bound::Exemplars),
        choice(6, "asInt", Kind::Sfixed64, None),
        attributes(7, "attributes"),
        one(8, "flags", Kind::Uint32),
    ],
};

pub(crate) static HISTOGRAM_DATA_POINT: Message = Message {
    name: "HistogramDataPoint",
    fields: &[
        one(2, "startTimeUnixNano", Kind::Fixed64),
        one(3, "timeUnixNano", Kind::Fixed64),
        one(4, "count", Kind::Fixed64),
        one(5, "sum", Kind::Double),
        many(6, "bucketCounts", Kind::Fixed64, Bound::Buckets),
        many(7, "explicitBounds", Kind::Double, Bound::Buckets),
        many(8, "exemplars", Kind::Message(&EXEMPLAR), Bound::Exemplars),
        attributes(9, "attributes"),
        one(10, "flags", Kind::Uint32),
        one(11, "min", Kind::Double),
        one(12, "max", Kind::Double),
    ],
};

pub(crate) static EXPONENTIAL_HISTOGRAM_DATA_POINT: Message = Message {
    name: "ExponentialHistogramDataPoint",
    fields: &[
        attributes(1, "attributes"),
        one(2, "startTimeUnixNano", Kind::Fixed64),
        one(3, "timeUnixNano", Kind::Fixed64),
        one(4, "count", Kind::Fixed64),
        one(5, "sum", Kind::Double),
        one(6, "scale", Kind::Sint32),
        one(7, "zeroCount", Kind::Fixed64),
        one(8, "positive", Kind::Message(&BUCKETS)),
        one(9, "negative", Kind::Message(&BUCKETS)),
        one(10, "flags", Kind::Uint32),
        many(11, "exemplars", Kind::Message(&EXEMPLAR), Bound::Exemplars),
        one(12, "min", Kind::Double),
        one(13, "max", Kind::Double),
        one(14, "zeroThreshold", Kind::Double),
    ],
};

static BUCKETS: Message = Message {
    name: "Buckets",
    fields: &[
        one(1, "offset", Kind::Sint32),
        many(2, "bucketCounts", Kind::Uint64, Bound::Buckets),
    ],
};

pub(crate) static SUMMARY_DATA_POINT: Message = Message {
    name: "SummaryDataPoint",
    fields: &[
        one(2, "startTimeUnixNano", Kind::Fixed64),
        one(3, "timeUnixNano", Kind::Fixed64),
        one(4, "count", Kind::Fixed64),
        one(5, "sum", Kind::Double),
        many(6, "quantileValues", Kind::Message(&VALUE_AT_QUANTILE), Bound::Quantiles),
        attributes(7, "attributes"),
        one(8, "flags", Kind::Uint32),
    ],
};

static VALUE_AT_QUANTILE: Message = Message {
    name: "ValueAtQuantile",
    fields: &[one(1, "quantile", Kind::Double), one(2, "value", Kind::Double)],
};

static EXEMPLAR: Message = Message {
    name: "Exemplar",
    fields: &[
        one(2, "timeUnixNano", Kind::Fixed64),
        choice(3, "asDouble", Kind::Double, None),
        one(4, "spanId", Kind::Id(8)),
        one(5, "traceId", Kind::Id(16)),
        choice(6, "asInt", Kind::Sfixed64, None),
        attributes(7, "filteredAttributes"),
    ],
};

pub(crate) static KEY_VALUE: Message = Message {
    name: "KeyValue",
    fields: &[
        Field { bound: Some(Bound::KeyBytes), ..one(1, "key", Kind::Text) },
        Field { bound: Some(Bound::Depth), ..one(2, "value", Kind::Message(&ANY_VALUE)) },
        one(3, "keyStrindex", Kind::Int32),
    ],
};

pub(crate) static ANY_VALUE: Message = Message {
    name: "AnyValue",
    fields: &[
        choice(1, "stringValue", Kind::Text, None),
        choice(2, "boolValue", Kind::Bool, None),
        choice(3, "intValue", Kind::Int64, None),
        choice(4, "doubleValue", Kind::Double, None),
        choice(5, "arrayValue", Kind::Message(&ARRAY_VALUE), Some(Bound::ValueBytes)),
        choice(6, "kvlistValue", Kind::Message(&KEY_VALUE_LIST), Some(Bound::ValueBytes)),
        choice(7, "bytesValue", Kind::Bytes, None),
        choice(8, "stringValueStrindex", Kind::Int32, None),
    ],
};

static ARRAY_VALUE: Message = Message {
    name: "ArrayValue",
    fields: &[many(1, "values", Kind::Message(&ANY_VALUE), Bound::Depth)],
};

// A list's length is bounded by the bytes of the value that it stands in.
static KEY_VALUE_LIST: Message = Message {
    name: "KeyValueList",
    fields: &[Field { repeated: true, ..one(1, "values", Kind::Message(&KEY_VALUE)) }],
};
