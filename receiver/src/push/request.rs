//! The figures of a day as a request of OTLP.

use headcount_contract::Contract;
use headcount_figures::FrozenDay;
use headcount_proto::otlp::{
    AnyValue, ExportMetricsServiceRequest, Gauge, InstrumentationScope, KeyValue, Metric,
    NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, any_value, metric, number_data_point,
};
use headcount_publish::{Point, gauges};
use jiff::ToSpan as _;
use jiff::civil::Date;
use prost::Message as _;

use crate::clock::midnight;

/// The resource's `service.name`. Not that of the application, which the figures are about: another receiver would take them
/// for a report.
const SERVICE: &str = "headcount-figures";

/// The request, encoded, and its number of data points.
pub(super) fn of(contract: &Contract, day: &FrozenDay) -> (usize, Vec<u8>) {
    let times = [day.day, day.day + 1.days()].map(begin);
    let gauges = gauges(contract, day).into_iter().filter(|gauge| !gauge.points.is_empty());
    let mut points = 0;
    let metrics = gauges.map(|gauge| {
        points += gauge.points.len();
        let data_points = gauge.points.iter().map(|one| point(one, times)).collect();
        Metric {
            name: gauge.metric.name,
            description: gauge.metric.description,
            unit: gauge.metric.unit,
            data: Some(metric::Data::Gauge(Gauge { data_points })),
            ..Metric::default()
        }
    });
    let scope =
        InstrumentationScope { name: SERVICE.to_owned(), ..InstrumentationScope::default() };
    let scope_metrics =
        ScopeMetrics { scope: Some(scope), metrics: metrics.collect(), ..ScopeMetrics::default() };
    let attributes = vec![pair("service.name", SERVICE)];
    let resource_metrics = ResourceMetrics {
        resource: Some(Resource { attributes, ..Resource::default() }),
        scope_metrics: vec![scope_metrics],
        ..ResourceMetrics::default()
    };
    let request = ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] };
    (points, request.encode_to_vec())
}

/// A value of the whole day: from its begin to its end.
fn point(Point { attributes, value }: &Point, [begin, end]: [u64; 2]) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes.iter().map(|(name, value)| pair(name, value)).collect(),
        start_time_unix_nano: begin,
        time_unix_nano: end,
        value: Some(number_data_point::Value::AsDouble(*value)),
        ..NumberDataPoint::default()
    }
}

fn pair(key: &str, value: &str) -> KeyValue {
    let value = any_value::Value::StringValue(value.to_owned());
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// The first nanosecond of a UTC day, in Unix time; the epoch for a day before it.
fn begin(day: Date) -> u64 {
    let begin = midnight(day).and_then(|begin| u64::try_from(begin.as_nanosecond()).ok());
    begin.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use headcount_publish::sample;

    use super::*;

    #[test]
    fn a_day_is_told_with_its_own_time_and_nothing_else() {
        let application = sample::built_in("manyfold", 3);
        let day = application.snapshot.newest().unwrap();
        let (points, request) = of(application.newest(), day);
        let request = ExportMetricsServiceRequest::decode(&*request).unwrap();
        let [resource] = &*request.resource_metrics else { panic!("{request:?}") };
        assert_eq!(resource.resource.as_ref().unwrap().attributes, [pair("service.name", SERVICE)]);
        let [scope] = &*resource.scope_metrics else { panic!("{resource:?}") };
        let names: Vec<_> = scope.metrics.iter().map(|metric| &*metric.name).collect();
        let figures = application.figures();
        assert_eq!(names.len(), figures.len());
        assert_eq!(names[..2], ["manyfold.instances", "manyfold.versions"]);
        let [begin, end] = [day.day, day.day + 1.days()].map(begin);
        let told = scope.metrics.iter().flat_map(|metric| match &metric.data {
            Some(metric::Data::Gauge(gauge)) => gauge.data_points.clone(),
            other => panic!("{other:?}"),
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), points);
        let times = |point: &NumberDataPoint| (point.start_time_unix_nano, point.time_unix_nano);
        assert!(told.iter().all(|point| times(point) == (begin, end)));
        assert_eq!(end - begin, 86_400 * 1_000_000_000);
    }
}
