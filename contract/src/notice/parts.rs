//! The parts of a notice, free of what could mislead.

use crate::text::misleading;

/// A part of a notice. Each text is one line, with a visible sign in the place of each character that
/// could mislead; it is no markup, and has to be escaped where it becomes some.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticePart {
    /// The title, which comes first.
    Title(String),
    /// A heading, of what follows until the next one.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// An item of a list.
    Item(String),
    /// A field of the report.
    Field {
        /// How many fields it stands in.
        depth: usize,
        /// Its key in the report; `-` for an element of a list, nothing for a remark on the one before.
        key: String,
        /// What it tells; may be empty.
        text: String,
        /// Its unit, in UCUM, where the contract names one.
        unit: Option<String>,
    },
}

impl NoticePart {
    /// Whether the next part stands in the same list: of items, or of fields.
    ///
    /// ```
    /// use headcount_contract::{Library, NoticeFacts, NoticePart};
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("manyfold").expect("it ships");
    /// let parts = contract.notice_parts(&NoticeFacts::default());
    /// let fields = parts.chunk_by(NoticePart::goes_on).find(|run| matches!(run[0], NoticePart::Field { .. }));
    /// assert_eq!(fields.map(<[_]>::len), Some(6));
    /// ```
    pub fn goes_on(&self, next: &Self) -> bool {
        matches!(
            (self, next),
            (Self::Item(_), Self::Item(_)) | (Self::Field { .. }, Self::Field { .. })
        )
    }
}

/// Parts that are being written.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<NoticePart>);

impl Parts {
    pub(super) fn title(&mut self, text: &str) {
        self.0.push(NoticePart::Title(harmless(text)));
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.0.push(NoticePart::Heading(harmless(text)));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.0.push(NoticePart::Paragraph(harmless(text)));
    }

    pub(super) fn item(&mut self, text: &str) {
        self.0.push(NoticePart::Item(harmless(text)));
    }

    pub(super) fn field(&mut self, depth: usize, (key, text): (&str, &str), unit: Option<&str>) {
        let (key, text, unit) = (harmless(key), harmless(text), unit.map(harmless));
        self.0.push(NoticePart::Field { depth, key, text, unit });
    }

    pub(super) fn finish(self) -> Vec<NoticePart> {
        self.0
    }
}

/// The text on one line, with a visible sign in the place of each character that could mislead.
fn harmless(text: &str) -> String {
    let visible = |c: char| if misleading(c) && !c.is_ascii_whitespace() { '\u{fffd}' } else { c };
    let text: String = text.chars().map(visible).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_mislead_a_reader_shows() {
        assert_eq!(harmless("a\u{1b}[2Jb\u{202e}c\td\r\n e"), "a\u{fffd}[2Jb\u{fffd}c d e");
    }
}
