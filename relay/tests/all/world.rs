//! A receiver and a relay on free ports, and a clock for both.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headcount::Exporter;
use headcount_contract::{Contract, Level, Library};
use headcount_proto::otlp::{ExportMetricsServiceResponse, ResourceMetrics};
use headcount_proto::to_json;
use headcount_receiver::{Clock, Counts, Filter, Keys, Memory, Receiver, Store, Tally};
use headcount_relay::{Held, Relay, Settings, Tender};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use prost::Message as _;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::sent::{bytes, framed};

/// What cannot take so long on any machine.
pub const PATIENCE: Duration = Duration::from_mins(1);
const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// A clock that a test sets.
#[derive(Clone)]
pub struct Time(Arc<Mutex<Timestamp>>);

impl Time {
    pub fn at(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.parse().unwrap())))
    }

    pub fn set(&self, text: &str) {
        *self.0.lock().unwrap() = text.parse().unwrap();
    }

    pub fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now())
    }
}

/// What runs until it is stopped.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    run: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.run.await.unwrap();
    }
}

/// The makers' side.
pub struct Makers {
    running: Option<Running>,
    pub address: SocketAddr,
    library: Arc<Library>,
    keys: Keys,
    store: Arc<dyn Store>,
    time: Time,
}

impl Makers {
    pub async fn start(time: &Time) -> Self {
        let (store, keys) = (Arc::new(Memory::new()), Keys::fresh().unwrap());
        let library = Arc::new(Library::built_in());
        let time = time.clone();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut makers = Self { running: None, address, library, keys, store, time };
        makers.up().await;
        makers
    }

    /// Listens, again where it did before.
    pub async fn up(&mut self) {
        let mut settings =
            headcount_receiver::Settings { listen: vec![self.address], ..Default::default() };
        settings.admission.unlimited = vec!["127.0.0.0/8".parse().unwrap()];
        let (library, keys, store) = (self.library.clone(), self.keys.clone(), self.store.clone());
        let receiver = Receiver::bind_at(self.time.clock(), settings, library, keys, store);
        let receiver = receiver.await.unwrap();
        self.address = receiver.addresses()[0];
        let (stop, stopped) = oneshot::channel::<()>();
        let run = tokio::spawn(receiver.run(async move {
            let _ = stopped.await;
        }));
        self.running = Some(Running { address: self.address, stop, run });
    }

    /// Listens no longer, and knows all that it knew.
    pub async fn down(&mut self) {
        self.running.take().expect("it is up").stop().await;
    }

    /// Every report that is stored: its day, and the document.
    pub async fn reports(&self) -> Vec<(String, String)> {
        let rows = self.store.page(&Filter::default(), None, 10_000).await.unwrap();
        let report = |row: headcount_receiver::Row| {
            let contract = self.library.get(&row.key.contract, &row.key.version).unwrap();
            let part = row.part.unwrap();
            (row.key.date.to_string(), contract.report(&part).unwrap().pretty())
        };
        rows.into_iter().map(report).collect()
    }
}

/// A relay, its directory, and where it sends.
pub struct World {
    pub time: Time,
    pub makers: Makers,
    pub contract: Arc<Contract>,
    pub folder: TempDir,
    pub settings: Settings,
    pub relay: Option<Relaying>,
    /// Over HTTP/1.1 and over HTTP/2.
    clients: [Client<HttpConnector, Full<Bytes>>; 2],
}

/// A relay that receives, and has its rounds when a test says so.
pub struct Relaying {
    running: Running,
    tally: Arc<Tally>,
    pub tender: Arc<Mutex<Tender>>,
    held: Held,
}

impl World {
    /// A relay for this contract, to which nobody has agreed.
    pub async fn new(contract: &str, now: &str) -> Self {
        let contract = Library::built_in().find(contract).expect("it ships").clone();
        let settings = Settings { listen: vec![([127, 0, 0, 1], 0).into()], ..Settings::default() };
        Self::with(contract, settings, now).await
    }

    pub async fn with(contract: Arc<Contract>, settings: Settings, now: &str) -> Self {
        let time = Time::at(now);
        let makers = Makers::start(&time).await;
        let folder = tempfile::tempdir().unwrap();
        let client = |http2| Client::builder(TokioExecutor::new()).http2_only(http2).build_http();
        let clients = [false, true].map(client);
        let mut world = Self { time, makers, contract, folder, settings, relay: None, clients };
        world.start().await;
        world
    }

    /// The same, to which somebody has agreed.
    pub async fn agreed(contract: &str, now: &str) -> Self {
        let mut world = Self::new(contract, now).await;
        world.agree().await;
        world
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub async fn start(&mut self) {
        let relay = self.builder().bind().await.unwrap();
        let (address, tally) = (relay.addresses()[0], relay.tally());
        let apart = relay.apart();
        let (stop, stopped) = oneshot::channel::<()>();
        let run = tokio::spawn(apart.intake.run(async move {
            let _ = stopped.await;
        }));
        let running = Running { address, stop, run };
        let tender = Arc::new(Mutex::new(apart.tender));
        self.relay = Some(Relaying { running, tally, tender, held: apart.held });
    }

    pub fn builder(&self) -> headcount_relay::RelayBuilder {
        Relay::builder(self.contract.clone(), self.data())
            .upstream(format!("http://{}", self.makers.address))
            .settings(self.settings.clone())
            .environment(|_| None)
            .show_notice(|_| {})
            .clock(self.time.clock())
    }

    pub async fn stop(&mut self) {
        let Relaying { running, tender, held, .. } = self.relay.take().expect("it runs");
        running.stop().await;
        drop(tender);
        held.close().await;
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// What an operator does in the relay's directory.
    pub fn operator(&self) -> Exporter {
        operator(&self.contract, &self.data())
    }

    pub async fn agree(&mut self) {
        self.operator().agree(Level::Diagnostics).unwrap();
        self.round().await;
    }

    pub async fn decline(&mut self) {
        self.operator().decline().unwrap();
        self.round().await;
    }

    /// A look at everything, as the relay has it every two seconds.
    pub async fn round(&self) {
        let tender = self.relay.as_ref().expect("it runs").tender.clone();
        let round = move || tender.lock().unwrap().round();
        tokio::task::spawn_blocking(round).await.unwrap().unwrap();
    }

    /// Asks as an operator does from another process, while the relay looks.
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Exporter) -> T + Send + 'static,
    ) -> T {
        let operator = self.operator().patience(PATIENCE);
        let asking = tokio::task::spawn_blocking(move || ask(operator));
        while !asking.is_finished() {
            self.round().await;
        }
        asking.await.unwrap()
    }

    /// Sets the clock, and has as many rounds as it takes until nothing more happens at that time.
    pub async fn at(&self, text: &str) {
        self.time.set(text);
        for _ in 0..2 {
            self.round().await;
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.relay.as_ref().expect("it runs").running.address)
    }

    /// Sends over OTLP/HTTP as JSON, and gives what is answered.
    pub async fn json(&self, resources: Vec<ResourceMetrics>) -> serde_json::Value {
        let body = to_json(&bytes(resources)).unwrap();
        let request =
            Request::post(self.url("/v1/metrics")).header("content-type", "application/json");
        let (head, body) = self.answered(false, request.body(Full::from(body)).unwrap()).await;
        assert_eq!(head.status, 200, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// Sends over OTLP/gRPC, and gives what is answered.
    pub async fn grpc(&self, resources: Vec<ResourceMetrics>) -> ExportMetricsServiceResponse {
        let (head, body) = self.answered(true, self.call(&bytes(resources))).await;
        let status = head.headers.get("grpc-status").map(http::HeaderValue::as_bytes);
        assert_eq!(status, Some(&b"0"[..]), "{head:?}");
        ExportMetricsServiceResponse::decode(&body[5..]).unwrap()
    }

    /// Sends these very bytes over gRPC or HTTP, and gives all that comes back.
    pub async fn post(&self, grpc: bool, message: Vec<u8>) -> Vec<u8> {
        let request = if grpc {
            self.call(&message)
        } else {
            let request = Request::post(self.url("/v1/metrics"));
            let request = request.header("content-type", "application/x-protobuf");
            request.body(Full::from(message)).unwrap()
        };
        let (head, body) = self.answered(grpc, request).await;
        let values = head.headers.values().flat_map(|value| value.as_bytes().to_vec());
        values.chain(body).collect()
    }

    /// What comes back, trailers put to the headers.
    async fn answered(
        &self,
        http2: bool,
        request: Request<Full<Bytes>>,
    ) -> (http::response::Parts, Bytes) {
        let client = &self.clients[usize::from(http2)];
        let (mut head, body) = client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap();
        head.headers.extend(body.trailers().cloned().unwrap_or_default());
        (head, body.to_bytes())
    }

    fn call(&self, message: &[u8]) -> Request<Full<Bytes>> {
        let request = Request::post(self.url(EXPORT));
        let request = request.header("content-type", "application/grpc").header("te", "trailers");
        request.body(Full::new(framed(message))).unwrap()
    }

    /// What came, and what became of it.
    pub fn counts(&self) -> Counts {
        self.relay.as_ref().expect("it runs").tally.counts()
    }

    /// Every file of the relay's directory, by its path in there.
    pub fn files(&self) -> Vec<String> {
        let mut all = Vec::new();
        walk(&self.data(), &mut |path| {
            let path = path.strip_prefix(self.data()).unwrap();
            all.push(path.display().to_string());
        });
        all.sort();
        all
    }
}

pub fn operator(contract: &Arc<Contract>, data: &Path) -> Exporter {
    let builder = Exporter::builder(contract.clone(), data).environment(|_| None);
    builder.open().unwrap().patience(Duration::ZERO)
}

pub fn walk(folder: &Path, see: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, see) } else { see(&path) }
    }
}
