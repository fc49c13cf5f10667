//! What is collected: the fields of the notice that an operator reads, in its words.

use headcount_contract::{NoticeFacts, NoticePart};
use maud::{Markup, html};

use super::text::{self, Text};
use crate::application::Application;

/// A section of the notice: its heading, and what stands under it.
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) parts: Vec<NoticePart>,
}

/// The notice's sections, without its opening.
pub(super) fn notice(application: &Application) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for part in application.newest().notice_parts(&NoticeFacts::default()) {
        match (part, sections.last_mut()) {
            (NoticePart::Heading(heading), _) => {
                sections.push(Section { heading, parts: Vec::new() });
            }
            (part, Some(section)) => section.parts.push(part),
            (_, None) => {}
        }
    }
    sections
}

impl Section {
    /// Whether it lists the fields of the report.
    pub(super) fn lists_fields(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, NoticePart::Field { .. }))
    }

    /// What stands under its heading.
    pub(super) fn content(&self) -> Markup {
        let runs = self.parts.chunk_by(NoticePart::goes_on);
        html! { @for run in runs { (parts(run)) } }
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
        NoticePart::Paragraph(text) => html! { p { (Text(text)) } },
        NoticePart::Item(text) => html! { li { (Text(text)) } },
        NoticePart::Field { depth, key, text, unit } => {
            let depth = format!("depth-{}", (*depth).min(DEEPEST));
            html! {
                div class=(depth) {
                    dt { code { (Text(key)) } }
                    dd {
                        (Text(&text::capital(text)))
                        @if let Some(unit) = unit.as_deref().filter(|unit| *unit != "1") {
                            " " span.unit { (Text(&self::unit(unit))) }
                        }
                    }
                }
            }
        }
        _ => html! {},
    }
}

/// A UCUM unit as people read it: an annotation without its braces.
fn unit(unit: &str) -> String {
    let annotation = unit.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match (annotation, unit) {
        (Some(annotation), _) => annotation.to_owned(),
        (None, "By") => "bytes".to_owned(),
        (None, "s") => "seconds".to_owned(),
        (None, unit) => unit.to_owned(),
    }
}

pub(super) fn section(application: &Application) -> Markup {
    let sections = notice(application);
    let fields = sections.iter().filter(|section| section.lists_fields());
    html! {
        section #collected aria-labelledby="collected-title" {
            h2 #collected-title { "What is collected" }
            @if let Some(note) = application.newest().note() { p.hint { (Text(note)) } }
            div.panel {
                p {
                    "This is what an operator is told before anything is sent, straight from the usage contract "
                    a href="contract" { (Text(&application.newest().label())) }
                    ". The sender may send nothing that it does not list, and the receiver keeps nothing else."
                }
                @for section in fields { (section.content()) }
            }
        }
    }
}
