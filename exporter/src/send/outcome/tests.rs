use headcount_proto::otlp::ExportMetricsPartialSuccess;

use super::*;

#[test]
fn a_partial_success_is_delivered() {
    let partial = ExportMetricsPartialSuccess {
        rejected_data_points: 3,
        error_message: "no place".to_owned(),
    };
    let answer = ExportMetricsServiceResponse { partial_success: Some(partial) };
    let outcome = Outcome::delivered(&answer.encode_to_vec(), &HeaderMap::new());
    assert_eq!(outcome.to_string(), "delivered, 3 data points rejected: no place");
    let outcome = Outcome::Delivered { rejected: 1, message: "no place".to_owned(), receipt: None };
    assert_eq!(outcome.to_string(), "delivered, 1 data point rejected: no place");
    let outcome = Outcome::Delivered { rejected: 2, message: String::new(), receipt: None };
    assert_eq!(outcome.to_string(), "delivered, 2 data points rejected");
    assert_eq!(Outcome::delivered(&[], &HeaderMap::new()).to_string(), "delivered");
}

#[test]
fn an_answer_that_is_none_is_no_success() {
    let outcome = Outcome::delivered(b"<html>", &HeaderMap::new());
    assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{outcome}");
}

#[test]
fn a_negative_count_is_none() {
    let partial = ExportMetricsPartialSuccess { rejected_data_points: -1, ..Default::default() };
    let answer = ExportMetricsServiceResponse { partial_success: Some(partial) };
    let outcome = Outcome::delivered(&answer.encode_to_vec(), &HeaderMap::new());
    assert_eq!(outcome, Outcome::Delivered { rejected: 0, message: String::new(), receipt: None });
}

#[test]
fn a_wait_is_a_day_at_most() {
    let outcome = Outcome::retry("busy").after(Some(Duration::from_secs(u64::MAX)));
    assert_eq!(outcome.to_string(), "not delivered, again after 86400 s: busy");
}

#[test]
fn a_receivers_text_steers_nothing() {
    let hostile = format!("\u{1b}[2Jok\r\n\u{202e}gnp.exe\0{}", "é".repeat(2 * TEXT_LIMIT));
    let text = plain(&hostile);
    assert!(text.starts_with("[2Jokgnp.exeé"), "{text}");
    assert_eq!(text.chars().count(), TEXT_LIMIT + 1);
    assert!(text.ends_with('…'));
}

#[test]
fn a_receipt_is_read() {
    let receipt = Receipt::of(b"a report");
    let read = |values: &[&str]| {
        let values = values.iter().map(|value| {
            let value = value.parse().expect("the value of a header");
            (http::HeaderName::from_static(Receipt::HEADER), value)
        });
        match Outcome::delivered(b"", &values.collect()) {
            Outcome::Delivered { receipt, .. } => receipt,
            other => panic!("{other}"),
        }
    };
    let text = receipt.to_string();
    assert_eq!(read(&[&text]), Some(receipt));
    assert_eq!(read(&[]), None);
    let wrong = ["", "0", &text[1..], &text.to_uppercase(), &format!("{text} "), &text.repeat(2)];
    for wrong in wrong {
        assert_eq!(read(&[wrong]), None, "{wrong}");
    }
    assert_eq!(read(&[&text, &text]), None, "two are one too many");
}

#[test]
fn every_way_that_was_tried_is_told() {
    let tried = ["over OTLP/gRPC to h:4317: cut".to_owned()];
    let way = "over OTLP/HTTP to h:4318";
    let told = |outcome: Outcome| outcome.after_others(&tried, way).to_string();
    let delivered = Outcome::delivered(b"", &HeaderMap::new());
    assert_eq!(
        told(delivered),
        "delivered: over OTLP/HTTP to h:4318, since over OTLP/gRPC to h:4317: cut"
    );
    let both = "over OTLP/gRPC to h:4317: cut; over OTLP/HTTP to h:4318: no";
    assert_eq!(told(Outcome::rejected("no")), format!("rejected: {both}"));
    assert_eq!(told(Outcome::retry("no")), format!("not delivered: {both}"));
    let undelivered = Outcome::undelivered(&["a: no".to_owned(), "b: no".to_owned()]);
    assert_eq!(undelivered.to_string(), "not delivered: a: no; b: no");
}
