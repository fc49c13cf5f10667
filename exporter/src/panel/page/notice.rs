//! The notice, with its fields as a list.

use headcount_contract::NoticePart;
use maud::{Markup, html};

use super::super::seen::Seen;
use super::super::text::Text;

pub(super) fn section(seen: &Seen) -> Markup {
    html! {
        section.notice #notice aria-labelledby="notice-title" {
            h2 #notice-title { "Notice" }
            @for run in seen.notice.chunk_by(NoticePart::goes_on) { (parts(run)) }
        }
    }
}

/// Parts that stand together, such as the items of a list.
fn parts(run: &[NoticePart]) -> Markup {
    let each = html! { @for part in run { (one(part)) } };
    match run.first() {
        Some(NoticePart::Item(_)) => html! { ul { (each) } },
        Some(NoticePart::Field { .. }) => html! { dl.fields { (each) } },
        _ => each,
    }
}

fn one(part: &NoticePart) -> Markup {
    /// As deep as the style indents.
    const DEEPEST: usize = 5;
    match part {
        NoticePart::Heading(text) => html! { h3 { (Text(text)) } },
        NoticePart::Paragraph(text) => html! { p { (Text(text)) } },
        NoticePart::Item(text) => html! { li { (Text(text)) } },
        NoticePart::Field { depth, key, text, .. } => {
            let depth = format!("depth-{}", (*depth).min(DEEPEST));
            html! {
                div class=(depth) { dt { code { (Text(key)) } } dd { (Text(text)) } }
            }
        }
        // The page has its own title.
        _ => html! {},
    }
}
