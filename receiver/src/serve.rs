//! Composes the receiver: front, admission, decoder, ingest, instances, store; and what goes on beside them: freezing,
//! publishing, the operator's interface, forwarding, pushing. Nothing else knows all of them.

use std::net::SocketAddr;
use std::sync::Arc;

use headcount_contract::Library;

use crate::admission::{Admission, Days};
use crate::backend::{Count, Headers};
use crate::clock::Clock;
use crate::decode::Decoder;
use crate::error::Error;
use crate::forward::{self, Forwarder};
use crate::freeze::Freezing;
use crate::front::{Ask, Beside, Front};
use crate::ingest::Ingest;
use crate::instances::Instances;
use crate::metrics::Metrics;
use crate::operator::{self, Interface, Operator, Token};
use crate::publish::{self, Publishing};
use crate::push::{self, Pusher};
use crate::secret::Keys;
use crate::settings::Settings;
use crate::store::Store;
use crate::tally::Tally;

/// A receiver that listens, and keeps what it receives.
#[derive(Debug)]
pub struct Receiver {
    front: Front,
    freezing: Freezing,
    publishing: Option<Publishing>,
    store: Arc<dyn Store>,
    tally: Arc<Tally>,
    operator: Option<Operator>,
    interface: Option<Interface>,
    count: Arc<Count>,
    forwarder: Option<Forwarder>,
    pushed: Arc<Count>,
    pusher: Option<Pusher>,
    library: Arc<Library>,
}

impl Receiver {
    /// Listens on the addresses of the settings. Nothing is served before [`Receiver::run`].
    ///
    /// Errors: an address that cannot be listened on; a file of TLS that is wrong; a contract in the settings that nobody
    /// knows; a `publish.root` that is not published, or a `publish.logo` that cannot be used; no random bytes.
    pub async fn bind(
        settings: Settings,
        library: Arc<Library>,
        keys: Keys,
        store: Arc<dyn Store>,
    ) -> Result<Self, Error> {
        Self::bind_at(Clock::system(), settings, library, keys, store).await
    }

    /// The same, by another clock than the system's.
    ///
    /// Errors: as for [`Receiver::bind`].
    pub async fn bind_at(
        clock: Clock,
        settings: Settings,
        library: Arc<Library>,
        keys: Keys,
        store: Arc<dyn Store>,
    ) -> Result<Self, Error> {
        let known = library.clone();
        let freezing = Freezing::of(&library, store.clone(), clock.clone()).await;
        let (shown, durability) = (freezing.shown(), store.durability());
        let publishing = Publishing::of(&settings, &library, shown, durability, clock.clone())?;
        let (count, pushed) = (Arc::new(Count::default()), Arc::new(Count::default()));
        // Without somebody who looks, nothing is recorded.
        let metrics = settings.operator.listen.is_some().then(Metrics::new);
        let durations = metrics.as_ref().map(Metrics::durations);
        let tally = Arc::new(Tally::new(&library, durations.unwrap_or_default()));
        let instances = Instances::new(library.clone(), keys.clone(), store.clone(), clock.clone());
        let days = Days::new(&settings.admission, &library, clock.clone())?;
        let decoder = Decoder::new(&settings, library, days.sort(keys.ids().clone()));
        let decode_waiting = decoder.waiting();
        let admission = Arc::new(Admission::new(&settings.admission, clock.clone())?);
        let instances = instances.limited(admission.clone());
        let ingest = Ingest::new(decoder, keys, store.clone(), clock.clone(), tally.clone());
        let ingest = Arc::new(ingest.limited(admission));
        let (asked, at): (Arc<dyn Ask>, _) = (Arc::new(instances), clock.clone());
        let site = publishing.as_ref().map(Publishing::site);
        let beside = Beside { instances: Some(asked.clone()), site };
        let front = Front::bind(settings, at, ingest, beside, tally.clone()).await?;
        let operator = metrics.map(|metrics| Operator {
            settings: front.settings().clone(),
            metrics,
            library: known.clone(),
            instances: asked,
            store: store.clone(),
            tally: tally.clone(),
            decode_waiting,
            health: front.health(),
            certificate: front.certificate(),
            forwarded: count.clone(),
            clock: clock.clone(),
            figures: freezing.progress(),
            pushed: pushed.clone(),
        });
        let (interface, forwarder, library) = (None, None, known);
        Ok(Self {
            front,
            freezing,
            publishing,
            store,
            tally,
            operator,
            interface,
            count,
            forwarder,
            pushed,
            pusher: None,
            library,
        })
    }

    /// Listens on `operator.listen`, too, if that is set: for whoever has the token.
    ///
    /// Errors: an address that cannot be listened on.
    pub async fn operated_by(mut self, token: Token) -> Result<Self, Error> {
        if let Some(operator) = self.operator.take() {
            self.interface = operator.listen(token).await?;
        }
        Ok(self)
    }

    /// Forwards what it accepts, if `forward.endpoint` is set, with these headers. From now on it waits in the store.
    ///
    /// Errors: authorities that cannot be used; the store does not work.
    pub async fn forwarding(mut self, headers: Headers) -> Result<Self, Error> {
        let settings = &self.front.settings().forward;
        let (library, count) = (self.library.clone(), self.count.clone());
        self.forwarder = Forwarder::of(settings, headers, library, count)?;
        if self.forwarder.is_some() {
            self.store.forward(settings.queue_bytes.as_u64()).await?;
        }
        Ok(self)
    }

    /// Pushes the published figures, if `push.endpoint` is set, with these headers.
    ///
    /// Errors: authorities that cannot be used.
    pub fn pushing(mut self, headers: Headers) -> Result<Self, Error> {
        let settings = &self.front.settings().push;
        let (library, shown) = (self.library.clone(), self.freezing.shown());
        self.pusher = Pusher::of(settings, headers, library, shown, self.pushed.clone())?;
        Ok(self)
    }

    /// The addresses that are listened on, with the ports that the system chose for 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.front.addresses()
    }

    /// Where the operator's interface listens, if it does.
    pub fn operator_address(&self) -> Option<SocketAddr> {
        self.interface.as_ref().map(Interface::address)
    }

    /// What came, and what became of it.
    pub fn tally(&self) -> Arc<Tally> {
        self.tally.clone()
    }

    /// Serves until `shutdown` is over, then answers the requests in flight and closes the store.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self {
            front, freezing, publishing, store, tally, interface, forwarder, pusher, ..
        } = self;
        tracing::info!(addresses = ?front.addresses(), durability = %store.durability(), "serving");
        // On the heap, since a client of HTTP takes kilobytes, and whoever runs a receiver need not.
        let forwarding = Box::pin(forward::run(forwarder, &*store));
        let pushing = Box::pin(push::run(pusher, &*store));
        tokio::select! {
            () = front.run(shutdown) => {}
            never = freezing.run() => match never {},
            never = publish::run(publishing) => match never {},
            never = operator::run(interface) => match never {},
            never = forwarding => match never {},
            never = pushing => match never {},
        }
        store.close().await;
        let counts = tally.counts();
        tracing::info!(answered = counts.answered, accepted = counts.accepted, "stopped");
    }
}
