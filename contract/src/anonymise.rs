//! The instance's way out: what was collected, less everything that the contract does not list.

mod erasure;
mod restore;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use headcount_proto::Point;
use jiff::civil::Date;

pub use erasure::{InstanceId, erasure};
pub use restore::NotRestored;

use crate::admit::{Gate, heartbeat, seal};
use crate::collected::{Collected, Ids, borrowed};
use crate::document::Document;
use crate::hash::{End, Secret};
use crate::header::{Header, mark};
use crate::model::{Contract, INSTANCE, Level, Reason};
use crate::part::{Draft, Part, Put};
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::render::Incomplete;

/// A report, or a request for erasure, that may leave: only [`anonymise`] and [`erasure`] make one, and
/// [`restore`](Self::restore) takes back what they made, so what is sent has been through one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Anonymous {
    contract: Arc<Contract>,
    part: Part,
    reason: Reason,
    withheld: Vec<Withheld>,
}

/// Something that was recorded and stays behind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Withheld {
    /// The metric or attribute.
    pub name: String,
    /// Why it stays behind.
    pub why: String,
    /// How many points stay behind for this reason.
    pub points: u64,
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.why)?;
        if self.points > 1 { write!(f, " ({} points)", self.points) } else { Ok(()) }
    }
}

/// A resource from which no report can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotReportable(Refusal);

/// Takes from what was collected what the contract lists and the operator agreed to, hashes the ids, and
/// leaves everything else behind. A report for [`Reason::OptOut`] tells no id at all; for [`Reason::Erase`] it
/// is what [`erasure`] makes.
///
/// Errors: [`NotReportable`] where the resource lacks what every report needs, such as the instance's id.
pub fn anonymise(
    contract: &Arc<Contract>,
    collected: &Collected,
    header: &Header,
    level: Level,
    secret: &Secret,
) -> Result<Anonymous, NotReportable> {
    let end = match collected.ids {
        Ids::Raw => End::Instance,
        Ids::Held => End::RelayOut,
    };
    let gate = Gate { contract, secret, end, level, reason: header.reason };
    let origin = gate.origin(&borrowed(&collected.resource)).map_err(NotReportable)?;
    if let (Reason::Erase, Some(id)) = (header.reason, &origin.instance) {
        return erasure(contract, InstanceId::AsItTravels(id), header);
    }
    let mut sieve = Sieve {
        gate,
        draft: Draft::new(header.date, header.report_id.clone()),
        time: header.time_unix_nano,
        withheld: BTreeMap::new(),
    };
    sieve.points(collected);
    let Sieve { mut draft, mut withheld, .. } = sieve;
    seal(&mut draft, origin, header.time_unix_nano);
    let (mut part, refused) = draft.finish_as_elements();
    if refused > 0 {
        withheld.insert(("lists".to_owned(), Refusal::TooMany.to_string()), refused);
    }
    mark(&mut part, header);
    let withheld = withheld.into_iter();
    let withheld = withheld.map(|((name, why), points)| Withheld { name, why, points }).collect();
    Ok(Anonymous { contract: contract.clone(), part, reason: header.reason, withheld })
}

struct Sieve<'g, 'a> {
    gate: Gate<'g>,
    draft: Draft<'g, 'a>,
    time: u64,
    withheld: BTreeMap<(String, String), u64>,
}

impl<'a> Sieve<'_, 'a> {
    fn points(&mut self, collected: &'a Collected) {
        for observation in &collected.points {
            let attributes = borrowed(&observation.attributes);
            let point = self.point(&attributes, observation.value);
            let gauge = self.gate.contract.plan.gauges.get(observation.metric.as_str());
            let outcome = match gauge {
                None => {
                    Err(Refusal::Unlisted { contract: self.gate.contract.label(), reason: None })
                }
                Some(gauge) if gauge.level > self.gate.level => Err(Refusal::Withheld),
                Some(gauge) => self.gate.point(&mut self.draft, gauge, &point, &[]),
            };
            let why = match outcome {
                Ok(Put::New) => continue,
                Ok(Put::Newer | Put::Unchanged) => {
                    "expected one point for each element, got two that the contract does not tell apart"
                        .to_owned()
                }
                Err(refusal) => refusal.to_string(),
            };
            *self.withheld.entry((observation.metric.clone(), why)).or_default() += 1;
        }
        let one = self.point(&[], headcount_proto::Number::Int(1));
        let beat = self.gate.point(&mut self.draft, heartbeat(), &one, &[]);
        debug_assert!(beat.is_ok(), "the heartbeat has nothing to refuse");
    }

    /// A point as it will travel: its time is that of the report.
    fn point<'v>(
        &self,
        attributes: &'v [headcount_proto::Attribute<'a>],
        value: headcount_proto::Number,
    ) -> Point<'v, 'a> {
        Point {
            attributes,
            start_time_unix_nano: 0,
            time_unix_nano: self.time,
            value: Some(value),
            flags: 0,
        }
    }
}

impl Anonymous {
    /// The contract that the report follows.
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// The report as the application has documented it.
    pub fn report(&self) -> Result<Document, Incomplete> {
        self.contract.report(&self.part)
    }

    /// The report as far as it goes, and what it lacks: for a preview.
    pub fn draft(&self) -> (Document, Option<Incomplete>) {
        self.contract.draft(&self.part)
    }

    /// Whether this asks for an erasure. Then it is no report, and [`report`](Self::report) says so.
    pub fn is_erasure(&self) -> bool {
        self.part.is_erasure()
    }

    /// The exact bytes that travel: an OTLP `ExportMetricsServiceRequest`.
    pub fn otlp(&self) -> Vec<u8> {
        self.contract.otlp(&self.part)
    }

    /// How many data points the report has.
    pub fn points(&self) -> u64 {
        self.part.points()
    }

    /// The report's own id.
    pub fn report_id(&self) -> &str {
        &self.part.generation
    }

    /// The UTC day that the report is for.
    pub fn date(&self) -> Date {
        self.part.date
    }

    /// Why the report was made.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The receipt that a receiver gives when it holds exactly this.
    pub fn receipt(&self) -> Receipt {
        self.part.receipt()
    }

    /// What was recorded and stays behind, and why.
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// The instance's id as it travels, where the contract has an identity and this is no announcement of
    /// a withdrawal.
    pub fn instance(&self) -> Option<&str> {
        self.part.root.text(INSTANCE)
    }
}

/// Equal contracts are the same contract.
impl PartialEq for Contract {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}
