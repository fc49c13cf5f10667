//! One try after the other, until one is answered: OTLP/gRPC first where the endpoint speaks it,
//! then OTLP/HTTP where something on the way does not let HTTP/2 through.
//!
//! A report that arrived although its answer did not is sent a second time by this. That does no
//! harm: a receiver merges reports by their id, and a part that comes twice changes nothing.

use std::time::Instant;

use tokio::time::timeout_at;

use super::connect::{Connection, connect};
use super::proxy::{Proxy, Via};
use super::{Answer, Failure, Moment, Outcome, Outgoing, Route, grpc, http1};
use crate::endpoint::{Endpoint, Protocol};

/// What came of one try.
#[derive(Debug)]
pub(super) enum Attempt {
    /// An OTLP receiver answered, or a proxy for reasons of its own: no other way leads further.
    Answered(Answer),
    /// There is no connection.
    Unreachable(Outcome),
    /// There is a connection, and what came on it is not the protocol that was asked for.
    Garbled(Outcome),
}

impl Attempt {
    fn answer(self) -> Answer {
        match self {
            Self::Answered(answer) => answer,
            Self::Unreachable(outcome) | Self::Garbled(outcome) => outcome.into(),
        }
    }
}

/// One way to one endpoint: the route's own, or one of those to fall back on.
pub(super) struct Way<'a> {
    pub(super) route: &'a Route,
    pub(super) endpoint: &'a Endpoint,
    pub(super) moment: Moment,
}

impl<'a> Way<'a> {
    /// The proxy that is asked for the whole URL, since nothing needs a tunnel.
    pub(super) fn forwarder(&self) -> Option<&'a Proxy> {
        match &self.route.via {
            Via::Proxy(proxy) if !self.endpoint.needs_tunnel() => Some(proxy),
            _ => None,
        }
    }

    /// What the future yields, or a failure where the deadline comes first.
    pub(super) async fn within<T>(
        &self,
        future: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let late = |_| "nothing came within the time limit".into();
        timeout_at(self.moment.deadline.into(), future).await.map_err(late).flatten()
    }
}

/// Sends a report, or asks a question, along its route.
pub(super) async fn deliver(route: &Route, outgoing: &Outgoing, moment: Moment) -> Answer {
    let way = Way { route, endpoint: &route.endpoint, moment };
    match attempt(&way, outgoing).await {
        Attempt::Garbled(outcome) if route.endpoint.protocol == Protocol::Grpc => {
            fall_back(&way, outgoing, &outcome).await
        }
        attempt => attempt.answer(),
    }
}

async fn attempt(way: &Way<'_>, outgoing: &Outgoing) -> Attempt {
    match connect(way).await {
        Err(attempt) => attempt,
        Ok(connection) => exchange(way, connection, outgoing).await,
    }
}

async fn exchange(way: &Way<'_>, connection: Box<dyn Connection>, outgoing: &Outgoing) -> Attempt {
    match way.endpoint.protocol {
        // What is left after this half is for OTLP/HTTP.
        Protocol::Grpc => grpc::exchange(&way.halved(), connection, outgoing).await,
        Protocol::Http => http1::exchange(way, connection, outgoing).await,
    }
}

impl Way<'_> {
    /// The same way, for half of the time that is left.
    fn halved(&self) -> Self {
        let now = Instant::now();
        let deadline = now + self.moment.deadline.saturating_duration_since(now) / 2;
        Self { moment: Moment { deadline, ..self.moment }, ..*self }
    }
}

/// Tries OTLP/HTTP, after OTLP/gRPC was garbled.
async fn fall_back(way: &Way<'_>, outgoing: &Outgoing, first: &Outcome) -> Answer {
    let mut tried = vec![told(way.endpoint, first)];
    let endpoints = way.endpoint.fallbacks();
    for (index, endpoint) in endpoints.iter().enumerate() {
        let mut way = Way { endpoint, ..*way };
        if index + 1 < endpoints.len() {
            way = way.halved();
        }
        match attempt(&way, outgoing).await {
            Attempt::Answered(Answer { outcome, message }) => {
                let outcome = outcome.after_others(&tried, &label(endpoint));
                return Answer { outcome, message };
            }
            // Whoever this is, its word is not that of the receiver that was asked first.
            Attempt::Unreachable(outcome) | Attempt::Garbled(outcome) => {
                tried.push(told(endpoint, &outcome));
            }
        }
    }
    Outcome::undelivered(&tried).into()
}

fn told(endpoint: &Endpoint, outcome: &Outcome) -> String {
    let reason = match outcome {
        Outcome::Retry { reason, .. } | Outcome::Rejected { reason } => reason,
        Outcome::Delivered { .. } => "expected an answer of OTLP, got an empty one",
    };
    format!("{}: {reason}", label(endpoint))
}

fn label(endpoint: &Endpoint) -> String {
    format!("over {} to {}", endpoint.protocol.name(), endpoint.target())
}
