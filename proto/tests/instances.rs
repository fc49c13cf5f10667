//! Our own messages as proto3 JSON, against an independent implementation of it.

use headcount_proto::instances::instance::Id;
use headcount_proto::instances::{
    EraseRequest, EraseResponse, HeldErasure, HeldReport, Instance, Json, ShowRequest,
    ShowResponse, Timestamp,
};
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage as _, Value};

fn pool() -> DescriptorPool {
    let protos = concat!(env!("CARGO_MANIFEST_DIR"), "/headcount/v1/instances.proto");
    let descriptors = protox::compile([protos], [env!("CARGO_MANIFEST_DIR")]);
    DescriptorPool::from_file_descriptor_set(descriptors.expect("no mistake")).expect("whole")
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields want it")]
fn instance(id: Id) -> Option<Instance> {
    Some(Instance { contract: "shop \"x\"".to_owned(), id: Some(id) })
}

fn show(id: Id) -> ShowRequest {
    let page_token = "0/2/2024-04-25".to_owned();
    ShowRequest { instance: instance(id), page_size: -7, page_token, receipts_only: true }
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields want it")]
fn time(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos })
}

fn shown() -> ShowResponse {
    let report = HeldReport {
        version: "2".to_owned(),
        date: "2024-04-25".to_owned(),
        receipt: "ab".repeat(32),
        report: r#"{"users":1}"#.to_owned(),
        lacks: "é\n".to_owned(),
        report_id: "3cfb".to_owned(),
        reason: "daily".to_owned(),
        received_at: time(1_714_008_600, 0),
        source_address_hash: "00".to_owned(),
    };
    let erasure = HeldErasure {
        cutoff: time(1_714_008_600, 500_000_000),
        report_id: "3cfc".to_owned(),
        remembered_until: time(-1, 1),
    };
    ShowResponse {
        reports: vec![report, HeldReport { version: "3".to_owned(), ..HeldReport::default() }],
        erasures: vec![erasure],
        next_page_token: "1".to_owned(),
    }
}

/// Whether every field of the message, and of those in it, is set. One member of a oneof stands for all.
fn assert_whole(message: &DynamicMessage) {
    for field in message.descriptor().fields() {
        let chosen = field.containing_oneof().is_some();
        assert!(message.has_field(&field) || chosen, "{} is not tried", field.full_name());
        let value = message.get_field(&field);
        let first = value.as_list().and_then(|list| list.first()).unwrap_or(&*value);
        if let Value::Message(inner) = first
            && inner.descriptor().package_name() == "headcount.v1"
        {
            assert_whole(inner);
        }
    }
}

fn agrees<M: Json + PartialEq + std::fmt::Debug>(name: &str, message: &M) {
    let descriptor = pool().get_message_by_name(&format!("headcount.v1.{name}"));
    let descriptor = descriptor.expect("it is in the proto");
    let theirs = DynamicMessage::decode(descriptor, &*message.encode_to_vec()).expect("a message");
    assert_whole(&theirs);
    let ours = message.to_json().expect("every time is one");
    let theirs = serde_json::to_value(&theirs).expect("JSON");
    let parsed: serde_json::Value = serde_json::from_str(&ours).expect("JSON");
    assert_eq!(parsed, theirs, "{name}");
    assert_eq!(&M::from_json(ours.as_bytes()).expect("what we wrote"), message, "{name}");
}

#[test]
fn every_field_is_as_the_json_mapping_has_it() {
    for id in [Id::Raw("a".to_owned()), Id::AsItTravels("b".to_owned())] {
        agrees("ShowRequest", &show(id.clone()));
        agrees("EraseRequest", &EraseRequest { instance: instance(id) });
    }
    agrees("ShowResponse", &shown());
    let until = time(253_402_207_200, 0);
    agrees("EraseResponse", &EraseResponse { reports: u64::MAX, remembered_until: until });
}

#[test]
fn what_is_empty_is_left_out() {
    assert_eq!(ShowResponse::default().to_json().as_deref(), Ok("{}"));
    assert_eq!(ShowRequest::from_json(b"{}"), Ok(ShowRequest::default()));
}

#[test]
fn a_request_is_read_strictly() {
    let cases = [
        (r#"{"instance": {}, "pagesize": 1}"#, "got another key"),
        (r#"{"instance": {"contract": "a", "contract": "a"}}"#, "one for the second time"),
        (r#"{"instance": {"raw": "a", "asItTravels": "b"}}"#, "a second one"),
        (r#"{"instance": "a"}"#, "expected an object, got a string, at instance"),
        (r#"{"instance": {"raw": 7}}"#, "expected a string, got a number, at instance.raw"),
        (r#"{"pageSize": 1.5}"#, "at pageSize"),
        (r#"{"receiptsOnly": "true"}"#, "at receiptsOnly"),
        ("{} {}", "malformed JSON"),
        ("[]", "expected an object, got an array"),
        ("\u{feff}{}", "malformed JSON"),
    ];
    for (json, expected) in cases {
        let error = ShowRequest::from_json(json.as_bytes()).expect_err(json).to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    let snake = br#"{"instance": {"as_it_travels": "b"}, "receipts_only": true}"#;
    assert!(ShowRequest::from_json(snake).expect("the other name").receipts_only);
}

#[test]
fn neither_debug_nor_an_error_shows_an_id() {
    let request = show(Id::Raw("canary".to_owned()));
    assert!(!format!("{request:?}").contains("canary"), "{request:?}");
    let json = br#"{"instance": {"raw": "canary", "canary": "canary"}}"#;
    let error = EraseRequest::from_json(json).expect_err("a key too much");
    assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
}

#[test]
fn a_time_out_of_range_is_an_error_and_no_panic() {
    for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, i32::MAX)] {
        let remembered_until = time(seconds, nanos);
        let response = EraseResponse { reports: 0, remembered_until };
        assert!(response.to_json().is_err(), "{response:?}");
    }
}
