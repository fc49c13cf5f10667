//! The page, as HTML. Every text of others goes through [`Text`](super::text::Text).

mod decision;
mod difference;
mod erase;
mod held;
mod history;
mod notice;
mod now;
mod preview;
#[cfg(test)]
mod tests;

use headcount_contract::sentence;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::problem::Problem;
use super::request::{Done, Query};
use super::seen::Seen;
use super::text::Text;

/// The page's one style sheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// A green dot: the page asks nobody for an icon.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
                    %3Ccircle cx='8' cy='8' r='6' fill='%230b7a5c'/%3E%3C/svg%3E";

/// What a page is made of.
pub(super) struct View<'a> {
    pub(super) seen: &'a Seen,
    pub(super) query: Query,
    /// Why what was asked for was not done.
    pub(super) problem: Option<&'a Problem>,
    /// What each form carries.
    pub(super) token: &'a str,
}

/// The whole page.
pub(super) fn page(view: &View<'_>) -> Markup {
    let seen = view.seen;
    let title = format!("Usage reports of {}", seen.contract.name());
    let content = html! {
        (message(view))
        @if view.query.asks_to_erase {
            (erase::confirmation(view))
        } @else {
            (now::section(view))
            (difference::section(seen))
            (decision::section(view))
            (notice::section(seen))
            (preview::section(seen))
            (history::section(view))
            (erase::section(view))
        }
    };
    shell(
        &title,
        &html! {
            header {
                h1 { (Text(&title)) }
                p.lead { (Text(seen.contract.brief())) }
            }
            @if !view.query.asks_to_erase { (contents()) }
            main { (content) }
            footer {
                p {
                    "By the usage contract " b { (Text(&seen.contract.label())) } ", with the SHA-256 digest "
                    code { (seen.contract.digest().to_string()) }
                }
                p { "This page runs no script, sets no cookie and loads nothing from elsewhere." }
            }
        },
    )
}

/// A page for a request that is refused before anything is looked at.
pub(super) fn refusal(problem: &Problem) -> Markup {
    shell(
        "Nothing was changed",
        &html! {
            header { h1 { "Nothing was changed" } }
            main {
                (told(problem))
                p { a.button href="?" { "Open the page again" } }
            }
        },
    )
}

fn shell(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (Text(title)) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
}

fn contents() -> Markup {
    let sections = [
        ("#decision", "Your decision"),
        ("#notice", "Notice"),
        ("#preview", "Preview"),
        ("#history", "History"),
        ("#erase", "Erase"),
    ];
    html! {
        nav aria-label="On this page" {
            ul { @for (place, name) in sections { li { a href=(place) { (name) } } } }
        }
    }
}

/// What was done just before, or why it was not.
fn message(view: &View<'_>) -> Markup {
    html! {
        @if let Some(problem) = view.problem {
            (told(problem))
        } @else if let Some(held) = &view.seen.held {
            (held::told(held))
        } @else if let Some(done) = view.query.done {
            div.message.done #done role="status" tabindex="-1" { p { (result(done)) } }
        }
    }
}

fn told(problem: &Problem) -> Markup {
    html! {
        div.message.problem role="alert" {
            p { strong { "This was not done: " } (Text(problem.text.trim_end_matches('.'))) "." }
            @if !problem.advice.is_empty() { p { (problem.advice) } }
        }
    }
}

fn result(done: Done) -> &'static str {
    match done {
        Done::Agreed => "Saved: you agreed to reports.",
        Done::Declined => "Saved: you declined. Nothing more is reported.",
        Done::Delivered => "A report was sent, and has arrived.",
        Done::Waiting => "A report was made, and has not arrived yet. It is sent again later.",
        Done::Rejected => "A report was sent, and the receiver does not want it.",
        Done::Erased => {
            "The receiver is asked to erase everything about this instance. The request \
                         leaves with the next turn."
        }
    }
}

/// Why a part of the page cannot be shown.
fn unreadable(what: &str, error: &crate::Error) -> Markup {
    let problem = Problem::from(error);
    html! {
        div.message.problem {
            p { strong { (what) " cannot be shown: " } (Text(&sentence(&problem.text))) }
            @if !problem.advice.is_empty() { p { (problem.advice) } }
        }
    }
}

/// A row of a list of facts.
fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// The fields that every form carries.
fn token(view: &View<'_>) -> Markup {
    html! { input type="hidden" name="token" value=(view.token); }
}

/// A point of time, to the minute.
fn time(at: jiff::Timestamp) -> Markup {
    let shown = at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! { time datetime=(at.to_string()) { (shown) } }
}
