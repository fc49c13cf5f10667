//! Over a real socket, with a site that is made up.

use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use headcount_publish::{Brand, Site, sample};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::*;
use crate::clock::Clock;
use crate::front::{Answer, Beside, Front, Payload, Pending, Sink};
use crate::settings::Settings;
use crate::tally::Tally;

/// Takes no report.
struct Nothing;

impl Sink for Nothing {
    fn receive(&self, _: Payload) -> Pending<'_, Result<Answer, Refusal>> {
        Box::pin(std::future::ready(Err(Refusal::Unavailable)))
    }
}

/// A front that serves what is made up.
struct Serving {
    address: SocketAddr,
    tally: Arc<Tally>,
    _site: watch::Sender<Option<Arc<Ready>>>,
    run: tokio::task::JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.run.abort();
    }
}

/// A front that serves two applications, half an hour before midnight.
async fn serve() -> Serving {
    let applications = [sample::harbour(), sample::built_in("manyfold", 0)];
    let site = Site::build(&applications, &Brand::default(), Some("manyfold"));
    let [now, until] = ["2026-11-21T23:30:00Z", "2026-11-22T00:00:00Z"]
        .map(|moment| moment.parse::<Timestamp>().expect("a moment"));
    let clock = Clock::new(move || now);
    let ready = Ready::new(&site, None, until, clock.clone());
    serve_at(clock, Some(Arc::new(ready))).await
}

/// The same with this site, or before there is one.
async fn serve_at(clock: Clock, site: Option<Arc<Ready>>) -> Serving {
    let (sender, site) = watch::channel(site);
    let listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
    let settings = Settings { listen, ..Settings::default() };
    let beside = Beside { site: Some(site), ..Beside::default() };
    let tally = Arc::new(Tally::default());
    let front = Front::bind(settings, clock, Arc::new(Nothing), beside, tally.clone()).await;
    let front = front.expect("a free port");
    let address = front.addresses()[0];
    let run = tokio::spawn(front.run(std::future::pending()));
    Serving { address, tally, _site: sender, run }
}

impl Serving {
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Empty::<Bytes>::new()).expect("a request");
        let (head, body) = sender.send_request(request).await.expect("an answer").into_parts();
        Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
        self.ask("GET", path, headers).await
    }
}

fn header<'r>(response: &'r Response<Bytes>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_page_tells_what_a_browser_and_a_cache_have_to_know() {
    let serving = serve().await;
    let response = serving.get("/harbour/stats?whatever=1", &[]).await;
    assert_eq!(response.status(), 200);
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "public, max-age=1800"),
        ("vary", "accept, accept-encoding"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("access-control-allow-origin", "*"),
        ("content-encoding", ""),
    ];
    for (name, expected) in headers {
        assert_eq!(header(&response, name), expected, "{name}");
    }
    assert_eq!(header(&response, "content-length"), response.body().len().to_string());
    assert!(header(&response, "content-security-policy").starts_with("default-src 'none'; style"));
    assert!(response.headers().get("set-cookie").is_none());
    let stats: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
    assert_eq!(stats["application"], "harbour");
}

#[tokio::test]
async fn head_tells_what_get_does_without_the_body() {
    let serving = serve().await;
    let [get, head] = [
        serving.ask("GET", "/harbour/stats", &[]).await,
        serving.ask("HEAD", "/harbour/stats", &[]).await,
    ];
    assert!(head.body().is_empty());
    let told = |response: &Response<Bytes>| {
        let mut headers = response.headers().clone();
        headers.remove("date");
        (response.status(), headers)
    };
    assert_eq!(told(&head), told(&get));
}

#[tokio::test]
async fn what_somebody_has_already_is_not_sent_again() {
    let serving = serve().await;
    let encodings = ["identity", "gzip", "zstd"];
    let mut tags = Vec::new();
    for encoding in encodings {
        let accept = ("accept-encoding", encoding);
        let whole = serving.get("/harbour/stats", &[accept]).await;
        let tag = header(&whole, "etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 64, "{tag}");
        for tags in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let headers = [accept, ("if-none-match", &tags)];
            let unchanged = serving.get("/harbour/stats", &headers).await;
            assert_eq!(unchanged.status(), 304, "{encoding}: {tags}");
            assert!(unchanged.body().is_empty());
            assert_eq!(header(&unchanged, "etag"), tag);
            assert_eq!(header(&unchanged, "cache-control"), "public, max-age=1800");
            assert_eq!(header(&unchanged, "vary"), "accept, accept-encoding");
        }
        let other = serving.get("/harbour/stats", &[accept, ("if-none-match", "\"x\"")]).await;
        assert_eq!(other.status(), 200);
        tags.push(tag);
    }
    tags.dedup();
    // Other bytes have other tags.
    assert_eq!(tags.len(), encodings.len());
    let shown = serving.tally.counts().shown;
    let counted: Vec<_> = shown.iter().filter(|(.., requests)| *requests > 0).collect();
    assert_eq!(counted, [("stats", "whole", 6), ("stats", "unchanged", 12)]);
}

#[tokio::test]
async fn bodies_come_compressed_for_whoever_can_read_them() {
    let serving = serve().await;
    let plain = serving.get("/harbour/stats", &[]).await.into_body();
    let gzip = serving.get("/harbour/stats", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(header(&gzip, "content-encoding"), "gzip");
    let mut read = Vec::new();
    MultiGzDecoder::new(&gzip.body()[..]).read_to_end(&mut read).expect("gzip");
    assert_eq!(read, plain);
    let zstd = serving.get("/harbour/stats", &[("accept-encoding", "gzip, zstd")]).await;
    assert_eq!(header(&zstd, "content-encoding"), "zstd");
    assert_eq!(zstd::decode_all(&zstd.body()[..]).expect("zstd"), plain);
    assert!(zstd.body().len() * 2 < plain.len());
    let stored = |media_type, length| {
        let one = headcount_publish::Representation { media_type, bytes: vec![b'a'; length] };
        let content = Content::new(&one, &[0; 32]);
        (content.coded(Encoding::Gzip).is_some(), content.coded(Encoding::Zstd).is_some())
    };
    // A short one fits in a packet, and a picture is compressed already.
    assert_eq!(stored("image/svg+xml", 2_000), (true, true));
    assert_eq!(stored("image/svg+xml", 1_000), (false, false));
    assert_eq!(stored("image/png", 2_000), (false, false));
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_there_are() {
    let serving = serve().await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let response = serving.ask(method, "/harbour/stats", &[]).await;
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(header(&response, "allow"), "GET, HEAD", "{method}");
    }
    // What takes reports takes nothing else.
    let response = serving.get("/v1/metrics", &[]).await;
    assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "POST"));
}

#[tokio::test]
async fn where_nothing_is_a_person_gets_a_page_and_a_program_json() {
    let serving = serve().await;
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let path = "/secret%3Cscript%3E/x";
    let page = serving.get(path, &browser).await;
    assert_eq!(
        (page.status().as_u16(), header(&page, "content-type")),
        (404, "text/html; charset=utf-8")
    );
    let json = serving.get(path, &[]).await;
    assert_eq!((json.status().as_u16(), header(&json, "content-type")), (404, "application/json"));
    for response in [page, json] {
        let told = String::from_utf8(response.body().to_vec()).expect("text");
        assert!(!told.contains("secret") && !told.contains("<script"), "{told}");
    }
}

#[tokio::test]
async fn before_the_pages_are_written_only_who_may_want_one_waits() {
    let serving = serve_at(Clock::system(), None).await;
    let report = serving.ask("POST", "/wrong", &[("content-type", "application/x-protobuf")]);
    let response = timeout(Duration::from_secs(20), report).await.expect("an answer at once");
    assert_eq!(response.status(), 404);
    let asked = serving.get("/harbour/stats", &[]);
    assert!(timeout(Duration::from_millis(200), asked).await.is_err());
}

#[tokio::test]
async fn what_is_at_the_root_is_the_same_as_under_its_name() {
    let serving = serve().await;
    let [root, named] =
        [serving.get("/stats", &[]).await, serving.get("/manyfold/stats", &[]).await];
    assert_eq!(header(&root, "etag"), header(&named, "etag"));
    assert_eq!(root.body(), named.body());
}

#[tokio::test]
async fn a_new_site_compresses_only_what_is_new() {
    let site = |days| {
        let applications = [sample::harbour(), sample::built_in("manyfold", days)];
        Site::build(&applications, &Brand::default(), None)
    };
    let ready = |site: &Site, before: Option<&Ready>| {
        Ready::new(site, before, Timestamp::MAX, Clock::system())
    };
    let before = ready(&site(30), None);
    let after = ready(&site(31), Some(&before));
    let bytes = |ready: &Ready, path: &str| match ready.find(path) {
        Some(Found::Page(page)) => page.content(&HeaderMap::new()).plain.bytes.as_ptr(),
        _ => panic!("expected a page under {path}"),
    };
    assert_eq!(bytes(&before, "/harbour/stats"), bytes(&after, "/harbour/stats"));
    assert_ne!(bytes(&before, "/manyfold/stats"), bytes(&after, "/manyfold/stats"));
}

#[tokio::test]
async fn a_long_answer_comes_in_pieces() {
    let bytes = Bytes::from(vec![7; 200_000]);
    let mut body = Pieces::of(bytes.clone());
    let mut lengths = Vec::new();
    while let Some(frame) = body.frame().await {
        lengths.push(frame.expect("it cannot fail").into_data().expect("data").len());
    }
    assert_eq!(lengths, [65_536, 65_536, 65_536, 3_392]);
    let whole = Pieces::of(bytes.clone()).collect().await.expect("it cannot fail").to_bytes();
    assert_eq!(whole, bytes);
}
