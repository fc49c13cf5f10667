//! A report or an erasure that waited on a disk, taken back. What is not exactly such a one stays where it is.

use std::sync::Arc;

use headcount_proto::Limits;

use super::{Anonymous, InstanceId, erasure};
use crate::admit::REPORT_REASON;
use crate::hash::Secret;
use crate::library::Library;
use crate::model::{Contract, Reason};
use crate::sort::sort;

/// Why bytes are not taken back as a report. Names no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected exactly one report of {contract}, {why}")]
pub struct NotRestored {
    contract: String,
    why: String,
}

impl Anonymous {
    /// Takes back a report that was kept as the bytes of [`otlp`](Self::otlp), under the contract that it was made
    /// under.
    ///
    /// The bytes go through the receiver's gate, and what comes of them has to be encoded as these very bytes
    /// again. So nothing that the contract does not list can be in them, wherever they come from: no other
    /// metric or attribute, no raw id where the contract hashes, no description, no unknown field.
    pub fn restore(contract: &Arc<Contract>, otlp: &[u8]) -> Result<Self, NotRestored> {
        let refuse = |why: String| NotRestored { contract: contract.label(), why };
        // As much as the instance could make: the bytes are in memory already.
        let most = usize::MAX;
        let limits = Limits { metrics: most, points: most, ..Limits::default() };
        // An id that still had to be hashed would become another under this key, and so other bytes.
        let secret = Secret::new([0; 32]);
        let mut sorted = sort(&Library::only(contract.clone()), &secret, otlp, &limits)
            .map_err(|error| refuse(format!("got no OTLP request: {error}")))?;
        if let Some(rejection) = sorted.first {
            return Err(refuse(rejection.to_string()));
        }
        let (arrived, erasures) = (sorted.arrived.pop(), sorted.erasures.pop());
        let alone = sorted.arrived.is_empty() && sorted.erasures.is_empty();
        let report = match (arrived, erasures) {
            (Some(arrived), None) if alone => {
                let named = arrived.part.root.text(REPORT_REASON).and_then(Reason::from_name);
                let (contract, reason) = (contract.clone(), named.unwrap_or_default());
                Self { contract, part: arrived.part, reason, withheld: Vec::new() }
            }
            (None, Some(asked)) if alone => {
                erasure(contract, InstanceId::AsItTravels(&asked.instance), &asked.header())
                    .map_err(|error| refuse(error.to_string()))?
            }
            _ => return Err(refuse("got none, or several".to_owned())),
        };
        if report.otlp() == otlp {
            Ok(report)
        } else {
            Err(refuse("got bytes that say more, or say it in another way".to_owned()))
        }
    }
}
