//! Writes what is told.
//!
//! Prometheus' own encoder writes both forms, gauges without timestamps being the same in both but for the head.
//! `prometheus-client`, which is made for `OpenMetrics`, writes the help as it comes, so that a line break in a brief
//! would begin a metric, and ends it with a full stop of its own.

use prometheus::proto::{Gauge, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{Encoder as _, TextEncoder};

use super::family::{Family, Sample};

/// Prometheus' text.
pub(super) fn prometheus(families: &[Family]) -> String {
    families.iter().map(encoded).collect()
}

/// `OpenMetrics`: a quotation mark in a help is escaped, a unit has a line, and there is an end.
pub(super) fn open_metrics(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families {
        let encoded = encoded(family);
        let mut lines = encoded.splitn(3, '\n');
        let [help, kind, samples] = [(); 3].map(|()| lines.next().unwrap_or_default());
        text.extend([&help.replace('"', "\\\""), "\n", kind, "\n"]);
        if let Some(unit) = &family.unit {
            text.extend(["# UNIT ", &family.name, " ", unit, "\n"]);
        }
        text.push_str(samples);
    }
    text + "# EOF\n"
}

/// A help, a type, and the samples.
fn encoded(family: &Family) -> String {
    let mut written = MetricFamily::default();
    written.set_name(family.name.clone());
    written.set_help(family.help.clone());
    written.set_field_type(MetricType::GAUGE);
    written.set_metric(family.samples.iter().map(metric).collect());
    let mut text = Vec::new();
    TextEncoder::new().encode(&[written], &mut text).expect("a family with samples, in memory");
    String::from_utf8(text).expect("the encoder writes text")
}

fn metric(Sample { labels, value }: &Sample) -> Metric {
    let pair = |(name, value): &(String, String)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.clone());
        pair.set_value(value.clone());
        pair
    };
    let mut gauge = Gauge::default();
    gauge.set_value(*value);
    let mut metric = Metric::from_gauge(gauge);
    metric.set_label(labels.iter().map(pair).collect());
    metric
}
