//! What the receiver said that it holds.

use maud::{Markup, html};

use super::super::text::Text;
use super::time;
use crate::{Held, Verdict};

pub(super) fn told(held: &Held) -> Markup {
    html! {
        div.message.done #held role="status" tabindex="-1" {
            @if held.reports.is_empty() {
                p { "The receiver holds no report of this instance." }
            } @else {
                p { "The receiver told what it holds about this instance:" }
                ul {
                    @for report in &held.reports {
                        li {
                            span.day { (report.date.to_string()) } " " (Text(&report.contract)) ": "
                            (verdict(report.verdict))
                        }
                    }
                }
            }
            @if let Some(until) = held.erasure_remembered_until {
                p { "It remembers an erasure until " (time(until)) ", and keeps nothing again from before it." }
            }
        }
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AsSent => "as it was sent, and nothing else.",
        Verdict::Differs => "something else than was sent.",
        Verdict::NotHeld => "not held, although it took it.",
        Verdict::Unknown => "held, and not in the history.",
    }
}
