//! Every instrument, declared once: `METRICS.md` is made of this, too.

use opentelemetry::KeyValue;

use super::seen::Seen;

/// An instrument. Names and units are those of OpenTelemetry's semantic conventions where there are any.
pub(super) struct Declared<H: 'static> {
    pub(super) name: &'static str,
    /// In UCUM.
    pub(super) unit: &'static str,
    pub(super) brief: &'static str,
    /// The attributes of its points, each with closed values.
    pub(super) labels: &'static [&'static str],
    pub(super) how: H,
}

/// How an instrument that is looked at changes over time, and what it shows.
#[derive(Clone, Copy)]
pub(super) enum Observed {
    /// It grows.
    Counter(Look),
    /// It goes up and down, adds up over receivers, and has no attributes. `None` where nothing is known.
    Level(fn(&Seen) -> Option<f64>),
    /// It is what it is.
    Gauge(Look),
}

/// Shows every value with its attributes.
pub(super) type Look = fn(&Seen, Show<'_>);

/// Takes a value with its attributes.
pub(super) type Show<'s> = &'s dyn Fn(f64, &[KeyValue]);

/// Bounds of a histogram's buckets.
pub(super) struct Buckets {
    pub(super) bounds: &'static [f64],
}

/// Seconds that a request takes: the bounds of the semantic conventions.
const REQUEST_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// How long a request over HTTP takes.
pub(super) const HTTP_DURATION: Declared<Buckets> = Declared {
    name: "http.server.request.duration",
    unit: "s",
    brief: "Time from the head of a request over HTTP to its answer, where its body was read",
    labels: &["http.request.method", "http.route", "http.response.status_code"],
    how: Buckets { bounds: REQUEST_SECONDS },
};

/// How long a call over gRPC takes.
pub(super) const RPC_DURATION: Declared<Buckets> = Declared {
    name: "rpc.server.call.duration",
    unit: "s",
    brief: "Time from the head of a call over gRPC to its answer, where its message was read",
    labels: &["rpc.system.name", "rpc.method", "rpc.response.status_code"],
    how: Buckets { bounds: REQUEST_SECONDS },
};

/// How long a transaction takes.
pub(super) const COMMIT_DURATION: Declared<Buckets> = Declared {
    name: "headcount.receiver.store.commit.duration",
    unit: "s",
    brief: "Time of a transaction, with its flush to the disk, by whether it was committed",
    labels: &["outcome"],
    how: Buckets {
        bounds: &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
    },
};

/// How much a transaction writes.
pub(super) const COMMIT_SIZE: Declared<Buckets> = Declared {
    name: "headcount.receiver.store.commit.size",
    unit: "{request}",
    brief: "Requests that shared a transaction; 0 where the database was only tried",
    labels: &[],
    how: Buckets { bounds: &[0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0] },
};

/// Those that are recorded as things happen.
#[cfg(test)]
pub(super) const RECORDED: &[&Declared<Buckets>] =
    &[&HTTP_DURATION, &RPC_DURATION, &COMMIT_DURATION, &COMMIT_SIZE];

impl Observed {
    /// Shows every value of the instrument.
    pub(super) fn show(self, seen: &Seen, show: Show<'_>) {
        match self {
            Self::Counter(look) | Self::Gauge(look) => look(seen, show),
            Self::Level(look) => look(seen).into_iter().for_each(|value| show(value, &[])),
        }
    }
}
