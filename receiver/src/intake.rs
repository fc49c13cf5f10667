//! Receives for a relay: the same front and the same decoder, and what comes of them goes to a keeper.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use headcount_contract::{Library, Sorted};

use crate::clock::Clock;
use crate::decode::{Decoder, Sort};
use crate::error::Error;
use crate::front::{Answer, Beside, Front, Payload, Pending, Sink};
use crate::metrics::Durations;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::tally::Tally;

/// What keeps the sorted points of requests.
pub trait Keeper: fmt::Debug + Send + Sync + 'static {
    /// Keeps what a request brought, and says what its sender is told. It is over when what is kept is as safe as the
    /// keeper promises.
    ///
    /// Errors: nothing of it was acknowledged. By [`Refusal::retry_after`] the sender repeats it, or gives it up.
    fn keep(&self, sorted: Sorted) -> Pending<'_, Result<Answer, Refusal>>;

    /// Whether something could be kept now.
    fn ready(&self) -> Pending<'_, bool>;
}

/// How requests are sorted.
pub struct Sorting {
    /// The contracts that are known.
    pub library: Arc<Library>,
    /// What sorts a request by them: `sort_for_relay` of the contract crate, with the relay's key.
    pub sort: Sort,
}

/// Listens as a receiver does, with the same limits of connections and requests, and hands on what came. Senders have
/// no limits beyond these, instances cannot ask for anything, and there is no operator's interface.
#[derive(Debug)]
pub struct Intake {
    front: Front,
    tally: Arc<Tally>,
}

impl Intake {
    /// Listens on the addresses of the settings; of these `admission` and `operator` do not count. Nothing is served
    /// before [`Intake::run`].
    ///
    /// Errors: an address that cannot be listened on; a file of TLS that is wrong; no random bytes.
    pub async fn bind(
        settings: Settings,
        sorting: Sorting,
        keeper: Arc<dyn Keeper>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let Sorting { library, sort } = sorting;
        let tally = Arc::new(Tally::new(&library, Durations::default()));
        let decoder = Decoder::new(&settings, library, sort);
        let sink = Arc::new(Handing { decoder, keeper });
        let front = Front::bind(settings, clock, sink, Beside::default(), tally.clone()).await?;
        Ok(Self { front, tally })
    }

    /// The addresses that are listened on, with the ports that the system chose for 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.front.addresses()
    }

    /// What came, and what became of it.
    pub fn tally(&self) -> Arc<Tally> {
        self.tally.clone()
    }

    /// Serves until `shutdown` is over, then answers the requests in flight.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        self.front.run(shutdown).await;
    }
}

impl fmt::Debug for Sorting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sorting").field("library", &self.library.labels()).finish_non_exhaustive()
    }
}

/// Hands on what the decoder made of a payload.
#[derive(Debug)]
struct Handing {
    decoder: Decoder,
    keeper: Arc<dyn Keeper>,
}

impl Sink for Handing {
    fn receive(&self, payload: Payload) -> Pending<'_, Result<Answer, Refusal>> {
        Box::pin(async {
            let sorted = self.decoder.decode(payload).await?;
            self.keeper.keep(sorted).await
        })
    }

    fn ready(&self) -> Pending<'_, bool> {
        self.keeper.ready()
    }
}
