//! An operator's own OpenTelemetry backend: tonic's server with the generated service.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// A backend on a thread of its own. It ends with the process.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    requests: Receiver<ExportMetricsServiceRequest>,
}

impl Backend {
    pub(crate) fn start() -> Self {
        let (sender, requests) = channel();
        let (announce, announced) = channel();
        thread::spawn(move || serve(sender, &announce));
        let address = announced.recv().expect("the backend starts");
        Self { address, requests }
    }

    /// Names of the metrics in the next request.
    pub(crate) fn next(&self) -> BTreeSet<String> {
        let request = self.requests.recv_timeout(Duration::from_secs(20));
        let request = request.expect("the service exports");
        let resources = request.resource_metrics.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name).collect()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(sender: Sender<ExportMetricsServiceRequest>, announce: &Sender<SocketAddr>) {
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    announce.send(incoming.local_addr().expect("an address")).expect("the test waits");
    let service = MetricsServiceServer::new(Capture(sender));
    Server::builder()
        .add_service(service)
        .serve_with_incoming(incoming)
        .await
        .expect("the backend serves");
}

struct Capture(Sender<ExportMetricsServiceRequest>);

#[tonic::async_trait]
impl MetricsService for Capture {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        // The test may have ended already.
        let _ = self.0.send(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
