//! One request, from its head to its outcome.

use std::time::Instant;

use super::Tally;
use super::gauge::Held;
use crate::front::Answer;
use crate::refusal::Refusal;

/// What a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with protobuf.
    HttpProtobuf,
    /// OTLP/HTTP with JSON.
    HttpJson,
    /// Anything else.
    Other,
}

impl Protocol {
    /// Every closed word, as OpenTelemetry has them in `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub const LABELS: [&'static str; 4] = ["grpc", "http/protobuf", "http/json", "other"];

    /// The closed word for it.
    pub fn label(self) -> &'static str {
        Self::LABELS[self as usize]
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// To keep what it brings.
    Export,
    /// To see what is held about an instance.
    Show,
    /// To erase that.
    Erase,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything in it was taken, or known already.
    Answered,
    /// Something in it was rejected.
    Partial,
    /// Its client went away before the answer.
    Cancelled,
    /// It was refused, for the reason with this place in [`Refusal::LABELS`].
    Refused(usize),
}

impl Outcome {
    const BESIDE: [&'static str; 3] = ["answered", "partial", "cancelled"];
    pub(super) const COUNT: usize = Self::BESIDE.len() + Refusal::LABELS.len();

    pub(super) fn index(self) -> usize {
        match self {
            Self::Answered => 0,
            Self::Partial => 1,
            Self::Cancelled => 2,
            Self::Refused(index) => Self::BESIDE.len() + index,
        }
    }

    fn labels() -> impl Iterator<Item = &'static str> {
        Self::BESIDE.into_iter().chain(Refusal::LABELS)
    }
}

/// Requests by what they spoke and what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests([[u64; Outcome::COUNT]; Protocol::LABELS.len()]);

impl Default for Requests {
    fn default() -> Self {
        Self([[0; Outcome::COUNT]; Protocol::LABELS.len()])
    }
}

impl Requests {
    /// Every pair of closed words, (protocol, outcome), with its requests. An outcome is `answered`, `partial`,
    /// `cancelled` or one of [`Refusal::LABELS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        Protocol::LABELS.into_iter().zip(self.0).flat_map(|(protocol, outcomes)| {
            let labelled = Outcome::labels().zip(outcomes);
            labelled.map(move |(outcome, requests)| (protocol, outcome, requests))
        })
    }

    pub(super) fn add(&mut self, protocol: Protocol, outcome: Outcome) {
        self.0[protocol as usize][outcome.index()] += 1;
    }
}

/// A request that is being answered. Dropped before its end, its client has gone away.
#[derive(Debug)]
pub(crate) struct Flight<'t> {
    tally: &'t Tally,
    protocol: Protocol,
    call: Call,
    begin: Instant,
    ended: bool,
    _held: Held<'t>,
}

impl<'t> Flight<'t> {
    pub(super) fn new(tally: &'t Tally, protocol: Protocol, call: Call, held: Held<'t>) -> Self {
        Self { tally, protocol, call, begin: Instant::now(), ended: false, _held: held }
    }

    /// Counts the request and what became of its points.
    pub(crate) fn end(mut self, outcome: Result<&Answer, &Refusal>) {
        self.took(outcome.err());
        match outcome {
            Ok(answer) => self.tally.answered(self.protocol, answer),
            Err(refusal) => self.tally.refused(self.protocol, refusal),
        }
    }

    /// Counts a request that brought no points: answered, or refused.
    pub(crate) fn end_question(mut self, refusal: Option<&Refusal>) {
        self.took(refusal);
        match refusal {
            None => {
                self.tally.answered(self.protocol, &Answer::default());
                self.tally.erased(u64::from(self.call == Call::Erase));
            }
            Some(refusal) => self.tally.refused(self.protocol, refusal),
        }
    }

    fn took(&mut self, refusal: Option<&Refusal>) {
        self.ended = true;
        self.tally.durations.record((self.protocol, self.call), refusal, self.begin.elapsed());
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.tally.cancelled(self.protocol);
        }
    }
}
