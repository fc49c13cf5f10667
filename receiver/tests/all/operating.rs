//! The operator's interface: who may ask for what, and that what is told adds up.

use std::fmt::Write as _;
use std::sync::Arc;

use headcount_receiver::{Memory, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::receiver::{JSON, PROTOBUF, Running, TOKEN, settings, sqlite, start_operated};
use crate::reports::{id, manyfold, openfn};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
const PATHS: [&str; 10] = [
    "/",
    "/overview.css",
    "/erase",
    "/reports",
    "/metrics",
    "/metrics/",
    "/healthz",
    "/readyz",
    "/v1/metrics",
    "/debug",
];

/// For each path what each method is answered: without a token, with a wrong one, with the right one.
const ROUTES: &str = "\
/              401 401 200 | 401 401 200 | 401 401 405 | 401 401 405 | 401 401 405 | 401 401 405
/overview.css  401 401 200 | 401 401 200 | 401 401 405 | 401 401 405 | 401 401 405 | 401 401 405
/erase         401 401 405 | 401 401 405 | 401 401 400 | 401 401 405 | 401 401 405 | 401 401 405
/reports       401 401 200 | 401 401 200 | 401 401 405 | 401 401 405 | 401 401 405 | 401 401 405
/metrics       401 401 200 | 401 401 200 | 401 401 405 | 401 401 405 | 401 401 405 | 401 401 405
/metrics/      404 404 404 | 404 404 404 | 404 404 404 | 404 404 404 | 404 404 404 | 404 404 404
/healthz       200 200 200 | 200 200 200 | 405 405 405 | 405 405 405 | 405 405 405 | 405 405 405
/readyz        200 200 200 | 200 200 200 | 405 405 405 | 405 405 405 | 405 405 405 | 405 405 405
/v1/metrics    404 404 404 | 404 404 404 | 404 404 404 | 404 404 404 | 404 404 404 | 404 404 404
/debug         404 404 404 | 404 404 404 | 404 404 404 | 404 404 404 | 404 404 404 | 404 404 404
";

async fn start() -> Running {
    start_operated(settings(), Arc::new(Memory::new())).await
}

#[tokio::test]
async fn nothing_is_told_without_the_token() {
    let receiver = start().await;
    let (wrong, right) = (format!("Bearer {TOKEN}x"), format!("Bearer {TOKEN}"));
    let mut routes = String::new();
    for path in PATHS {
        write!(routes, "{path:14}").unwrap();
        for (index, method) in METHODS.into_iter().enumerate() {
            routes.push_str(if index == 0 { "" } else { " |" });
            for authorization in [None, Some(&*wrong), Some(&*right)] {
                let answer = receiver.ask(authorization, method, path).await;
                write!(routes, " {}", answer.status.as_u16()).unwrap();
                let asks = answer.header("www-authenticate") == "Bearer realm=\"headcount\"";
                assert_eq!(asks, answer.status == 401, "{method} {path}");
                assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
            }
        }
        routes.push('\n');
    }
    assert_eq!(routes, ROUTES);
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_is_taken_in_no_other_way() {
    let receiver = start().await;
    for authorization in [
        TOKEN.to_owned(),
        format!("Basic {TOKEN}"),
        format!("Bearer  {TOKEN}"),
        format!("Bearer {}", &TOKEN[1..]),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
    ] {
        let answer = receiver.ask(Some(&authorization), "GET", "/metrics").await;
        assert_eq!(answer.status, 401, "{authorization}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(TOKEN));
    }
    let answer = receiver.ask(None, "GET", &format!("/metrics?token={TOKEN}")).await;
    assert_eq!(answer.status, 401);
    // RFC 9110 section 11.1: the scheme's name has no case.
    let answer = receiver.ask(Some(&format!("bEARER {TOKEN}")), "GET", "/metrics").await;
    assert_eq!(answer.status, 200);
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn two_tokens_are_none() {
    let receiver = start().await;
    let mut stream = TcpStream::connect(receiver.operator.unwrap()).await.unwrap();
    let head = format!(
        "GET /metrics HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {TOKEN}\r\n\
         authorization: Bearer other\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    let receiver = start().await;
    let mut stream = TcpStream::connect(receiver.operator.unwrap()).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // It may end without a word, or with one of HTTP/1.1.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400 "), "{answer:?}");
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn senders_find_nothing_of_it() {
    let receiver = start().await;
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("authorization", &*authorization), ("content-type", JSON)];
    // Health is for both; reports are for senders; `/` is another page for everybody.
    let both = ["/healthz", "/readyz", "/v1/metrics", "/"];
    for path in PATHS.into_iter().filter(|path| !both.contains(path)) {
        for method in METHODS {
            let answer = receiver.send(method, path, &headers, "").await;
            assert_eq!(answer.status, 404, "{method} {path}");
            let answer = receiver.send_h2(method, path, &headers, "").await;
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
    let (public, without) = (receiver.send("GET", "/", &headers, "").await, &[][..]);
    assert_eq!(public.status, 200);
    assert_eq!(public.body, receiver.send("GET", "/", without, "").await.body, "the token counts");
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_told_adds_up() {
    let receiver = start().await;
    let (report, headers) = (openfn(&id(1), 3), [("content-type", PROTOBUF)]);
    let bytes = report.bytes();
    for _ in 0..2 {
        assert_eq!(receiver.post(&headers, bytes.clone()).await.status, 200);
    }
    assert_eq!(receiver.post(&headers, "nonsense").await.status, 400);
    assert_eq!(receiver.call(None, 0, &bytes).await.grpc_status(), 0);
    let told = receiver.told("/metrics").await;
    let number = |name: &str| -> u64 {
        let of = |line: &str| -> Option<u64> {
            let (series, value) = line.rsplit_once(' ')?;
            (series.split('{').next() == Some(name)).then(|| value.parse().unwrap())
        };
        told.lines().filter_map(of).sum()
    };
    let points = |what: &str| number(&format!("headcount_receiver_points_{what}_total"));
    assert!(points("accepted") > 3);
    assert_eq!(points("duplicate"), 2 * points("accepted"));
    assert_eq!(points("sent"), points("accepted") + points("rejected") + points("duplicate"));
    assert_eq!(number("headcount_receiver_requests_total"), 4);
    assert_eq!(number("http_server_request_duration_seconds_count"), 3);
    assert_eq!(number("rpc_server_call_duration_seconds_count"), 1);
    for line in [
        "headcount_receiver_reports_total{contract=\"openfn\",effect=\"added\",version=\"2\"} 1",
        "headcount_receiver_reports_total{contract=\"openfn\",effect=\"duplicate\",version=\"2\"} 2",
        "headcount_receiver_requests_total{outcome=\"malformed\",protocol=\"http/protobuf\"} 1",
    ] {
        assert!(told.lines().any(|told| told == line), "expected {line} in\n{told}");
    }
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn reports_are_told_as_their_contracts_document_them() {
    let directory = tempfile::tempdir().unwrap();
    let memory: Arc<dyn Store> = Arc::new(Memory::new());
    for store in [memory, sqlite(directory.path())] {
        let receiver = start_operated(settings(), store).await;
        // More than a page.
        for number in 0..40 {
            let headers = [("content-type", PROTOBUF)];
            let answer = receiver.post(&headers, openfn(&id(number), 2).bytes()).await;
            assert_eq!(answer.status, 200);
        }
        let answer = receiver.post(&[("content-type", PROTOBUF)], manyfold(&id(50)).bytes()).await;
        assert_eq!(answer.status, 200);
        let mut expected = receiver.documents().await;
        let mut told: Vec<_> = receiver.told("/reports").await.lines().map(str::to_owned).collect();
        expected.sort();
        told.sort();
        assert_eq!(told, expected);
        assert_eq!(receiver.told("/reports?contract=openfn/2&strict").await.lines().count(), 40);
        assert_eq!(receiver.told("/reports?contract=manyfold").await.lines().count(), 1);
        assert_eq!(receiver.told("/reports?to=1999-12-31").await, "");
        assert_eq!(receiver.told("/reports?incomplete").await, "");
        receiver.stop().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_asked_for_in_the_wrong_way_is_refused_without_being_repeated() {
    let receiver = start().await;
    let right = format!("Bearer {TOKEN}");
    for query in ["contracts=x7y", "contract=x7y", "from=x7y", "x7y", "strict=x7y", "to&to"] {
        let answer = receiver.ask(Some(&right), "GET", &format!("/reports?{query}")).await;
        let said = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 400, "{query}");
        assert!(said.starts_with("expected ") && !said.contains("x7y"), "{query}: {said}");
    }
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn a_list_that_leaves_something_out_does_not_end_well_for_whoever_is_strict() {
    let receiver = start().await;
    let half = openfn(&id(1), 2).piece(0..1);
    let answer = receiver.post(&[("content-type", PROTOBUF)], half.bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(receiver.told("/reports").await, "");
    let missing = receiver.told("/reports?incomplete").await;
    assert!(missing.starts_with(r#"{"contract":"openfn/2","date":"#), "{missing}");
    assert_eq!(raw(&receiver, "/reports").await.split("\r\n\r\n").nth(1), Some("0"));
    let strict = raw(&receiver, "/reports?strict").await;
    assert!(strict.starts_with("HTTP/1.1 200 ") && strict.ends_with("\r\n\r\n"), "{strict}");
    receiver.stop().await.unwrap();
}

/// What comes back over the wire.
async fn raw(receiver: &Running, path: &str) -> String {
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
    );
    wire(receiver, head).await
}

async fn wire(receiver: &Running, request: String) -> String {
    let mut stream = TcpStream::connect(receiver.operator.unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn an_instance_is_erased_for_whoever_asks_the_operator() {
    let receiver = start().await;
    let headers = [("content-type", PROTOBUF)];
    for number in [1, 2] {
        assert_eq!(receiver.post(&headers, openfn(&id(number), 2).bytes()).await.status, 200);
    }
    let erase = |instance: String| {
        let body = format!(r#"{{"instance":{{"contract":"openfn","raw":"{instance}"}}}}"#);
        let head = format!(
            "POST /erase HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {TOKEN}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        wire(&receiver, head)
    };
    let answer = erase(id(1)).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"reports\":"), "{answer}");
    assert_eq!(receiver.told("/reports").await.lines().count(), 1);
    let told = receiver.told("/metrics").await;
    assert!(told.contains("\nheadcount_receiver_erasures_total 1\n"), "{told}");
    let answer = erase("x".repeat(8 * 1024)).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains("xx"), "{answer}");
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn the_end_of_the_certificate_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let certificate = params.self_signed(&key).unwrap().pem();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let mut settings = settings();
    settings.tls.certificate = file("certificate.pem", &certificate);
    settings.tls.key = file("key.pem", &key.serialize_pem());
    let receiver = start_operated(settings, Arc::new(Memory::new())).await;
    let told = receiver.told("/metrics").await;
    let line = "headcount_receiver_tls_certificate_end_timestamp_seconds 2208988800";
    assert!(told.lines().any(|told| told == line), "{told}");
    receiver.stop().await.unwrap();
}
