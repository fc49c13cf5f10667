//! The operator's own interface: what the receiver tells about itself, what it holds, and erasure.
//!
//! It listens apart from what senders reach, over HTTP/1.1 alone, and asks for a token wherever something is told
//! that is not for everybody. Nothing of it exists on the addresses for senders.

mod authorise;
mod listen;
mod overview;
mod query;
mod reports;
mod routes;
mod token;

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use headcount_contract::Library;
use tokio::net::TcpListener;

pub use token::Token;

use crate::backend::Count;
use crate::clock::Clock;
use crate::error::Error;
use crate::freeze::Progress;
use crate::front::{Ask, Certificate};
use crate::metrics::{Metrics, Sources};
use crate::settings::Settings;
use crate::store::Store;
use crate::tally::{Gauge, Tally};

/// What the interface is about.
pub(crate) struct Operator {
    pub(crate) settings: Settings,
    pub(crate) metrics: Metrics,
    pub(crate) library: Arc<Library>,
    /// What erases instances.
    pub(crate) instances: Arc<dyn Ask>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) decode_waiting: Arc<Gauge>,
    /// Routes that tell whether the receiver is alive and ready.
    pub(crate) health: Router,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) forwarded: Arc<Count>,
    pub(crate) pushed: Arc<Count>,
    pub(crate) clock: Clock,
    pub(crate) figures: Arc<Progress>,
}

/// The interface, listening.
#[derive(Debug)]
pub(crate) struct Interface {
    listener: TcpListener,
    address: SocketAddr,
    settings: Settings,
    service: Router,
}

/// What every request needs.
struct Shared {
    token: Token,
    library: Arc<Library>,
    instances: Arc<dyn Ask>,
    body_timeout: Duration,
    metrics: Metrics,
    sources: Sources,
    clock: Clock,
    /// Bytes that may wait to be forwarded.
    queue_limit: u64,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").finish_non_exhaustive()
    }
}

impl Operator {
    /// Listens, if the settings say where, for whoever has the token.
    ///
    /// Errors: an address that cannot be listened on.
    pub(crate) async fn listen(self, token: Token) -> Result<Option<Interface>, Error> {
        let Self {
            settings,
            metrics,
            library,
            instances,
            store,
            tally,
            decode_waiting,
            health,
            certificate,
            forwarded,
            pushed,
            clock,
            figures,
        } = self;
        let Some(address) = settings.operator.listen else { return Ok(None) };
        let failed = |error| Error::listen(address, &error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().to_canonical().is_loopback() {
            tracing::warn!(
                %address,
                "the operator's interface listens beyond the loopback, where its token travels without TLS"
            );
        }
        store.observe(&metrics.meter());
        let store_limit = settings.admission.store_bytes.as_u64();
        let body_timeout = settings.requests.body_timeout;
        let begin = Instant::now();
        let forwarded = settings.forward.endpoint.is_some().then_some(forwarded);
        let pushed = settings.push.endpoint.is_some().then_some(pushed);
        let sources = Sources {
            tally,
            decode_waiting,
            store,
            store_limit,
            certificate,
            forwarded,
            figures,
            pushed,
            begin,
        };
        let queue_limit = settings.forward.queue_bytes.as_u64();
        let shared = Shared {
            token,
            library,
            instances,
            body_timeout,
            metrics,
            sources,
            clock,
            queue_limit,
        };
        let service = routes::routes(Arc::new(shared), health);
        Ok(Some(Interface { listener, address, settings, service }))
    }
}

impl Interface {
    /// The address that is listened on, with the port that the system chose for 0.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves the interface, if there is one, until this is dropped. What is under way then is cut off: nothing is lost by
/// that, since whoever asks may ask again.
pub(crate) async fn run(interface: Option<Interface>) -> Infallible {
    let Some(Interface { listener, settings, service, .. }) = interface else {
        return std::future::pending().await;
    };
    listen::run(listener, service, &settings).await
}
