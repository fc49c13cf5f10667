//! Erasure of what the receiver holds, with a question before it.

use headcount_contract::Identity;
use maud::{Markup, html};

use super::{View, token};

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section #erase aria-labelledby="erase-title" {
            h2 #erase-title { "Erase" }
            @if view.seen.contract.identity() == Identity::None {
                p {
                    "Reports carry no id of this instance, so the receiver cannot tell which of \
                     them to erase."
                }
            } @else {
                p {
                    "The receiver can be asked to erase everything that it holds about this \
                     instance. You are asked once more before."
                }
                p { a.button.danger href="?confirm=erase" { "Erase what the receiver holds…" } }
                form method="post" action="?" {
                    (token(view))
                    p { "It can be asked first what that is: it tells receipts, which are compared with the history." }
                    p.buttons { button name="action" value="held" { "Ask what the receiver holds" } }
                }
            }
        }
    }
}

/// The question.
pub(super) fn confirmation(view: &View<'_>) -> Markup {
    let reporting = view.seen.status.as_ref().is_ok_and(|status| status.reporting);
    html! {
        section #erase aria-labelledby="erase-title" {
            h2 #erase-title { "Erase everything that the receiver holds about this instance?" }
            ul {
                li { "The receiver is asked to erase every report of this instance. That cannot be undone." }
                li { "The reports in the history on this page are forgotten; that they were sent stays." }
                @if reporting {
                    li { "Reports go on. To stop them as well, decline first." }
                }
            }
            form method="post" action="?" {
                (token(view))
                p.buttons {
                    button.danger name="action" value="erase" { "Erase everything" }
                    " " a.button href="?#erase" { "Keep it" }
                }
            }
        }
    }
}
