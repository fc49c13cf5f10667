//! What there is to see at one moment.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::process::Process;
use crate::backend::{Count, Counted};
use crate::freeze::{Application, Progress};
use crate::front::Certificate;
use crate::store::{Outbox, Store};
use crate::tally::{Counts, Gauge, Tally};

/// Where to look.
#[derive(Debug)]
pub(crate) struct Sources {
    /// What came, and what became of it.
    pub(crate) tally: Arc<Tally>,
    /// Requests that wait for the decoder.
    pub(crate) decode_waiting: Arc<Gauge>,
    /// Where reports are kept.
    pub(crate) store: Arc<dyn Store>,
    /// Bytes that the store may take.
    pub(crate) store_limit: u64,
    /// The certificate, if the receiver shows one.
    pub(crate) certificate: Option<Certificate>,
    /// What became of what is to be forwarded, if anything is.
    pub(crate) forwarded: Option<Arc<Count>>,
    /// How far the days are frozen.
    pub(crate) figures: Arc<Progress>,
    /// What became of the figures that are to be pushed, if any are.
    pub(crate) pushed: Option<Arc<Count>>,
    /// When the receiver began.
    pub(crate) begin: Instant,
}

/// One moment, the same for all instruments: what adds up in it adds up in what they tell.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) counts: Counts,
    pub(crate) flights: u64,
    pub(crate) connections: u64,
    pub(crate) decode_waiting: u64,
    pub(crate) store: Kept,
    /// When the certificate ends.
    pub(crate) expires: Option<Timestamp>,
    pub(super) process: Option<Process>,
    pub(crate) uptime: Duration,
    /// What was forwarded and what waits, if anything is to be forwarded.
    pub(crate) forward: Option<(Counted, Outbox)>,
    /// How far the days of each application are frozen.
    pub(crate) figures: Vec<(String, Application)>,
    /// What was pushed, if anything is to be.
    pub(crate) push: Option<Counted>,
}

/// The store at that moment.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) bytes: u64,
    pub(crate) limit: u64,
    pub(crate) waiting: u64,
    pub(crate) healthy: bool,
}

impl Seen {
    /// Looks.
    pub(crate) fn look(sources: &Sources) -> Self {
        let Sources { tally, decode_waiting, store, certificate, forwarded, pushed, begin, .. } =
            sources;
        Self {
            counts: tally.counts(),
            flights: tally.flights(),
            connections: tally.connections(),
            decode_waiting: decode_waiting.now(),
            store: Kept {
                bytes: store.bytes(),
                limit: sources.store_limit,
                waiting: store.waiting(),
                healthy: store.healthy(),
            },
            expires: certificate.as_ref().map(Certificate::expires),
            process: Process::look(),
            uptime: begin.elapsed(),
            forward: forwarded.as_ref().map(|count| (count.now(), store.outbox())),
            figures: sources.figures.now(),
            push: pushed.as_ref().map(|count| count.now()),
        }
    }
}
