//! A wrong request gets the place of what is wrong, and loses nothing else.

use anyhow::Context as _;
use headcount_tests::{
    Answer, Encoding, Gauge, PartialSuccess, Point, Receiver, Report, Way, post, send,
};
use http::StatusCode;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

use crate::expected::{openfn, rfc3339_micros, yesterday};

/// gRPC's `INVALID_ARGUMENT`.
const INVALID_ARGUMENT: i32 = 3;

/// A value that no answer and no log may repeat.
const SECRET: &str = "no-uuid-but-a-secret-5d2c";

fn taken_in_part(answer: Answer) -> anyhow::Result<PartialSuccess> {
    let answer = answer.success()?;
    let partial = answer.partial_success()?;
    partial.with_context(|| format!("expected a partial success, got {answer:?}"))
}

/// One more user count, for a project whose id is none.
fn with_a_bad_point(report: &Report) -> anyhow::Result<Report> {
    let mut report = report.clone();
    let points = &mut report.gauge("openfn.project.users")?.points;
    let mut bad = points[0].clone();
    bad.attributes = vec![("openfn.project.id".to_owned(), SECRET.to_owned())];
    points.push(bad);
    Ok(report)
}

#[test]
fn one_bad_point_is_counted_and_placed_and_the_rest_is_stored() -> anyhow::Result<()> {
    let time = yesterday();
    let report = with_a_bad_point(&Report::read("openfn-2", time)?)?;
    for way in Way::ALL {
        let receiver = Receiver::start()?;
        let partial = taken_in_part(send(receiver.address(), &report, way, Encoding::Identity)?)?;
        assert_eq!(partial.rejected, 1, "{way:?}: {}", partial.message);
        let place = "resourceMetrics[0].scopeMetrics[0].metrics[2].dataPoints[2]";
        assert!(partial.message.contains(place), "{way:?}: {}", partial.message);
        assert!(partial.message.contains("openfn.project.id"), "{way:?}: {}", partial.message);
        assert!(!partial.message.contains(SECRET), "{way:?}: {}", partial.message);
        assert!(!receiver.log().contains(SECRET), "{way:?}: {}", receiver.log());
        assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))], "{way:?}");
    }
    Ok(())
}

#[test]
fn a_metric_that_the_contract_does_not_list_is_counted_and_placed() -> anyhow::Result<()> {
    let time = yesterday();
    let mut report = Report::read("openfn-2", time)?;
    let point = Point { value: 1.into(), attributes: Vec::new(), time };
    let unlisted =
        Gauge { name: SECRET.to_owned(), unit: "1".to_owned(), points: vec![point.clone(), point] };
    report.gauges.insert(1, unlisted);
    for way in Way::ALL {
        let receiver = Receiver::start()?;
        let partial = taken_in_part(send(receiver.address(), &report, way, Encoding::Identity)?)?;
        assert_eq!(partial.rejected, 2, "{way:?}: {}", partial.message);
        let place = "resourceMetrics[0].scopeMetrics[0].metrics[1]";
        assert!(partial.message.contains(place), "{way:?}: {}", partial.message);
        assert!(!partial.message.contains(SECRET), "{way:?}: {}", partial.message);
        assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))], "{way:?}");
    }
    Ok(())
}

#[test]
fn another_application_in_the_same_request_takes_nothing_with_it() -> anyhow::Result<()> {
    let time = yesterday();
    let mut unknown = Report::read("manyfold-0.90", time)?;
    unknown.schema_url = String::new();
    for (key, value) in &mut unknown.resource {
        if key == "service.name" {
            SECRET.clone_into(value);
        }
    }
    // Two messages one after the other are one, with the lists of both.
    let body = [unknown.protobuf(), Report::read("openfn-2", time)?.protobuf()].concat();
    assert_eq!(ExportMetricsServiceRequest::decode(&*body)?.resource_metrics.len(), 2);
    for way in [Way::Grpc, Way::Protobuf] {
        let receiver = Receiver::start()?;
        let partial = taken_in_part(post(receiver.address(), &body, way, Encoding::Identity)?)?;
        assert_eq!(partial.rejected, 1, "{way:?}: {}", partial.message);
        assert!(partial.message.contains("resourceMetrics[0]"), "{way:?}: {}", partial.message);
        assert!(!partial.message.contains(SECRET), "{way:?}: {}", partial.message);
        assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))], "{way:?}");
    }
    Ok(())
}

/// What the answer says is wrong: a `google.rpc.Status`, or gRPC's own.
fn refusal(answer: &Answer, way: Way) -> String {
    if way == Way::Grpc {
        assert_eq!(answer.grpc_status(), Some(INVALID_ARGUMENT), "{answer:?}");
        return answer.grpc_message();
    }
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    String::from_utf8_lossy(&answer.body).into_owned()
}

#[test]
fn a_malformed_request_is_refused_with_its_place_and_the_next_is_stored() -> anyhow::Result<()> {
    let time = yesterday();
    let report = Report::read("openfn-2", time)?;
    let protobuf = report.protobuf();
    let cut = &protobuf[..protobuf.len() - 1];
    let fraction = report.json().replacen(r#""asInt":"137""#, r#""asInt":"137.5""#, 1);
    let receiver = Receiver::start()?;
    for (way, body, place) in [
        (Way::Grpc, cut, "byte "),
        (Way::Protobuf, cut, "byte "),
        (Way::Json, fraction.as_bytes(), "metrics[0].gauge.dataPoints[0].asInt"),
        (Way::Json, br#"{"resourceMetrics": 7}"#, "line 1, column 21"),
    ] {
        let said = refusal(&post(receiver.address(), body, way, Encoding::Identity)?, way);
        assert!(said.contains(place), "{way:?}: expected {place} in {said}");
        assert_eq!(receiver.reports(&[])?, Vec::<String>::new(), "{way:?}");
    }
    send(receiver.address(), &report, Way::Grpc, Encoding::Identity)?.success()?;
    assert_eq!(receiver.reports(&[])?, [openfn(&rfc3339_micros(time))]);
    Ok(())
}
