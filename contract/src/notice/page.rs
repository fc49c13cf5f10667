//! Plain text for a terminal: wrapped, indented, and free of what could mislead.

use crate::value::misleading;

/// Characters of a line.
const WIDTH: usize = 78;
const INDENT: usize = 2;

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    /// Whether the last thing was an item of a list, which needs no blank line before the next.
    in_list: bool,
}

impl Page {
    pub(super) fn title(&mut self, title: &str) {
        let title = harmless(title);
        self.line(0, &title);
        self.line(0, &"=".repeat(title.chars().count().min(WIDTH)));
    }

    /// A heading; what follows it is indented.
    pub(super) fn heading(&mut self, heading: &str) {
        self.blank();
        self.line(0, heading);
        self.in_list = true;
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.in_list {
            self.blank();
        }
        self.wrapped(text, INDENT, INDENT);
        self.in_list = false;
    }

    pub(super) fn item(&mut self, text: &str) {
        self.wrapped(&format!("- {text}"), INDENT, INDENT + 2);
        self.in_list = false;
    }

    /// A row of a table of two columns: a key, and a text that is wrapped within the second.
    pub(super) fn row(&mut self, indent: usize, key: &str, column: usize, text: &str) {
        let key = harmless(key);
        let start = INDENT + indent + key.chars().count();
        if start + 2 > column || text.is_empty() {
            self.line(INDENT + indent, &key);
            if !text.is_empty() {
                self.wrapped(text, column, column);
            }
        } else {
            let padding = " ".repeat(column - start);
            let first = self.text.len();
            self.wrapped(text, column, column);
            // The key takes the place of the first line's indentation.
            let lead = format!("{}{key}{padding}", " ".repeat(INDENT + indent));
            self.text.replace_range(first..first + column, &lead);
        }
        self.in_list = false;
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Breaks text into lines, the first indented by `first` and the others by `rest`.
    fn wrapped(&mut self, text: &str, first: usize, rest: usize) {
        let text = harmless(text);
        let mut indent = first;
        let mut line = String::new();
        for word in text.split_whitespace() {
            let length = line.chars().count() + usize::from(!line.is_empty());
            if !line.is_empty() && indent + length + word.chars().count() > WIDTH {
                self.line(indent, &line);
                line.clear();
                indent = rest;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(indent, &line);
    }
}

/// The text with a visible sign in the place of each character that could mislead.
fn harmless(text: &str) -> String {
    let visible = |c: char| if misleading(c) && !c.is_ascii_whitespace() { '\u{fffd}' } else { c };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_columns() {
        let mut page = Page::default();
        page.row(0, "short", 12, "told beside its key");
        page.row(2, "much_longer_key", 12, "told below");
        page.row(0, "alone", 12, "");
        assert_eq!(
            page.finish(),
            "  short     told beside its key\n    much_longer_key\n            told below\n  alone\n"
        );
    }

    #[test]
    fn what_could_mislead_a_terminal_shows() {
        assert_eq!(harmless("a\u{1b}[2Jb\u{202e}c\td"), "a\u{fffd}[2Jb\u{fffd}c\td");
    }
}
