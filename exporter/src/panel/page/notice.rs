//! The notice, with its fields as a list.

use headcount_contract::NoticePart;
use maud::{Markup, html};

use super::super::seen::Seen;
use super::super::text::Text;

pub(super) fn section(seen: &Seen) -> Markup {
    html! {
        section.notice #notice aria-labelledby="notice-title" {
            h2 #notice-title { "Notice" }
            @for run in seen.notice.chunk_by(|a, b| kind(a) == kind(b)) { (parts(run)) }
        }
    }
}

/// Parts that stand together, such as the items of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Items,
    Fields,
}

fn kind(part: &NoticePart) -> Kind {
    match part {
        NoticePart::Item(_) => Kind::Items,
        NoticePart::Field { .. } => Kind::Fields,
        _ => Kind::Text,
    }
}

fn parts(run: &[NoticePart]) -> Markup {
    let each = html! { @for part in run { (one(part)) } };
    match run.first().map(kind) {
        Some(Kind::Items) => html! { ul { (each) } },
        Some(Kind::Fields) => html! { dl.fields { (each) } },
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
