//! The list of applications.

use maud::{Markup, html};

use super::change::change;
use super::glance::{headline, way};
use super::shell::{Head, shell};
use super::text::{self, Text, date, number};
use crate::application::Application;
use crate::site::Around;

pub(super) fn page(around: &Around<'_>) -> Markup {
    let Around { applications, brand, .. } = around;
    let title = brand.title.as_deref().unwrap_or("Usage figures");
    let head = Head { title, root: "", around, at: None };
    let content = html! {
        main #main tabindex="-1" {
            div.opening {
                h1 { (Text(title)) }
                p.lead {
                    (Text(brand.text.as_deref().unwrap_or(
                        "How the applications whose instances report here are used, which versions run, and what is collected."
                    )))
                }
            }
            @if applications.is_empty() { p.hint { "No application reports here yet." } }
            ul.applications {
                @for application in *applications { li { (one(application)) } }
            }
        }
    };
    shell(&head, &content)
}

fn one(application: &Application) -> Markup {
    let shown = headline(application);
    html! {
        div.tile {
            h2 { a href={ (application.name()) "/" } { (Text(application.name())) } }
            p.hint { (Text(&text::sentence(application.newest().brief()))) }
            @if let Some(shown) = &shown {
                p.value {
                    @match shown.number.total() {
                        Some(total) => b { (number(total)) },
                        None => b.none { "Not shown" },
                    }
                    " " (application.counted())
                }
                (way(shown))
                p { (change(shown)) }
                p.note { "As of " (date(shown.number.as_of)) }
            } @else {
                p.value { b.none { "Not counted yet" } }
            }
        }
    }
}
