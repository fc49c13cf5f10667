//! The servers that are measured: what a child process of this program does.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use headcount_contract::Library;
use headcount_receiver::settings::Admission;
use headcount_receiver::{Location, Receiver, Settings};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, async_trait};

/// Serves until its standard input ends. First it prints where it listens, and at last what it did.
pub(crate) fn run(words: &[String]) {
    // As `headcount serve` has it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a process can have threads");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    runtime.block_on(async {
        match words[..] {
            ["bare"] => bare().await,
            ["memory"] => Box::pin(receiver(&Location::Memory)).await,
            ["sqlite", path] => Box::pin(receiver(&Location::Sqlite(Path::new(path).into()))).await,
            _ => panic!("expected a server to be, got {words:?}"),
        }
    });
}

/// Is over when the parent closes the pipe, or is gone.
async fn stop() {
    let (sender, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(sender);
    });
    let _ = stopped.await;
}

/// The settings that are measured: the default ones, with a free port, and limits that no one reaches.
fn settings() -> Settings {
    let listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let admission = Admission {
        requests_per_minute: u32::MAX,
        new_instances_per_day: u32::MAX,
        days: 100_000,
        ..Admission::default()
    };
    Settings { listen, admission, ..Settings::default() }
}

async fn receiver(location: &Location) {
    let (store, keys) = location.open().expect("a store that can be opened");
    let library = Arc::new(Library::built_in());
    let receiver = Receiver::bind(settings(), library, keys, store).await.expect("a free port");
    println!("{}", receiver.addresses()[0]);
    let tally = receiver.tally();
    receiver.run(stop()).await;
    let counts = tally.counts();
    println!("{} {}", counts.answered, counts.accepted);
}

async fn bare() {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address"));
    let incoming = incoming.expect("a free port").with_nodelay(Some(true));
    println!("{}", incoming.local_addr().expect("it is bound"));
    let dropping = Arc::new(Dropping::default());
    let service = MetricsServiceServer::from_arc(dropping.clone());
    let server = tonic::transport::Server::builder().add_service(service);
    server.serve_with_incoming_shutdown(incoming, stop()).await.expect("it serves");
    println!("{} 0", dropping.answered.load(Ordering::Relaxed));
}

/// Takes whatever is decoded.
#[derive(Default)]
struct Dropping {
    answered: AtomicU64,
}

#[async_trait]
impl MetricsService for Dropping {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        drop(request.into_inner());
        self.answered.fetch_add(1, Ordering::Relaxed);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
