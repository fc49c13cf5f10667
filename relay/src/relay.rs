//! Composes a relay: what receives, what holds, and what reports.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use headcount::Status;
use headcount_contract::Contract;
use headcount_receiver::{Intake, Tally};
use jiff::Timestamp;

use crate::builder::RelayBuilder;
use crate::error::{Error, Kind};
use crate::hold::Hold;
use crate::place;
use crate::tend::Tender;

/// Between two rounds: as often as exporters look at what an operator asks.
const LOOK: Duration = Duration::from_secs(2);
/// Between two lines of the log about the same trouble.
const TROUBLED: Duration = Duration::from_mins(10);

/// A relay: applications tell it what they tell, at any interval, and it reports for each of them once a day, by one
/// contract and with one operator's consent. See the [crate's documentation](crate).
#[derive(Debug)]
pub struct Relay {
    intake: Intake,
    tender: Tender,
    hold: Arc<Hold>,
    taken: place::Taken,
}

impl Relay {
    /// Begins a relay for applications of this contract, which keeps what it has to keep in this directory.
    pub fn builder(
        contract: impl Into<Arc<Contract>>,
        data_directory: impl Into<PathBuf>,
    ) -> RelayBuilder {
        RelayBuilder::new(contract.into(), data_directory.into())
    }

    pub(crate) fn new(
        intake: Intake,
        tender: Tender,
        hold: Arc<Hold>,
        taken: place::Taken,
    ) -> Self {
        Self { intake, tender, hold, taken }
    }

    /// The addresses that are listened on, with the ports that the system chose for 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.intake.addresses()
    }

    /// What came, and what became of it.
    pub fn tally(&self) -> Arc<Tally> {
        self.intake.tally()
    }

    /// What was decided, and where reports go.
    ///
    /// Errors: the data directory cannot be read.
    pub fn status(&self) -> Result<Status, Error> {
        Ok(self.tender.leader().status()?)
    }

    /// When the next report is due, of any instance that is known.
    pub fn next_report(&self) -> Option<Timestamp> {
        self.tender.next_report()
    }

    /// Receives and reports until `shutdown` is over; then answers the requests in flight, and closes what is held.
    ///
    /// Errors: the system refuses a thread.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let Self { intake, mut tender, hold, taken } = self;
        let (stop, stopped) = channel::<()>();
        let stopping = tender.stopping();
        let tends = move || {
            let mut troubles = Troubles::default();
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                // Reports go on after a mistake of ours, as what is received does.
                match catch_unwind(AssertUnwindSafe(|| tender.round())) {
                    Ok(Ok(())) => troubles.are_over(),
                    Ok(Err(error)) => troubles.tell(&error.to_string()),
                    Err(_) => troubles.tell("expected a round without a panic"),
                }
            }
        };
        let thread = thread::Builder::new().name("headcount-relay".to_owned()).spawn(tends);
        let thread = thread.map_err(Kind::Thread)?;
        intake.run(shutdown).await;
        stopping.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(stop);
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if let Ok(Err(panic)) = joined {
            std::panic::resume_unwind(panic);
        }
        hold.close().await;
        drop(taken);
        Ok(())
    }

    /// The same in two pieces, for whoever plays with the clock: what receives, and what is to be called in its place.
    #[doc(hidden)]
    pub fn apart(self) -> Apart {
        let Self { intake, tender, hold, taken } = self;
        Apart { intake, tender, held: Held { hold, _taken: taken } }
    }
}

/// What keeps rounds from being had, told once and again after a while.
#[derive(Debug, Default)]
struct Troubles(Option<(String, Instant)>);

impl Troubles {
    fn tell(&mut self, why: &str) {
        let same = |(told, at): &(String, Instant)| told == why && at.elapsed() < TROUBLED;
        if !self.0.as_ref().is_some_and(same) {
            tracing::error!("cannot look after the reports, and tries again: {why}");
            self.0 = Some((why.to_owned(), Instant::now()));
        }
    }

    fn are_over(&mut self) {
        if self.0.take().is_some() {
            tracing::warn!("looks after the reports again");
        }
    }
}

/// A relay in pieces.
#[doc(hidden)]
#[derive(Debug)]
pub struct Apart {
    /// What receives.
    pub intake: Intake,
    /// What reports, a round at a time.
    pub tender: Tender,
    /// What is held, and the directory.
    pub held: Held,
}

/// What a relay holds.
#[doc(hidden)]
#[derive(Debug)]
pub struct Held {
    hold: Arc<Hold>,
    _taken: place::Taken,
}

impl Held {
    /// Lets it go, flushed.
    pub async fn close(self) {
        self.hold.close().await;
    }
}
