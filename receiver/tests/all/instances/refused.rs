//! Questions that cannot be meant, and those that are too much.

use std::io::Write as _;

use headcount_proto::instances::{EraseRequest, Instance, Json as _, ShowRequest};
use prost::Message as _;

use super::asking::{Call, ERASING, SHOWING, as_it_travels, over_grpc, over_http, raw, three_ways};
use crate::receiver::{Answer, JSON, PROTOBUF, framed, start};
use crate::reports::id;

/// The same refusal over all three ways: gRPC's code, HTTP's status, and the text.
fn refused(answers: &[Answer; 3], code: i32, status: u16, text: &str) {
    let [grpc, protobuf, json] = answers;
    assert_eq!(grpc.grpc_status(), code, "{grpc:?}");
    let message = grpc.header("grpc-message").replace("%20", " ");
    assert!(message.contains(&text.replace('"', "%22")), "{message} has no {text}");
    for answer in [protobuf, json] {
        assert_eq!((answer.status.as_u16(), answer.error().code), (status, code), "{answer:?}");
        assert!(answer.error().message.contains(text), "{} has no {text}", answer.error().message);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_question_that_cannot_be_meant_is_told_so_with_its_place() {
    let receiver = start().await;
    let cases = [
        (None, "expected an instance, got none, at instance"),
        (Some(Instance { contract: "openfn".to_owned(), id: None }), "expected an id, got none"),
        (raw("", &id(1)), "expected a contract's name, got none, at instance.contract"),
        (raw("openfn", ""), "expected an id, got an empty one, at instance.raw"),
        (raw("openfn", "canary"), "at instance.raw"),
        (as_it_travels("openfn", "canary"), "at instance.asItTravels"),
        (as_it_travels("openfn", &id(1)), "64 hexadecimal digits in upper case"),
        (raw("openwisp", &id(1)), "expected a contract whose instances have ids"),
    ];
    for (instance, text) in cases {
        let request = EraseRequest { instance: instance.clone() };
        let answers = three_ways(&receiver, ERASING, &request).await;
        refused(&answers, 3, 400, text);
        let request = ShowRequest { instance, ..ShowRequest::default() };
        let answers = three_ways(&receiver, SHOWING, &request).await;
        refused(&answers, 3, 400, text);
        for answer in answers {
            assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        }
    }
    let instance = raw("manyfold", &id(1));
    let base = ShowRequest { instance, ..ShowRequest::default() };
    let less = ShowRequest { page_size: -1, ..base.clone() };
    refused(&three_ways(&receiver, SHOWING, &less).await, 3, 400, "at pageSize");
    for page_token in ["x", "1/", "0/canary", "0/2/2024-13-25", "/2/2024-04-25", "-1/"] {
        let page_token = page_token.to_owned();
        let request = ShowRequest { page_token, ..base.clone() };
        let answers = three_ways(&receiver, SHOWING, &request).await;
        refused(&answers, 3, 400, "at pageToken");
        assert!(!format!("{answers:?}").contains("canary"), "{answers:?}");
    }
}

#[tokio::test]
async fn json_is_read_strictly_and_never_quoted() {
    let receiver = start().await;
    let cases = [
        (
            r#"{"instance": {"contract": "a", "raw": "b", "canary": 1}}"#,
            "got another key, at instance",
        ),
        (r#"{"canary": {}}"#, "expected a field of ShowRequest, got another key"),
        (r#"{"instance": {"raw": "canary", "asItTravels": "canary"}}"#, "a second one"),
        (r#"{"instance": "canary"}"#, "expected an object, got a string, at instance"),
        (r#"{"pageSize": "canary"}"#, "at pageSize"),
        ("canary", "malformed JSON"),
        ("", "malformed JSON"),
    ];
    for (json, text) in cases {
        let answer = over_http(&receiver, SHOWING, JSON, json.as_bytes().to_vec()).await;
        assert_eq!(answer.status, 400, "{json}");
        let error = answer.error();
        assert!(error.message.contains(text), "{json}: {} has no {text}", error.message);
        assert!(!error.message.contains("canary"), "{json}: {}", error.message);
    }
    for garbage in [&b"\x0a\xff"[..], b"\x0a\x06\x12\x04\xff\xff\xff\xff"] {
        let answer = over_http(&receiver, SHOWING, PROTOBUF, garbage.to_vec()).await;
        assert_eq!((answer.status.as_u16(), answer.error().code), (400, 3));
        let answer = over_grpc(&receiver, SHOWING, garbage).await;
        assert_eq!(answer.grpc_status(), 3);
    }
}

#[tokio::test]
async fn a_question_is_no_longer_than_4_kib_compressed_or_not() {
    let receiver = start().await;
    let long = ShowRequest { instance: raw("manyfold", &"x".repeat(4096)), ..Default::default() };
    refused(&three_ways(&receiver, SHOWING, &long).await, 8, 413, "4096 bytes");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&long.encode_to_vec()).unwrap();
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 200);
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    let answer = receiver.send("POST", SHOWING.http, &headers, bomb.clone()).await;
    assert_eq!((answer.status.as_u16(), answer.error().code), (413, 8));
    let headers = [("content-type", "application/grpc"), ("grpc-encoding", "gzip")];
    let answer = receiver.send_h2("POST", SHOWING.grpc, &headers, framed(1, &bomb)).await;
    assert_eq!(answer.grpc_status(), 8);

    let short = ShowRequest { instance: raw("manyfold", &id(1)), ..Default::default() };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&short.encode_to_vec()).unwrap();
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    let answer = receiver.send("POST", SHOWING.http, &headers, gzip.finish().unwrap()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn it_is_asked_by_post_and_in_a_content_type_that_is_served() {
    let receiver = start().await;
    for Call { grpc, http } in [SHOWING, ERASING] {
        let answer = receiver.send("GET", http, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
        let preflight =
            [("origin", "https://example.org"), ("access-control-request-method", "POST")];
        let answer = receiver.send("OPTIONS", http, &preflight, "").await;
        assert_eq!(answer.status, 405, "no page of another site may ask");
        let form = [("content-type", "text/plain")];
        let body = ShowRequest::default().to_json().unwrap();
        assert_eq!(receiver.send("POST", http, &form, body).await.status, 415);
        let answer = receiver.send("POST", grpc, &[("content-type", JSON)], "{}").await;
        assert_eq!(answer.status, 415, "gRPC needs HTTP/2");
    }
}
