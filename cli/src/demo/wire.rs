//! What travels, decoded from its bytes: the request as OTLP/JSON would have it, compact.

use headcount_proto::{Attribute, Kind, Limits, Metric, Number, Point, Resource, Scope, Value};
use headcount_proto::{Visit, read};

/// The lines of an encoded OTLP request: what its resource says one a line, then its metrics.
pub(super) fn lines(request: &[u8]) -> anyhow::Result<Vec<String>> {
    let mut lines = Lines::default();
    read(request, &Limits::default(), &mut lines)?;
    Ok(lines.0)
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn say(&mut self, level: usize, text: &str) {
        self.0.push(format!("{:indent$}{text}", "", indent = 2 * level));
    }

    fn schema(&mut self, level: usize, url: &str) {
        if !url.is_empty() {
            self.say(level, &format!("schemaUrl  {url:?}"));
        }
    }
}

impl<'a> Visit<'a> for Lines {
    fn resource(&mut self, resource: &Resource<'_, 'a>) {
        self.say(0, "resource");
        for Attribute { key, value } in resource.attributes {
            self.say(1, &format!("{key:<28}{}", shown(*value)));
        }
        self.schema(0, resource.schema_url);
    }

    fn scope(&mut self, scope: &Scope<'_, 'a>) {
        self.say(0, format!("scope  {} {}", scope.name, scope.version).trim_end());
        self.schema(1, scope.schema_url);
    }

    fn metric(&mut self, metric: &Metric<'a>) {
        let kind = if metric.kind == Kind::Gauge { "gauge" } else { "no gauge" };
        self.say(1, &format!("{kind}  {}  {}", metric.name, metric.unit));
    }

    fn point(&mut self, point: &Point<'_, 'a>) {
        let value = match point.value {
            Some(Number::Int(value)) => format!("asInt {value}"),
            Some(Number::Double(value)) => format!("asDouble {value}"),
            None => "no value".to_owned(),
        };
        let told = point.attributes.iter().map(|a| format!("  {} {}", a.key, shown(a.value)));
        let told: String = told.collect();
        self.say(2, &format!("{value}  timeUnixNano {}{told}", point.time_unix_nano));
    }
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Value::Empty => "no value".to_owned(),
        Value::Array => "an array".to_owned(),
        Value::KeyValues => "a list of keys and values".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_and_point_has_a_line() {
        let json = br#"{"resourceMetrics":[{"resource":{"attributes":[
            {"key":"service.name","value":{"stringValue":"shop"}}]},
            "scopeMetrics":[{"scope":{"name":"headcount"},"metrics":[{"name":"shop.orders","unit":"{order}",
            "gauge":{"dataPoints":[{"timeUnixNano":"7","asInt":"3","attributes":[
            {"key":"kind","value":{"boolValue":true}}]}]}}]}]}]}"#;
        let request = headcount_proto::from_json(json, &Limits::default()).expect("a request");
        assert_eq!(
            lines(&request).expect("it can be read"),
            [
                "resource",
                "  service.name                \"shop\"",
                "scope  headcount",
                "  gauge  shop.orders  {order}",
                "    asInt 3  timeUnixNano 7  kind true",
            ]
        );
        assert!(lines(b"no request").is_err());
    }
}
