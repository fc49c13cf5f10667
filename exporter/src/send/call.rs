//! What may leave, and for which call.

use bytes::Bytes;
use headcount_contract::Anonymous;
use headcount_proto::instances::instance::Id;
use headcount_proto::instances::{HTTP_SHOW, Instance, SHOW, ShowRequest, ShowResponse};
use http::header::HeaderMap;
use prost::Message as _;
use prost::encoding::{DecodeContext, decode_key, skip_field};

use super::Outcome;
use crate::endpoint::METRICS_PATH;
use crate::spool::Spooled;

/// A call of a receiver, over gRPC and over HTTP.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) grpc: &'static str,
    pub(super) http: &'static str,
    /// What the message of a successful answer means.
    pub(super) understand: fn(&[u8], &HeaderMap) -> Outcome,
}

/// Takes a report, or a request for erasure.
static EXPORT: Call = Call {
    grpc: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    http: METRICS_PATH,
    understand: Outcome::delivered,
};

/// Tells what is held.
static SHOWING: Call = Call {
    grpc: SHOW,
    http: HTTP_SHOW,
    understand: |message, _| {
        if is_page(message) {
            Outcome::Delivered { rejected: 0, message: String::new(), receipt: None }
        } else {
            Outcome::retry("expected a page of a hundred receipts, got other bytes")
        }
    },
};

/// Fields of a page at most: a hundred reports, an erasure for each form of the id, and the next page.
const PAGE_FIELDS: usize = 128;

/// Whether the bytes are a `ShowResponse` with no more than was asked for. Counted before anything is built from
/// them: 64 KiB of empty reports would take megabytes.
fn is_page(message: &[u8]) -> bool {
    let (mut rest, mut fields) = (message, 0);
    while !rest.is_empty() {
        fields += 1;
        let skipped = decode_key(&mut rest).and_then(|(tag, wire_type)| {
            skip_field(wire_type, tag, &mut rest, DecodeContext::default())
        });
        if skipped.is_err() || fields > PAGE_FIELDS {
            return false;
        }
    }
    ShowResponse::decode(message).is_ok()
}

/// A request that may leave: bytes that the stage before made, and no others.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(super) call: &'static Call,
    pub(super) message: Bytes,
}

impl Outgoing {
    /// Asks for the receipts of what is held about the instance that an erasure names, from a page on. `None` where it
    /// names none.
    pub(crate) fn question(named: &Anonymous, page_token: String) -> Option<Self> {
        let id = Id::AsItTravels(named.instance()?.to_owned());
        let instance =
            Some(Instance { contract: named.contract().name().to_owned(), id: Some(id) });
        let request = ShowRequest { instance, page_token, page_size: 0, receipts_only: true };
        Some(Self { call: &SHOWING, message: request.encode_to_vec().into() })
    }

    #[cfg(test)]
    pub(super) fn of(message: Bytes) -> Self {
        Self { call: &EXPORT, message }
    }
}

impl From<&Anonymous> for Outgoing {
    fn from(report: &Anonymous) -> Self {
        Self { call: &EXPORT, message: report.otlp().into() }
    }
}

impl From<&Spooled> for Outgoing {
    fn from(report: &Spooled) -> Self {
        Self { call: &EXPORT, message: Bytes::copy_from_slice(report.otlp()) }
    }
}
