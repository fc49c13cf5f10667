//! What is said where nothing is.

use maud::{Markup, html};

use super::shell::{Head, shell};
use crate::site::Around;

pub(super) fn page(around: &Around<'_>) -> Markup {
    // The path that was asked for may be of any depth, so what leads elsewhere begins at the root.
    let head = Head { title: "Not found", root: "/", around, at: None };
    let content = html! {
        main #main tabindex="-1" {
            div.opening {
                h1 { "There is nothing here" }
                p.lead { "The address may be misspelt, or what was here is no longer published." }
            }
            p { a.button href="/" { "All applications" } }
        }
    };
    shell(&head, &content)
}
