//! What is held, as an answer tells it.

use headcount_contract::Library;
use headcount_proto::instances::{self, HeldErasure, HeldReport};
use jiff::Timestamp;

use crate::hexadecimal::hexadecimal;
use crate::store::{Row, Tombstone};

/// A stored report; without the report itself where only receipts are asked for.
pub(super) fn report(row: Row, library: &Library, receipts_only: bool) -> HeldReport {
    let Row { key, derived, part } = row;
    let mut held = HeldReport {
        version: key.version,
        date: key.date.to_string(),
        received_at: derived.received_at.map(timestamp),
        source_address_hash: derived.source.map(|hash| hexadecimal(&hash)).unwrap_or_default(),
        ..HeldReport::default()
    };
    let Ok(part) = part else {
        // What the error says is for the operator, who finds it in the log.
        "the stored report is damaged".clone_into(&mut held.lacks);
        return held;
    };
    held.receipt = part.receipt().to_string();
    part.report_id().clone_into(&mut held.report_id);
    held.reason = part.reason().map(|reason| reason.as_str().to_owned()).unwrap_or_default();
    if receipts_only {
        return held;
    }
    match library.get(&key.contract, &held.version) {
        Some(contract) => {
            let (document, incomplete) = contract.draft(&part);
            held.report = document.to_string();
            held.lacks = incomplete.map(|lacks| lacks.to_string()).unwrap_or_default();
        }
        None => "the receiver has no contract of this version any more".clone_into(&mut held.lacks),
    }
    held
}

/// What is remembered of an erasure.
pub(super) fn erasure(tombstone: &Tombstone) -> HeldErasure {
    let nanoseconds = i128::from(tombstone.cutoff.time_unix_nano);
    let cutoff = Timestamp::from_nanosecond(nanoseconds).unwrap_or(Timestamp::MAX);
    HeldErasure {
        cutoff: Some(timestamp(cutoff)),
        report_id: tombstone.cutoff.report_id.clone(),
        remembered_until: Some(until(tombstone)),
    }
}

/// Until when an erasure is remembered, in whole seconds: a store keeps no more of it.
pub(super) fn until(tombstone: &Tombstone) -> instances::Timestamp {
    instances::Timestamp { nanos: 0, ..timestamp(tombstone.until()) }
}

/// A time as the messages have it. None that is told lies before 1970.
fn timestamp(time: Timestamp) -> instances::Timestamp {
    instances::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond().max(0) }
}
