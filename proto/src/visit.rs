//! What the reader yields: resources, scopes, metrics and points, borrowed from the request.

use std::fmt;

/// Receives an OTLP metrics request in document order.
///
/// The lifetime `'a` is that of the request's bytes. Attribute slices live only for the call; the
/// keys and values in them live as long as the bytes.
pub trait Visit<'a> {
    /// One `ResourceMetrics`, before anything in it.
    fn resource(&mut self, resource: &Resource<'_, 'a>);
    /// One `ScopeMetrics` of the last resource.
    fn scope(&mut self, scope: &Scope<'_, 'a>);
    /// One `Metric` of the last scope.
    fn metric(&mut self, metric: &Metric<'a>);
    /// One data point of the last metric, of whatever kind.
    fn point(&mut self, point: &Point<'_, 'a>);
}

/// The head of an OTLP `ResourceMetrics`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resource<'v, 'a> {
    /// The URL of the schema that the resource follows; empty where none is given.
    pub schema_url: &'a str,
    /// The resource's attributes, in the order in which they were sent.
    pub attributes: &'v [Attribute<'a>],
}

/// The head of an OTLP `ScopeMetrics`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scope<'v, 'a> {
    /// The URL of the schema that the scope's metrics follow; empty where none is given.
    pub schema_url: &'a str,
    /// The instrumentation scope's name; empty where none is given.
    pub name: &'a str,
    /// The instrumentation scope's version; empty where none is given.
    pub version: &'a str,
    /// The instrumentation scope's attributes.
    pub attributes: &'v [Attribute<'a>],
}

/// The head of an OTLP `Metric`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric<'a> {
    /// The metric's name.
    pub name: &'a str,
    /// The metric's unit, in UCUM; empty where none is given.
    pub unit: &'a str,
    /// Which kind of data the metric holds.
    pub kind: Kind,
}

/// The kind of an OTLP metric's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No data at all.
    Empty,
    /// A gauge.
    Gauge,
    /// A sum.
    Sum(Sum),
    /// A histogram with explicit bounds.
    Histogram,
    /// A histogram with exponential bounds.
    ExponentialHistogram,
    /// A summary.
    Summary,
}

/// What the values of a sum are measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// OTLP `aggregation_temporality`.
    pub temporality: Temporality,
    /// OTLP `is_monotonic`: whether the values can only rise.
    pub monotonic: bool,
}

/// Whether a value counts on from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temporality {
    /// Not told, or by a number that OTLP does not have.
    #[default]
    Unspecified,
    /// A value is what was added since the one before.
    Delta,
    /// A value is all since a fixed start.
    Cumulative,
}

/// One OTLP data point. `value` is present for gauges and sums that carry one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<'v, 'a> {
    /// The point's attributes, in the order in which they were sent.
    pub attributes: &'v [Attribute<'a>],
    /// Start of the period, in nanoseconds since the Unix epoch; 0 where unknown.
    pub start_time_unix_nano: u64,
    /// Time of the value, in nanoseconds since the Unix epoch; 0 where unknown.
    pub time_unix_nano: u64,
    /// The point's value, for gauges and sums.
    pub value: Option<Number>,
    /// OTLP `DataPointFlags`; bit 0 says that no value was recorded.
    pub flags: u32,
}

/// The value of a number data point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// OTLP `as_int`.
    Int(i64),
    /// OTLP `as_double`.
    Double(f64),
}

/// One OTLP `KeyValue`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute<'a> {
    /// The attribute's key.
    pub key: &'a str,
    /// The attribute's value.
    pub value: Value<'a>,
}

/// One OTLP `AnyValue`. Arrays and key-value lists are checked but not yielded: no contract names one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value, or an index into a table of strings, which metrics do not have.
    Empty,
    /// A string.
    Text(&'a str),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An array of values.
    Array,
    /// A list of keys and values.
    KeyValues,
}

/// Where in a request something stands, by index. Displayed as an OTLP/JSON path, such as
/// `resourceMetrics[0].scopeMetrics[0].metrics[2].dataPoints[7]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Index of the `ResourceMetrics`.
    pub resource: Option<u32>,
    /// Index of the `ScopeMetrics` within it.
    pub scope: Option<u32>,
    /// Index of the `Metric` within it.
    pub metric: Option<u32>,
    /// Index of the data point within it.
    pub point: Option<u32>,
}

impl Place {
    /// Moves on to the next resource.
    pub fn enter_resource(&mut self) {
        *self = Self { resource: Some(next(self.resource)), ..Self::default() };
    }

    /// Moves on to the next scope of the resource.
    pub fn enter_scope(&mut self) {
        self.scope = Some(next(self.scope));
        self.metric = None;
        self.point = None;
    }

    /// Moves on to the next metric of the scope.
    pub fn enter_metric(&mut self) {
        self.metric = Some(next(self.metric));
        self.point = None;
    }

    /// Moves on to the next data point of the metric.
    #[inline]
    pub fn enter_point(&mut self) {
        self.point = Some(next(self.point));
    }
}

#[inline]
fn next(index: Option<u32>) -> u32 {
    index.map_or(0, |index| index.saturating_add(1))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = [
            ("resourceMetrics", self.resource),
            (".scopeMetrics", self.scope),
            (".metrics", self.metric),
            (".dataPoints", self.point),
        ];
        if self.resource.is_none() {
            return f.write_str("request");
        }
        for (name, index) in steps {
            let Some(index) = index else { break };
            write!(f, "{name}[{index}]")?;
        }
        Ok(())
    }
}
