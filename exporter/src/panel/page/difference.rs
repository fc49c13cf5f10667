//! What the application would tell beyond, or short of, what was agreed to.

use headcount_contract::{Change, Changes, Class};
use maud::{Markup, html};

use super::super::seen::Seen;
use super::super::text::Text;
use super::unreadable;

/// Nothing where there is no difference.
pub(super) fn section(seen: &Seen) -> Markup {
    match &seen.difference {
        Ok(Some(changes)) if !changes.is_empty() => list(changes),
        Ok(_) => html! {},
        Err(error) => unreadable("What is new", error),
    }
}

fn list(changes: &Changes) -> Markup {
    let groups = [
        (Class::Widening, "It would tell more"),
        (Class::Narrowing, "It tells less"),
        (Class::Neutral, "Neither more nor less"),
    ];
    html! {
        section #difference aria-labelledby="difference-title" {
            h2 #difference-title { "New since you agreed" }
            p {
                "The application has a newer usage contract than the one that was agreed to. "
                @if changes.widens() {
                    "What it would tell beyond that is not told unless you agree."
                } @else {
                    "It tells nothing beyond that, so there is nothing to decide."
                }
            }
            @for (class, heading) in groups {
                (group(heading, changes.iter().filter(|change| change.class == class)))
            }
        }
    }
}

fn group<'a>(heading: &str, changes: impl Iterator<Item = &'a Change>) -> Markup {
    let mut changes = changes.peekable();
    html! {
        @if changes.peek().is_some() {
            h3 { (heading) }
            ul {
                @for change in changes {
                    li { code { (Text(&change.path)) } ": " (Text(&change.text)) }
                }
            }
        }
    }
}
