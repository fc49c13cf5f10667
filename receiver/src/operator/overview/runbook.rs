//! What to do about an alarm: its section of `deploy/ALERTS.md`.

use maud::{Markup, html};

const RUNBOOK: &str = include_str!("../../../../deploy/ALERTS.md");

/// The section under the heading of this name, without it.
pub(super) fn section(name: &str) -> &'static str {
    let heading = format!("\n## {name}\n");
    let Some((_, rest)) = RUNBOOK.split_once(&heading) else { return "" };
    rest.split("\n## ").next().unwrap_or_default().trim()
}

/// Its paragraphs, with what is code in them.
pub(super) fn shown(section: &str) -> Markup {
    html! {
        @for paragraph in section.split("\n\n") {
            p {
                @for (index, piece) in paragraph.split('`').enumerate() {
                    @if index % 2 == 1 { code { (piece) } } @else { (piece) }
                }
            }
        }
    }
}
