//! Shows what would be stored, and stores nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use headcount_contract::{
    Document, Erasure, Incomplete, Library, ReportKey, Sorted, Stripped, sort_noting_stripped,
};

use crate::clock::Clock;
use crate::decode::{Decoder, Sort};
use crate::error::Error;
use crate::front::{Answer, Beside, Front, Payload, Pending, Sink};
use crate::refusal::Refusal;
use crate::secret::Keys;
use crate::settings::Settings;
use crate::tally::Tally;

/// A request as it would be stored.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Its reports, or parts of reports.
    pub reports: Vec<InspectedReport>,
    /// The instances that ask to have their reports erased.
    pub erasures: Vec<Erasure>,
    /// What the client is answered.
    pub answer: Answer,
    /// The names of what would not be stored. They come from the sender: escape them.
    pub stripped: Stripped,
}

/// A report, or a part of one, as it would be stored.
#[derive(Clone, Debug)]
pub struct InspectedReport {
    /// Which report.
    pub key: ReportKey,
    /// The report, with `null` in the place of what is missing.
    pub report: Document,
    /// What is missing, if anything. The rest may come with another request.
    pub incomplete: Option<Incomplete>,
}

/// A receiver that shows and stores nothing.
#[derive(Debug)]
pub struct Inspector {
    front: Front,
}

impl Inspector {
    /// Listens on the addresses of the settings; each request that is read goes to `show`, one at
    /// a time and before it is answered.
    ///
    /// Errors: an address that cannot be listened on, or no random bytes.
    pub async fn bind(
        settings: Settings,
        library: Arc<Library>,
        show: impl FnMut(Inspected) + Send + 'static,
    ) -> Result<Self, Error> {
        let ids = Keys::fresh()?.ids().clone();
        let sort: Sort = Box::new(move |library, bytes, limits| {
            sort_noting_stripped(library, &ids, bytes, limits)
        });
        let decoder = Decoder::new(&settings, library, sort);
        let sink = Arc::new(Inspection { decoder, show: Mutex::new(show) });
        let (clock, tally) = (Clock::system(), Arc::new(Tally::default()));
        let front = Front::bind(settings, clock, sink, Beside::default(), tally).await?;
        Ok(Self { front })
    }

    /// The addresses that are listened on, with the ports that the system chose for 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.front.addresses()
    }

    /// Serves until `shutdown` is over, then answers the requests in flight.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        self.front.run(shutdown).await;
    }
}

struct Inspection<F> {
    decoder: Decoder,
    show: Mutex<F>,
}

impl<F: FnMut(Inspected) + Send + 'static> Inspection<F> {
    async fn take(&self, payload: Payload) -> Result<Answer, Refusal> {
        let sorted = self.decoder.decode(payload).await?;
        let inspected = inspect(self.decoder.library(), sorted);
        let answer = inspected.answer.clone();
        let mut show = self.show.lock().unwrap_or_else(PoisonError::into_inner);
        show(inspected);
        Ok(answer)
    }
}

impl<F: FnMut(Inspected) + Send + 'static> Sink for Inspection<F> {
    fn receive(&self, payload: Payload) -> Pending<'_, Result<Answer, Refusal>> {
        Box::pin(self.take(payload))
    }
}

fn inspect(library: &Library, sorted: Sorted) -> Inspected {
    let answer = Answer::of(&sorted);
    let Sorted { arrived, erasures, stripped, .. } = sorted;
    let mut reports = Vec::with_capacity(arrived.len());
    for arrived in arrived {
        // Sorted by the same library, so the contract is there.
        if let Some(contract) = library.get(&arrived.key.contract, &arrived.key.version) {
            let (report, incomplete) = contract.draft(&arrived.part);
            reports.push(InspectedReport { key: arrived.key, report, incomplete });
        }
    }
    Inspected { reports, erasures, answer, stripped }
}
