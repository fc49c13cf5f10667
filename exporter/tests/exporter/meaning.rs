//! What the answers of receivers mean.

use std::time::Duration;

use headcount::contract::Receipt;
use headcount::{Outcome, Protocol};
use http::{HeaderValue, Response, StatusCode};

use crate::sending::send;
use crate::server::{Body, Server, grpc_answer, grpc_status, http_answer, http_ok};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

fn http(answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static) -> Outcome {
    send(&Server::start(answer).url(""), Protocol::Http)
}

fn grpc(answer: impl Fn() -> Option<Response<Body>> + Send + Sync + 'static) -> Outcome {
    send(&Server::start(answer).url(""), Protocol::Grpc)
}

fn is_retry(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Retry { after: None, .. })
}

#[test]
fn a_redirect_is_refused() {
    let elsewhere = Server::start(http_ok);
    for status in [301, 302, 307, 308] {
        let location = elsewhere.url("/v1/metrics");
        let answer = move || {
            let status = StatusCode::from_u16(status).expect("a status");
            http_answer(status, &[("location", &location), ("set-cookie", "a=b")], b"")
        };
        let outcome = http(answer.clone());
        assert!(outcome.to_string().contains("redirects are not followed"), "{outcome}");
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome}");
        // Whoever redirects gRPC is no receiver, and has no say about the report.
        let outcome = grpc(answer);
        assert!(is_retry(&outcome), "{outcome}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn every_success_of_http_is_one() {
    for status in [200, 202, 204] {
        let outcome =
            http(move || http_answer(StatusCode::from_u16(status).expect("a status"), &[], b""));
        assert!(matches!(outcome, Outcome::Delivered { rejected: 0, .. }), "{status}: {outcome}");
    }
}

#[test]
fn http_says_what_may_be_repeated() {
    for (status, repeat) in
        [(400, false), (401, false), (404, false), (413, false), (500, false), (501, false)]
            .into_iter()
            .chain([(429, true), (502, true), (503, true), (504, true)])
    {
        // A google.rpc.Status with the message "no".
        let answer = move || {
            let status = StatusCode::from_u16(status).expect("a status");
            http_answer(status, &[PROTOBUF, ("retry-after", "7")], &[0x12, 2, b'n', b'o'])
        };
        let outcome = http(answer);
        assert!(outcome.to_string().contains(": no"), "{outcome}");
        match outcome {
            Outcome::Retry { after, .. } => {
                assert_eq!((repeat, after), (true, Some(Duration::from_secs(7))), "{status}");
            }
            Outcome::Rejected { .. } => assert!(!repeat, "{status}"),
            Outcome::Delivered { .. } => panic!("{status} was taken for success"),
        }
    }
}

#[test]
fn grpc_says_what_may_be_repeated() {
    // A google.rpc.Status with a RetryInfo of 7 s.
    let details = {
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let url_length = u8::try_from(url.len()).expect("a short name");
        let info: &[u8] = &[0x0a, 2, 0x08, 7];
        let any = [&[0x0a, url_length], &url[..], &[0x12, 4], info].concat();
        let any_length = u8::try_from(any.len()).expect("a short detail");
        let status = [&[0x1a, any_length], &any[..]].concat();
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, status)
    };
    for code in 1..=16_u8 {
        let repeat = matches!(code, 1 | 4 | 10 | 11 | 14 | 15);
        let outcome = grpc(move || grpc_status(code, "no", ""));
        assert_eq!(is_retry(&outcome), repeat, "{code}: {outcome}");
        assert!(outcome.to_string().contains(": no"), "{outcome}");
        let details = details.clone();
        let outcome = grpc(move || grpc_status(code, "no", &details));
        let wait = repeat || code == 8;
        let asked =
            matches!(outcome, Outcome::Retry { after: Some(wait), .. } if wait.as_secs() == 7);
        assert_eq!(asked, wait, "{code}: {outcome}");
    }
}

#[test]
fn a_wait_of_ages_is_a_day() {
    for wait in ["1000000000000", "18446744073709551615", "99999999999999999999"] {
        let answer =
            move || http_answer(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", wait)], b"");
        let outcome = http(answer);
        let expected = Some(Duration::from_hours(24));
        assert!(matches!(outcome, Outcome::Retry { after, .. } if after == expected), "{outcome}");
    }
    for wait in ["soon", "-1", ""] {
        let answer =
            move || http_answer(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", wait)], b"");
        assert!(is_retry(&http(answer)), "{wait}");
    }
}

#[test]
fn a_receipt_comes_with_a_success() {
    let receipt = Receipt::of(b"what the receiver holds");
    for value in [receipt.to_string(), "no receipt".to_owned()] {
        let add = move |answer: Option<Response<Body>>| {
            let mut answer = answer.expect("an answer");
            let value = HeaderValue::from_str(&value).expect("the value of a header");
            answer.headers_mut().insert("headcount-receipt", value);
            Some(answer)
        };
        let add_too = add.clone();
        for outcome in [http(move || add(http_ok())), grpc(move || add_too(grpc_answer(b"")))] {
            let Outcome::Delivered { receipt: given, .. } = outcome else { panic!("{outcome}") };
            let expected = given.is_some().then_some(receipt);
            assert_eq!(given, expected);
        }
    }
}

#[test]
fn no_cookie_is_kept() {
    let server = Server::start(|| {
        http_answer(StatusCode::OK, &[PROTOBUF, ("set-cookie", "a=b; Max-Age=9")], b"")
    });
    for _ in 0..2 {
        assert_eq!(send(&server.url(""), Protocol::Http).to_string(), "delivered");
        assert!(!server.request().header_names().contains(&"cookie"));
    }
}
