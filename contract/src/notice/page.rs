//! Plain text for a terminal: wrapped and indented.

use super::parts::NoticePart;

/// Characters of a line.
const WIDTH: usize = 78;
const INDENT: usize = 2;
/// Where the second column of a table may begin at the furthest.
const FURTHEST: usize = 32;

/// The text of a notice.
pub(super) fn written(parts: &[NoticePart]) -> String {
    let mut page = Page { column: column(parts), ..Page::default() };
    for part in parts {
        page.part(part);
    }
    page.text
}

/// Where the second column of the table begins.
fn column(parts: &[NoticePart]) -> usize {
    let ends = parts.iter().filter_map(|part| match part {
        NoticePart::Field { depth, key, .. } => Some(2 * depth + key.chars().count() + 4),
        _ => None,
    });
    ends.filter(|end| *end <= FURTHEST).max().unwrap_or(FURTHEST)
}

/// A page that is being written.
#[derive(Debug, Default)]
struct Page {
    text: String,
    column: usize,
    /// Whether the next paragraph stands right below, without a blank line.
    follows: bool,
}

impl Page {
    fn part(&mut self, part: &NoticePart) {
        let heading = matches!(part, NoticePart::Heading(_));
        match part {
            NoticePart::Title(title) => {
                self.line(0, title);
                self.line(0, &"=".repeat(title.chars().count().min(WIDTH)));
            }
            NoticePart::Heading(heading) => {
                self.blank();
                self.line(0, heading);
            }
            NoticePart::Paragraph(text) => {
                if !self.follows {
                    self.blank();
                }
                self.wrapped(text, INDENT, INDENT);
            }
            NoticePart::Item(text) => self.wrapped(&format!("- {text}"), INDENT, INDENT + 2),
            NoticePart::Field { depth, key, text, .. } => self.row(2 * depth, key, text),
        }
        self.follows = heading;
    }

    /// A row of a table of two columns: a key, and a text that is wrapped within the second.
    fn row(&mut self, indent: usize, key: &str, text: &str) {
        let column = self.column;
        let start = INDENT + indent + key.chars().count();
        if start + 2 > column || text.is_empty() {
            self.line(INDENT + indent, key);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_columns() {
        let mut page = Page { column: 12, ..Page::default() };
        page.row(0, "short", "told beside its key");
        page.row(2, "much_longer_key", "told below");
        page.row(0, "alone", "");
        assert_eq!(
            page.text,
            "  short     told beside its key\n    much_longer_key\n            told below\n  alone\n"
        );
    }
}
