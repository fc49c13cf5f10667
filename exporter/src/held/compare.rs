//! Compares receipts. Pure.

use std::collections::BTreeMap;

use headcount_contract::Reason;
use headcount_proto::instances;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::question::Told;
use super::{Held, HeldReport, Verdict};
use crate::history::{Sent, SentOutcome};

/// What this side knows.
pub(super) struct Local<'a> {
    /// The contract's name.
    pub(super) name: &'a str,
    /// Days for which a receiver keeps reports; `None`: for ever.
    pub(super) keep_days: Option<u32>,
    pub(super) today: Date,
    /// When an erasure was asked for last.
    pub(super) erased: Option<Timestamp>,
    pub(super) sent: &'a [Sent],
}

/// Which report: the label of its contract, and its day.
type Which = (String, Date);

impl Local<'_> {
    /// Compares what the receiver told with what was sent.
    pub(super) fn with(&self, told: Told, destination: String) -> Held {
        let delivered = self.delivered();
        let mut reports: BTreeMap<Which, HeldReport> = BTreeMap::new();
        for (which, sent) in &delivered {
            if self.should_be_held(sent) {
                reports.insert(which.clone(), report(which, &sent.report_id, Verdict::NotHeld));
            }
        }
        for held in told.reports {
            let Ok(date) = held.date.parse() else { continue };
            let which = (format!("{}/{}", self.name, plain(&held.version)), date);
            let receipt = held.receipt.parse().ok();
            let verdict = match delivered.get(&which) {
                None => Verdict::Unknown,
                Some(sent) if receipt.is_some() && sent.expected() == receipt => Verdict::AsSent,
                Some(_) => Verdict::Differs,
            };
            let report = HeldReport { receipt, ..report(&which, &plain(&held.report_id), verdict) };
            reports.insert(which, report);
        }
        let until = told.erasures.iter().filter_map(|erasure| erasure.remembered_until);
        let erasure_remembered_until = until.filter_map(moment).max();
        Held { destination, reports: reports.into_values().collect(), erasure_remembered_until }
    }

    /// The newest report of each day that a receiver took.
    fn delivered(&self) -> BTreeMap<Which, &Sent> {
        let mut newest: BTreeMap<Which, &Sent> = BTreeMap::new();
        for sent in self.sent {
            let ours = sent.contract.rsplit_once('/').is_some_and(|(name, _)| name == self.name);
            // A withdrawal is told without an id, and an erasure is no report.
            let tells = !matches!(sent.reason, Reason::OptOut | Reason::Erase);
            if ours && tells && sent.outcome == SentOutcome::Delivered {
                let which = (sent.contract.clone(), sent.date);
                let held = newest.entry(which).or_insert(sent);
                if sent.report_id > held.report_id {
                    *held = sent;
                }
            }
        }
        newest
    }

    /// Whether a receiver should have it still: it was not erased since, nor kept for as long as was promised.
    fn should_be_held(&self, sent: &Sent) -> bool {
        let erased = self.erased.is_some_and(|erased| sent.at <= erased);
        let over = self.keep_days.is_some_and(|days| {
            let kept = sent.date.checked_add(i64::from(days).days());
            kept.is_ok_and(|last| last <= self.today)
        });
        !erased && !over
    }
}

fn report((contract, date): &Which, report_id: &str, verdict: Verdict) -> HeldReport {
    let (contract, report_id) = (contract.clone(), report_id.to_owned());
    HeldReport { contract, date: *date, report_id, verdict, receipt: None }
}

fn moment(time: instances::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

/// A receiver's text, fit to be shown: no longer than a version or an id, and without what steers a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}
