//! What is kept, what is made of it, and where it goes.

use jiff::SignedDuration;
use maud::{Markup, html};

use super::super::Overview;
use super::{day, facts, moment, size};
use crate::freeze::Application;
use crate::store::Durability;

impl Overview {
    pub(super) fn store(&self) -> Markup {
        let store = &self.seen.store;
        let share = u128::from(store.bytes) * 100 / u128::from(store.limit.max(1));
        let kept = match self.durability {
            Durability::Volatile => "in memory: a restart forgets everything",
            Durability::Flushed => "on the disk before they are acknowledged",
        };
        let works = if store.healthy {
            "yes"
        } else {
            "no: nothing can be kept, and clients are asked to come again"
        };
        facts(&[
            ("Works", works.to_owned()),
            ("Reports are", kept.to_owned()),
            ("Takes", format!("{} of {} ({share} %)", size(store.bytes), size(store.limit))),
            ("Requests that wait for it", store.waiting.to_string()),
        ])
    }

    /// How far the figures are frozen.
    pub(super) fn figures(&self) -> Markup {
        let table = html! {
            table {
                thead {
                    tr {
                        th scope="col" { "Application" }
                        th scope="col" { "Newest frozen day" }
                        @for column in ["Days due", "Reports counted", "Damaged", "Last day took"] {
                            th.number scope="col" { (column) }
                        }
                    }
                }
                tbody { @for (contract, of) in &self.seen.figures { (frozen(contract, of)) } }
            }
        };
        html! {
            @if self.seen.figures.is_empty() { p { "No contract publishes figures." } } @else {
                (super::wide("Frozen days by application", &table))
                p.hint { "A day's figures are frozen one day after its end." }
            }
        }
    }

    /// What goes to other backends: reports, and figures.
    pub(super) fn forwarding(&self) -> Markup {
        let forwarded = self.seen.forward.as_ref().map(|(count, outbox)| {
            let waits =
                format!("{} ({} of {})", outbox.parts, size(outbox.bytes), size(self.queue_limit));
            facts(&[
                ("The backend for reports can be reached", reached(count.failing)),
                ("Parts of reports that it has", count.taken.to_string()),
                ("that wait", waits),
                ("that it refused", count.refused.to_string()),
                ("that were displaced by newer ones", outbox.displaced.to_string()),
                ("that could not be read", count.unreadable.to_string()),
            ])
        });
        let pushed = self.seen.push.as_ref().map(|count| {
            facts(&[
                ("The backend for figures can be reached", reached(count.failing)),
                ("Frozen days that it has", count.taken.to_string()),
                ("that it refused", count.refused.to_string()),
            ])
        });
        html! {
            @if forwarded.is_none() && pushed.is_none() { p { "Nothing goes to another backend." } }
            @for told in forwarded.iter().chain(&pushed) { (told) }
        }
    }

    pub(super) fn certificate(&self) -> Markup {
        let Some(expires) = self.seen.expires else {
            return html! { p { "None: senders are served without TLS, or by a proxy." } };
        };
        let left = expires.duration_since(self.now);
        let days = left.as_hours() / 24;
        html! {
            p {
                @if left < SignedDuration::ZERO { "It ended at " (moment(expires)) "." }
                @else { "It ends at " (moment(expires)) ", in " (days) " days." }
            }
        }
    }
}

fn reached(failing: bool) -> String {
    if failing { "no: what is for it waits" } else { "yes" }.to_owned()
}

/// How far an application is.
fn frozen(contract: &str, of: &Application) -> Markup {
    let took = of.took.map(|took| format!("{:.1} s", took.as_secs_f64()));
    html! {
        tr {
            th scope="row" { (contract) }
            td { @match of.newest { Some(newest) => (day(newest)), None => "none" } }
            td.number { (of.due) }
            td.number { (of.counted) }
            td.number { (of.damaged) }
            td.number { (took.unwrap_or_default()) }
        }
    }
}
