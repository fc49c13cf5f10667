//! What became of every report.

use maud::{Markup, html};

use super::super::text::{Json, Text};
use super::{View, fact, time, unreadable};
use crate::{Sent, SentOutcome};

/// The entries of one page.
const ON_A_PAGE: usize = 25;

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section #history aria-labelledby="history-title" {
            h2 #history-title { "History" }
            @match &view.seen.history {
                Ok(sent) if sent.is_empty() => p { "Nothing was sent yet." },
                Ok(sent) => (list(sent, view.query.history_page)),
                Err(error) => (unreadable("The history", error)),
            }
        }
    }
}

fn list(sent: &[Sent], page: usize) -> Markup {
    let last = (sent.len() - 1) / ON_A_PAGE;
    let page = page.min(last);
    let shown = sent.iter().skip(page * ON_A_PAGE).take(ON_A_PAGE);
    html! {
        p {
            "What became of each report, the newest first. A receipt is the receiver’s hash of \
             what it stores: where it matches, it holds what was sent and nothing else."
        }
        ul.history { @for sent in shown { li { (entry(sent)) } } }
        @if last > 0 {
            nav aria-label="Pages of the history" {
                ul {
                    @if page > 0 { li { a href={ "?page=" (page - 1) "#history" } { "Newer" } } }
                    li { "Page " (page + 1) " of " (last + 1) }
                    @if page < last { li { a href={ "?page=" (page + 1) "#history" } { "Older" } } }
                }
            }
        }
    }
}

fn entry(sent: &Sent) -> Markup {
    html! {
        details {
            summary {
                span.day { (sent.date.to_string()) }
                " " span { (reason(sent)) }
                " " (outcome(sent))
                @if let Some(matches) = sent.receipt_matches { " " (receipt(matches)) }
            }
            dl.facts {
                (fact("Settled", &time(sent.at)))
                @if !sent.message.is_empty() { (fact("Message", &html! { (Text(&sent.message)) })) }
                @if sent.rejected_points > 0 {
                    (fact("Rejected values", &html! { (sent.rejected_points) }))
                }
                (fact("Contract", &html! { (Text(&sent.contract)) }))
                (fact("Sent to", &html! { span.word { (Text(&sent.destination)) } }))
                (fact("Report", &html! { code { (Text(&sent.report_id)) } }))
                @if let Some(given) = &sent.receipt {
                    (fact("Receipt", &html! { code { (given.to_string()) } }))
                }
            }
            @if sent.receipt_matches == Some(false) {
                p.hint {
                    "The receiver stores something else for that day: a newer report, or not what \
                     was sent."
                }
            }
            @if let Some(report) = &sent.report {
                pre tabindex="0" role="region" aria-label={ "The report for " (sent.date.to_string()) } {
                    code { (Json(report)) }
                }
            } @else {
                p.hint { "The report itself is not kept here." }
            }
        }
    }
}

/// What became of a report, in a word.
pub(super) fn outcome(sent: &Sent) -> Markup {
    let (class, word) = match sent.outcome {
        SentOutcome::Delivered if sent.rejected_points > 0 => ("odd", "delivered in part"),
        SentOutcome::Delivered => ("good", "delivered"),
        SentOutcome::Rejected => ("bad", "rejected"),
        SentOutcome::Dropped => ("bad", "dropped unsent"),
        SentOutcome::Exported => ("good", "exported"),
    };
    html! { span.badge.(class) { (word) } }
}

fn receipt(matches: bool) -> Markup {
    html! {
        @if matches { span.badge.good { "receipt matches" } }
        @else { span.badge.bad { "receipt differs" } }
    }
}

fn reason(sent: &Sent) -> &'static str {
    use headcount_contract::Reason;
    match sent.reason {
        Reason::Daily => "daily report",
        Reason::Install => "first start",
        Reason::Upgrade => "upgrade",
        Reason::OptOut => "announcement of the opt-out",
        Reason::Backfill => "missed day",
        Reason::Erase => "request for erasure",
    }
}
