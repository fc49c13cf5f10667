//! What whoever holds an instance's id can ask: to see what is held about it, and to have it erased.
//!
//! The id is all that it takes, and it is hidden at once behind the keyed hash that it has in the store. Neither an
//! answer nor a log line says what was asked.

mod held;
mod page;
mod request;
mod whose;

use std::sync::Arc;

use headcount_contract::{Cutoff, Library};
use headcount_proto::instances::{
    EraseRequest, EraseResponse, HeldErasure, ShowRequest, ShowResponse,
};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::admission::Admission;
use crate::aside::aside;
use crate::clock::Clock;
use crate::refusal::Refusal;
use crate::secret::Keys;
use crate::sender::Sender;
use crate::store::{Erase, InstanceKey, Row, Store, Tombstone};
use page::{Page, Place};
use whose::Whose;

/// Reports on a page where the request does not say how many, and the most that there can be.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;
/// Reports that are taken from the store at once.
const AT_ONCE: usize = 16;
/// Questions that are answered at once: each holds a mebibyte of reports, or a single large one.
const ANSWERS_AT_ONCE: usize = 2;

/// Answers what is asked about instances.
#[derive(Debug)]
pub struct Instances {
    library: Arc<Library>,
    keys: Keys,
    store: Arc<dyn Store>,
    clock: Clock,
    admission: Option<Arc<Admission>>,
    permits: Semaphore,
}

impl Instances {
    /// Answers by what these contracts say from what the store holds.
    pub fn new(library: Arc<Library>, keys: Keys, store: Arc<dyn Store>, clock: Clock) -> Self {
        let permits = Semaphore::new(ANSWERS_AT_ONCE);
        Self { library, keys, store, clock, admission: None, permits }
    }

    /// The same, for senders that have limits.
    pub(crate) fn limited(self, admission: Arc<Admission>) -> Self {
        Self { admission: Some(admission), ..self }
    }

    /// One page of what is held about the instance.
    ///
    /// Errors: [`Refusal::Malformed`] for a request that cannot be meant; [`Refusal::Unavailable`].
    pub async fn show(&self, request: &ShowRequest) -> Result<ShowResponse, Refusal> {
        let whose = Whose::of(request.instance.as_ref(), &self.library, &self.keys)?;
        let most = match usize::try_from(request.page_size) {
            Ok(0) => PAGE,
            Ok(size) => size.min(LARGEST_PAGE),
            Err(_) => return malformed("a page size of 0 or more, got less, at pageSize"),
        };
        let mut place = Place::of(&request.page_token, &whose)?;
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let mut page = Page::default();
        while let Some(next) = place.next(&whose) {
            let room = most.saturating_sub(page.reports.len()).min(AT_ONCE);
            if room == 0 || page.is_full() {
                let next_page_token = place.token();
                let reports = page.reports;
                return Ok(ShowResponse { reports, next_page_token, ..ShowResponse::default() });
            }
            let rows = self.store.instance_page(&whose.contract, next.key, next.report, room);
            let rows = rows.await.map_err(unavailable)?;
            if rows.is_empty() {
                place.end_of_key();
                continue;
            }
            page = self.fill(page, rows, request.receipts_only).await;
            if let Some(last) = &page.last {
                place.move_behind(last);
            }
        }
        let erasures = self.erasures(&whose).await?;
        Ok(ShowResponse { reports: page.reports, erasures, ..ShowResponse::default() })
    }

    /// Writes reports on a page until it is full, where that keeps nobody waiting.
    async fn fill(&self, mut page: Page, rows: Vec<Row>, receipts_only: bool) -> Page {
        let library = self.library.clone();
        let work = move || {
            for row in rows {
                page.put(row, &library, receipts_only);
            }
            page
        };
        aside(work).await
    }

    async fn erasures(&self, whose: &Whose) -> Result<Vec<HeldErasure>, Refusal> {
        let mut erasures = Vec::new();
        for key in &whose.keys {
            let tombstone = self.store.tombstone(key).await.map_err(unavailable)?;
            erasures.extend(tombstone.map(|tombstone| held::erasure(&tombstone)));
        }
        Ok(erasures)
    }

    /// Erases all that is held about the instance.
    ///
    /// Errors: as for [`Instances::show`].
    pub async fn erase(&self, request: &EraseRequest) -> Result<EraseResponse, Refusal> {
        self.erase_for(None, request).await
    }

    /// The same for a sender: what it may let be remembered of instances that nobody knows is limited.
    async fn erase_for(
        &self,
        sender: Option<Sender>,
        request: &EraseRequest,
    ) -> Result<EraseResponse, Refusal> {
        let whose = Whose::of(request.instance.as_ref(), &self.library, &self.keys)?;
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let now = self.clock.now();
        let mut erasures = Vec::with_capacity(whose.keys.len());
        for key in &whose.keys {
            let held = self.newest(&whose.contract, key).await?;
            if held.is_none() && !whose.is_known {
                continue;
            }
            let time_unix_nano = held.unwrap_or_default().max(unix_nano(now));
            let cutoff = Cutoff { report_id: String::new(), time_unix_nano };
            erasures.push(Erase { contract: whose.contract.clone(), instance: *key, cutoff });
        }
        if erasures.is_empty() {
            return Ok(EraseResponse::default());
        }
        let cutoff = erasures[0].cutoff.clone();
        let instances: Vec<_> = erasures.iter().map(|erase| erase.instance).collect();
        let entry = match &self.admission {
            Some(admission) => Some(admission.enter(sender, &instances, &*self.store).await?),
            None => None,
        };
        let erased = self.store.erase(erasures, now).await.map_err(unavailable)?;
        if let Some(entry) = entry {
            entry.settle(erased.iter().filter(|erased| erased.is_new()).count() as u64);
        }
        let reports = erased.iter().map(|erased| erased.reports).sum();
        tracing::info!(reports, "erased an instance");
        let until = held::until(&Tombstone { cutoff, since: now });
        Ok(EraseResponse { reports, remembered_until: Some(until) })
    }

    /// The newest time in what is held about an instance, if anything is. A clock that was wrong may have put it
    /// into the future, and it is to go all the same.
    async fn newest(&self, contract: &str, key: &InstanceKey) -> Result<Option<u64>, Refusal> {
        let (mut newest, mut after) = (None, None);
        loop {
            let page = self.store.instance_page(contract, key, after.as_ref(), AT_ONCE);
            let page = page.await.map_err(unavailable)?;
            let Some(Row { key: last, .. }) = page.last() else { return Ok(newest) };
            after = Some(last.clone());
            for Row { part, .. } in &page {
                // One that cannot be read goes whole.
                let time = part.as_ref().map_or(0, headcount_contract::Part::newest_unix_nano);
                newest = newest.max(Some(time));
            }
        }
    }
}

fn unix_nano(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or_default()
}

fn malformed<T>(expected: &str) -> Result<T, Refusal> {
    Err(Refusal::Malformed(format!("expected {expected}")))
}

fn unavailable(_: crate::error::Error) -> Refusal {
    Refusal::Unavailable
}
