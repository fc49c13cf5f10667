//! What a relay needs to know, and its checks.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use headcount_contract::{Contract, Library, sort_for_relay};
use headcount_receiver::{Clock, Intake, Sort, Sorting};
use tokio::runtime::Handle;

use crate::days::open;
use crate::error::{Error, Kind};
use crate::hold::Hold;
use crate::place::Place;
use crate::relay::Relay;
use crate::settings::Settings;
use crate::setup::Setup;
use crate::tend::Tender;

/// Builds a [`Relay`]. The contract and the data directory are all that it needs, where the contract says where
/// reports go.
#[must_use = "nothing happens before `bind`"]
pub struct RelayBuilder {
    setup: Setup,
    settings: Settings,
}

impl RelayBuilder {
    pub(crate) fn new(contract: Arc<Contract>, data_directory: PathBuf) -> Self {
        let setup = Setup {
            contract,
            upstream: None,
            roots: None,
            place: Place::at(data_directory),
            clock: Clock::system(),
            environment: Arc::new(|name| std::env::var(name).ok()),
            show: Arc::new(|notice| tracing::warn!("{notice}")),
            limits: Settings::default().held,
        };
        Self { setup, settings: Settings::default() }
    }

    /// Where reports go: the URL of a receiver, or of a Collector on the way to one. The contract's own
    /// `receiver.endpoint` where none is given.
    pub fn upstream(mut self, url: impl Into<String>) -> Self {
        self.setup.upstream = Some(url.into());
        self
    }

    /// The root certificates, in PEM, that the upstream's is verified by, in place of the system's.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.setup.roots = Some(pem.into());
        self
    }

    /// Where to listen, and what there is room for.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.setup.limits = settings.held.clone();
        self.settings = settings;
        self
    }

    /// How the notice is shown, once for each contract: in the log where nothing else is said. It has to reach the person
    /// who runs the relay.
    pub fn show_notice(mut self, show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.setup.show = Arc::new(show);
        self
    }

    /// Where variables are looked up, by which an operator declines and which name proxies: the environment of the
    /// process, where nothing else is said.
    pub fn environment(
        mut self,
        look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.setup.environment = Arc::new(look_up);
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.setup.clock = clock;
        self
    }

    /// Takes the data directory, reads what was decided and what is held, and listens. Nothing is served before
    /// [`Relay::run`]. Before anybody agreed nothing is written but the notice's and the lock's own files.
    ///
    /// Errors: the network would carry what applications send in clear; another relay works on the directory; an
    /// address that cannot be listened on; a URL or a certificate that is none; files that cannot be read or made.
    pub async fn bind(self) -> Result<Relay, Error> {
        let Self { setup, settings } = self;
        if let Some(address) = settings.exposed() {
            return Err(Kind::Exposed(address).into());
        }
        let taken = setup.place.take()?;
        let (contract, clock) = (Arc::clone(&setup.contract), setup.clock.clone());
        let (place, limits) = (setup.place.clone(), settings.held.clone());
        let hold = Arc::new(Hold::new(Arc::clone(&contract), place, clock.clone(), limits)?);
        let mut tender = Tender::new(setup, Arc::clone(&hold), Handle::current())?;
        // What is kept, and where, is known before the first request comes.
        let looking = move || tender.begin().map(|()| tender);
        let looked = tokio::task::spawn_blocking(looking).await;
        let tender =
            looked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        let library = Arc::new(Library::only(contract));
        let sorting = Sorting { library, sort: sort(Arc::clone(&hold), clock.clone()) };
        let intake = Intake::bind(settings.receiving(), sorting, hold.clone(), clock).await?;
        Ok(Relay::new(intake, tender, hold, taken))
    }
}

/// Sorts what comes in, by the days that can still be reported.
fn sort(hold: Arc<Hold>, clock: Clock) -> Sort {
    Box::new(move |library, bytes, limits| {
        // One day for the whole request, also at midnight.
        let today = clock.today();
        let window = |contract: &Contract| Some(open(contract, today));
        sort_for_relay(&window, library, &hold.ids(), bytes, limits)
    })
}

impl fmt::Debug for RelayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayBuilder")
            .field("contract", &self.setup.contract.label())
            .finish_non_exhaustive()
    }
}
