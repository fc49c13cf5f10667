//! The instruments that record as things happen.

use std::time::Duration;

use headcount_proto::instances;
use opentelemetry::KeyValue;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider as _};
use tonic::Code;

use super::declared::{
    Buckets, COMMIT_DURATION, COMMIT_SIZE, Declared, HTTP_DURATION, RPC_DURATION,
};
use crate::front::{METHOD, ROUTE};
use crate::refusal::Refusal;
use crate::tally::{Call, Protocol};

/// How long requests take.
#[derive(Debug)]
pub(crate) struct Durations {
    http: Histogram<f64>,
    rpc: Histogram<f64>,
}

impl Durations {
    /// Instruments of this meter.
    pub(crate) fn new(meter: &Meter) -> Self {
        Self { http: histogram(meter, &HTTP_DURATION), rpc: histogram(meter, &RPC_DURATION) }
    }

    /// Records how long it took to answer a request, with success or that refusal.
    pub(crate) fn record(
        &self,
        (protocol, asked): (Protocol, Call),
        refusal: Option<&Refusal>,
        took: Duration,
    ) {
        let seconds = took.as_secs_f64();
        match protocol {
            Protocol::Grpc => self.rpc.record(seconds, &call(asked, refusal)),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                self.http.record(seconds, &request(asked, refusal));
            }
            // There is neither a route nor a method, and nothing is done for it.
            Protocol::Other => {}
        }
    }
}

impl Default for Durations {
    /// Instruments that record nothing.
    fn default() -> Self {
        Self::new(&nowhere())
    }
}

/// What transactions take.
#[derive(Debug)]
pub(crate) struct Commits {
    duration: Histogram<f64>,
    size: Histogram<f64>,
}

impl Commits {
    /// Instruments of this meter.
    pub(crate) fn new(meter: &Meter) -> Self {
        Self { duration: histogram(meter, &COMMIT_DURATION), size: histogram(meter, &COMMIT_SIZE) }
    }

    /// Records a transaction of so many requests.
    #[allow(clippy::cast_precision_loss, reason = "no transaction has 2^53 requests")]
    pub(crate) fn record(&self, requests: usize, committed: bool, took: Duration) {
        let outcome = if committed { "committed" } else { "failed" };
        self.duration.record(took.as_secs_f64(), &[KeyValue::new("outcome", outcome)]);
        self.size.record(requests as f64, &[]);
    }
}

fn call(asked: Call, refusal: Option<&Refusal>) -> [KeyValue; 3] {
    let method = match asked {
        Call::Export => METHOD,
        Call::Show => instances::SHOW,
        Call::Erase => instances::ERASE,
    };
    let code = refusal.map_or("OK", |refusal| code_name(refusal.code()));
    [
        KeyValue::new("rpc.method", method.trim_start_matches('/')),
        KeyValue::new("rpc.response.status_code", code),
        KeyValue::new("rpc.system.name", "grpc"),
    ]
}

fn request(asked: Call, refusal: Option<&Refusal>) -> [KeyValue; 3] {
    let route = match asked {
        Call::Export => ROUTE,
        Call::Show => instances::HTTP_SHOW,
        Call::Erase => instances::HTTP_ERASE,
    };
    let status = refusal.map_or(200, |refusal| i64::from(refusal.status().as_u16()));
    [
        KeyValue::new("http.request.method", "POST"),
        KeyValue::new("http.response.status_code", status),
        KeyValue::new("http.route", route),
    ]
}

/// The names of the codes that there are refusals for.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Unavailable => "UNAVAILABLE",
        _ => "UNKNOWN",
    }
}

fn histogram(meter: &Meter, declared: &Declared<Buckets>) -> Histogram<f64> {
    let Declared { name, unit, brief, .. } = *declared;
    meter
        .f64_histogram(name)
        .with_unit(unit)
        .with_description(brief)
        .with_boundaries(declared.how.bounds.to_vec())
        .build()
}

/// What makes instruments that record nothing.
fn nowhere() -> Meter {
    NoopMeterProvider::new().meter("")
}
