//! How the instance stands.

use headcount_contract::sentence;
use maud::{Markup, html};

use super::super::text::Text;
use super::{View, fact, time, token, unreadable};
use crate::Status;

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section #now aria-labelledby="now-title" {
            h2 #now-title { "Now" }
            @match &view.seen.status {
                Ok(status) => {
                    p.state.(mood(status)) { (Text(&told(status))) }
                    (facts(status))
                    @if status.reporting { (send_now(view)) }
                }
                Err(error) => (unreadable("How things stand", error)),
            }
        }
    }
}

/// How the state looks; its words say the same.
fn mood(status: &Status) -> &'static str {
    match (status.reporting, &status.declined_by) {
        (true, _) => "on",
        (false, Some(_)) => "off",
        (false, None) => "waiting",
    }
}

/// The state in one sentence.
fn told(status: &Status) -> String {
    match mood(status) {
        "waiting" => sentence(&status.decision),
        _ => sentence(&format!("usage reports are {}", status.decision)),
    }
}

fn facts(status: &Status) -> Markup {
    let text = |text: &str| html! { (Text(text)) };
    html! {
        dl.facts {
            (fact("Reports go to", &html! { span.word { (Text(&status.destination)) } }))
            @if let Some(level) = status.level { (fact("Level", &text(level.as_str()))) }
            @if let Some(label) = &status.agreed_contract {
                (fact("Reports follow", &html! { (Text(label)) ", as agreed" }))
            }
            @if let Some(next) = status.next { (fact("Next report", &time(next))) }
            (fact("Waiting to be sent", &waiting(status)))
            @if let Some(why) = &status.failed { (fact("Could not be made", &text(why))) }
            @if status.dropped > 0 {
                (fact("Lost unsent", &html! { (status.dropped) ", which the next report tells" }))
            }
            (fact("Last outcome", &last(status)))
            @if let Some(damage) = &status.damage { (fact("Damaged", &text(damage))) }
        }
    }
}

fn waiting(status: &Status) -> Markup {
    html! {
        @match status.waiting {
            0 => "nothing",
            1 => "1 report",
            count => { (count) " reports" }
        }
        @if let Some(why) = &status.waits_for { ": " (Text(why)) }
    }
}

fn last(status: &Status) -> Markup {
    html! {
        @if let Some(sent) = &status.last {
            (super::history::outcome(sent)) ", " (time(sent.at))
        } @else {
            "nothing was sent yet"
        }
    }
}

fn send_now(view: &View<'_>) -> Markup {
    html! {
        form method="post" action="?" {
            (token(view))
            button name="action" value="send" { "Send a report now" }
            p.hint { "Otherwise reports are sent by themselves. This waits for the receiver’s answer." }
        }
    }
}
