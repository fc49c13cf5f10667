//! A receiver on a free port, and clients for it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{BufMut as _, Bytes, BytesMut};
use headcount_contract::Library;
use headcount_proto::otlp::{Delay, Detail, ExportMetricsServiceResponse, RetryInfo, Status};
use headcount_receiver::settings::Admission;
use headcount_receiver::{
    Filter, Intake, Keys, Memory, Receiver, Settings, Store, Stored, Tally, Token,
};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use prost::Message as _;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::conformance::{document, list};
use crate::reports::library;

pub const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
pub const PROTOBUF: &str = "application/x-protobuf";
pub const JSON: &str = "application/json";

/// A free port of this machine.
pub const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A receiver that runs until it is stopped.
pub struct Running {
    /// Where requests go.
    pub address: SocketAddr,
    pub addresses: Vec<SocketAddr>,
    /// Where the operator asks, if anywhere.
    pub operator: Option<SocketAddr>,
    pub store: Arc<dyn Store>,
    pub tally: Arc<Tally>,
    stop: oneshot::Sender<()>,
    run: JoinHandle<()>,
}

/// Settings that listen on one free port, for tests that send a lot, for the same days for ever.
pub fn settings() -> Settings {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let admission = Admission { unlimited: vec![loopback], days: 100_000, ..Admission::default() };
    Settings { listen: vec![ANYWHERE], admission, ..Settings::default() }
}

/// A receiver with a store in memory.
pub async fn start() -> Running {
    start_with(settings(), Arc::new(Memory::new())).await
}

pub async fn start_with(settings: Settings, store: Arc<dyn Store>) -> Running {
    start_by(library(), settings, store).await
}

/// A receiver that knows these contracts.
pub async fn start_by(library: Arc<Library>, settings: Settings, store: Arc<dyn Store>) -> Running {
    start_as(Keys::fresh().unwrap(), library, settings, store).await
}

/// A receiver with this secret.
pub async fn start_as(
    keys: Keys,
    library: Arc<Library>,
    settings: Settings,
    store: Arc<dyn Store>,
) -> Running {
    let receiver = Receiver::bind(settings, library, keys, store.clone()).await.unwrap();
    running(receiver, store)
}

/// A receiver that was bound.
pub fn running(receiver: Receiver, store: Arc<dyn Store>) -> Running {
    let (addresses, tally) = (receiver.addresses().to_vec(), receiver.tally());
    let operator = receiver.operator_address();
    let (stop, stopped) = oneshot::channel::<()>();
    let run = tokio::spawn(receiver.run(async move {
        let _ = stopped.await;
    }));
    Running { address: addresses[0], addresses, operator, store, tally, stop, run }
}

/// An intake that was bound; nothing comes into the store.
pub fn taking(intake: Intake) -> Running {
    let (addresses, tally) = (intake.addresses().to_vec(), intake.tally());
    let (stop, stopped) = oneshot::channel::<()>();
    let run = tokio::spawn(intake.run(async move {
        let _ = stopped.await;
    }));
    let store = Arc::new(Memory::new());
    Running { address: addresses[0], addresses, operator: None, store, tally, stop, run }
}

/// What the operator of a receiver knows.
pub const TOKEN: &str = "a-token-of-the-tests";

/// A receiver with the operator's interface.
pub async fn start_operated(mut settings: Settings, store: Arc<dyn Store>) -> Running {
    settings.operator.listen = Some(ANYWHERE);
    let keys = Keys::fresh().unwrap();
    let receiver = Receiver::bind(settings, library(), keys, store.clone()).await.unwrap();
    let receiver = receiver.operated_by(Token::new(TOKEN).unwrap()).await.unwrap();
    running(receiver, store)
}

/// A store on the disk that does not wait for others.
pub fn sqlite(directory: &Path) -> Arc<dyn Store> {
    use headcount_receiver::{Options, Sqlite};
    let options = Options { busy: Duration::ZERO, ..Options::default() };
    let keys = Keys::load_or_create(&directory.join("reports.db.secret")).unwrap();
    Arc::new(Sqlite::open(&directory.join("reports.db"), &keys, options).unwrap())
}

impl Running {
    /// The stored reports, each as its contract documents it.
    pub async fn documents(&self) -> Vec<String> {
        let stored: Vec<Stored> = list(&*self.store, &Filter::default(), 100).await;
        stored.iter().map(document).collect()
    }

    /// Asks the receiver to end, and gives what tells that it has.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).expect("it runs until now");
        self.run
    }

    /// The same receiver, which was asked to end.
    pub fn told_to_stop(mut self) -> Self {
        let (nobody, _) = oneshot::channel();
        std::mem::replace(&mut self.stop, nobody).send(()).expect("it runs until now");
        self
    }

    /// `POST /v1/metrics` with these headers.
    pub async fn post(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        self.send("POST", "/v1/metrics", headers, body).await
    }

    /// A request over HTTP/1.1.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = self.request(method, path, headers, body.into());
        Answer::of(client.request(request).await.unwrap()).await
    }

    /// What the operator is answered who shows this as `Authorization`.
    pub async fn ask(&self, authorization: Option<&str>, method: &str, path: &str) -> Answer {
        let operator = self.operator.expect("the receiver has an operator's interface");
        let request = Request::builder().method(method).uri(format!("http://{operator}{path}"));
        let request = match authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Answer::of(client.request(request).await.unwrap()).await
    }

    /// What the operator is told at a path.
    pub async fn told(&self, path: &str) -> String {
        let answer = self.ask(Some(&format!("Bearer {TOKEN}")), "GET", path).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    /// Waits until a line is among its metrics.
    pub async fn until_told(&self, line: &str) {
        let waiting = async {
            while !self.told("/metrics").await.lines().any(|told| told == line) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), waiting).await.expect("it is told in the end");
    }

    /// A request over HTTP/2.
    pub async fn send_h2(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let request = self.request(method, path, headers, body.into());
        Answer::of(client.request(request).await.unwrap()).await
    }

    /// A gRPC call whose message is framed here, so that it can be wrong in any way.
    pub async fn call(&self, encoding: Option<&str>, flag: u8, message: &[u8]) -> Answer {
        let mut headers = vec![("content-type", "application/grpc"), ("te", "trailers")];
        headers.extend(encoding.map(|encoding| ("grpc-encoding", encoding)));
        self.send_h2("POST", EXPORT, &headers, framed(flag, message)).await
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let mut request =
            Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(body)).unwrap()
    }
}

/// A `RetryInfo` of proto3 JSON as the message that it stands for.
fn detail(json: &serde_json::Value) -> Detail {
    let type_url = json["@type"].as_str().unwrap().to_owned();
    assert_eq!(type_url, RetryInfo::TYPE_URL);
    let seconds = json["retryDelay"].as_str().unwrap().strip_suffix('s').unwrap().parse().unwrap();
    let info = RetryInfo { retry_delay: Some(Delay { seconds, nanos: 0 }) };
    Detail { type_url, value: info.encode_to_vec() }
}

/// A gRPC message with its prefix.
pub fn framed(flag: u8, message: &[u8]) -> Bytes {
    let mut framed = BytesMut::new();
    framed.put_u8(flag);
    framed.put_u32(u32::try_from(message.len()).unwrap());
    framed.put_slice(message);
    framed.freeze()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// Trailers are put to the headers: over gRPC an error may stand in either.
    pub async fn of(response: Response<hyper::body::Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap();
        let mut headers = head.headers;
        headers.extend(body.trailers().cloned().unwrap_or_default());
        Self { status: head.status, headers, body: body.to_bytes() }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The gRPC status code; -1 where there is none.
    pub fn grpc_status(&self) -> i32 {
        self.header("grpc-status").parse().unwrap_or(-1)
    }

    /// The `google.rpc.Status` of an HTTP answer.
    pub fn error(&self) -> Status {
        match self.header("content-type") {
            PROTOBUF => Status::decode(self.body.clone()).unwrap(),
            JSON => {
                let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
                let code = i32::try_from(json["code"].as_i64().unwrap()).unwrap();
                let message = json["message"].as_str().unwrap().to_owned();
                let details = json["details"].as_array().into_iter().flatten().map(detail);
                Status { code, message, details: details.collect() }
            }
            other => panic!("expected an error in one of OTLP's content types, got {other:?}"),
        }
    }

    /// The seconds that the `RetryInfo` of a refusal asks to wait, over whatever protocol.
    pub fn retry_info(&self) -> Option<i64> {
        let status = match self.header("grpc-status-details-bin") {
            "" if self.header("content-type") == "application/grpc" => return None,
            "" => self.error(),
            details => Status::decode(&*STANDARD_NO_PAD.decode(details).unwrap()).unwrap(),
        };
        let detail = status.details.first()?;
        assert_eq!(detail.type_url, RetryInfo::TYPE_URL);
        Some(RetryInfo::decode(&*detail.value).unwrap().retry_delay?.seconds)
    }

    /// Rejected points and why, of a successful answer over whatever protocol.
    pub fn partial(&self) -> Option<(i64, String)> {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        if self.header("content-type") == JSON {
            let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
            let partial = json.get("partialSuccess")?;
            let rejected = partial["rejectedDataPoints"].as_str().unwrap().parse().unwrap();
            return Some((rejected, partial["errorMessage"].as_str().unwrap().to_owned()));
        }
        let message = match self.header("content-type") {
            "application/grpc" => {
                assert_eq!(self.grpc_status(), 0, "{self:?}");
                self.body.slice(5..)
            }
            _ => self.body.clone(),
        };
        let partial = ExportMetricsServiceResponse::decode(message).unwrap().partial_success?;
        Some((partial.rejected_data_points, partial.error_message))
    }
}
