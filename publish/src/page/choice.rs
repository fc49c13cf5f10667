//! Who decides, how to opt out, and how to see and erase what is held: the notice's words again.

use headcount_contract::Identity;
use maud::{Markup, html};

use super::collected::notice;
use super::text::Text;
use crate::application::Application;

pub(super) fn section(application: &Application) -> Markup {
    let sections = notice(application);
    let told = sections.iter().filter(|section| !section.lists_fields());
    html! {
        section #choice aria-labelledby="choice-title" {
            h2 #choice-title { "Your choice, if you run an instance" }
            div.columns {
                @for section in told {
                    div.panel {
                        h3 { (Text(&section.heading)) }
                        (section.content())
                    }
                }
                (held(application))
            }
        }
    }
}

/// How an operator sees and erases what the receiver holds.
fn held(application: &Application) -> Markup {
    html! {
        div.panel {
            h3 { "See and erase what is held" }
            @if application.newest().identity() == Identity::None {
                p { "Reports carry no id, so nobody can tell which of them are yours: there is nothing to look up." }
            } @else {
                p { "Whoever holds an instance's id can see all that is held about it, and have it erased:" }
                ul {
                    li { code { "headcount operator held" } " shows it" }
                    li { code { "headcount operator erase" } " erases it" }
                }
                p {
                    "Over HTTP, " code { "POST /v1/instances/show" } " and " code { "POST /v1/instances/erase" }
                    " on this address do the same. What is erased no longer counts in any day to come; days that are "
                    "shown already tell nothing about a single instance, and stay."
                }
            }
        }
    }
}
