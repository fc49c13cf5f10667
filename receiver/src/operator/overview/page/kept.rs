//! What is kept, what is made of it, and where it goes.

use jiff::SignedDuration;
use maud::{Markup, html};

use super::super::Overview;
use super::{day, facts, moment, size};
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
                        th.number scope="col" { "Frozen days" }
                        th.number scope="col" { "Due" }
                    }
                }
                tbody {
                    @for of in &self.frozen {
                        tr {
                            th scope="row" { (of.contract) }
                            td { @match of.newest { Some(newest) => (day(newest)), None => "none" } }
                            td.number { (of.days) }
                            td.number { (of.due) }
                        }
                    }
                }
            }
        };
        html! {
            @if self.frozen.is_empty() { p { "No contract publishes figures." } } @else {
                (super::wide("Frozen days by application", &table))
                p.hint { "A day's figures are frozen one day after its end." }
            }
        }
    }

    pub(super) fn forwarding(&self) -> Markup {
        let Some((count, outbox)) = &self.seen.forward else {
            return html! { p { "Nothing is forwarded." } };
        };
        let reached = if count.failing { "no: reports wait for it" } else { "yes" };
        facts(&[
            ("The backend can be reached", reached.to_owned()),
            ("Parts of reports that it has", count.taken.to_string()),
            (
                "that wait",
                format!("{} ({} of {})", outbox.parts, size(outbox.bytes), size(self.queue_limit)),
            ),
            ("that it refused", count.refused.to_string()),
            ("that were displaced by newer ones", outbox.displaced.to_string()),
            ("that could not be read", count.unreadable.to_string()),
        ])
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
