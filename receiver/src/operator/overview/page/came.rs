//! What came, and what of it was not taken.

use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use super::super::Overview;
use super::{facts, moment, wide};
use crate::clock;
use crate::refusal::Refusal;
use crate::tally::{OfContract, RECENT_DAYS};

impl Overview {
    /// Reports of each contract by the day on which they came.
    pub(super) fn came(&self) -> Markup {
        let counts = &self.seen.counts;
        let days = recent(clock::day(self.now));
        let began = clock::day(self.now.saturating_sub(self.seen.uptime).unwrap_or(self.now));
        let table = html! {
            table {
                caption { "Reports with something new, by the UTC day on which they came" }
                thead {
                    tr {
                        th scope="col" { "Contract" }
                        th scope="col" { "Last" }
                        @for day in &days {
                            th.number scope="col" { time datetime=(day) { (day.strftime("%m-%d")) } }
                        }
                    }
                }
                tbody { @for of in &counts.contracts { (row(of, &days, began)) } }
            }
        };
        html! {
            @if counts.contracts.is_empty() {
                p { "No contract is known: nothing can be taken." }
            } @else {
                (wide("Reports by contract and day", &table))
                p.hint { "A report that came in parts counts once for each. Days before the receiver began are empty." }
            }
        }
    }

    /// Points and requests that were not taken, by reason.
    pub(super) fn refused(&self) -> Markup {
        let counts = &self.seen.counts;
        let reasons: Vec<_> = counts.reasons.iter().filter(|(_, points)| *points > 0).collect();
        let refusals = Refusal::LABELS.into_iter().zip(counts.refused);
        let refusals: Vec<_> = refusals.filter(|(_, requests)| *requests > 0).collect();
        let points = [
            ("Data points sent", counts.sent.to_string()),
            ("accepted", counts.accepted.to_string()),
            ("known already", counts.duplicate.to_string()),
            ("rejected", counts.rejected.to_string()),
        ];
        html! {
            (facts(&points))
            h3 { "Data points that were rejected" }
            (by_reason("Data points", &reasons))
            h3 { "Requests that were refused" }
            (by_reason("Requests", &refusals))
            p.hint { "The log says once a minute what is the matter." }
        }
    }
}

/// The last days, today last.
fn recent(today: Date) -> Vec<Date> {
    let days = (0..RECENT_DAYS).rev();
    days.filter_map(|ago| today.checked_sub(ago.days()).ok()).collect()
}

/// What came before the receiver began is not known to it.
fn row(of: &OfContract, days: &[Date], began: Date) -> Markup {
    html! {
        tr {
            th scope="row" { (of.contract) "/" (of.version) }
            td { @match of.last { Some(last) => (moment(last)), None => "–" } }
            @for day in days {
                td.number { @if *day >= began { (of.days.get(day).copied().unwrap_or_default()) } }
            }
        }
    }
}

fn by_reason(what: &str, reasons: &[(&'static str, u64)]) -> Markup {
    html! {
        @if reasons.is_empty() {
            p { "None" }
        } @else {
            table {
                thead { tr { th scope="col" { "Reason" } th.number scope="col" { (what) } } }
                tbody {
                    @for (reason, count) in reasons {
                        tr { th scope="row" { code { (reason) } } td.number { (count) } }
                    }
                }
            }
        }
    }
}
