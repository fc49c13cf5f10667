//! YAML with comments, line by line.

use crate::text::misleading;

/// Characters of a line of comment at most.
const WIDTH: usize = 100;

/// The lines of a configuration until now.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// A line, so many levels deep.
    pub(super) fn line(&mut self, depth: usize, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.0.extend(["  ".repeat(depth).as_str(), text, "\n"]);
    }

    /// Several lines of the same depth.
    pub(super) fn lines<const N: usize>(&mut self, depth: usize, lines: [&str; N]) {
        for line in lines {
            self.line(depth, line);
        }
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.0.push('\n');
    }

    /// A paragraph of comment. Characters that turn or hide text are replaced, wherever they come from.
    pub(super) fn comment(&mut self, depth: usize, paragraph: &str) {
        let mut line = String::from("#");
        for word in paragraph.split_whitespace() {
            if 2 * depth + line.chars().count() + 1 + word.chars().count() > WIDTH && line != "#" {
                self.line(depth, &line);
                line.truncate(1);
            }
            line.extend([" ", &word.replace(misleading, "\u{fffd}")]);
        }
        self.line(depth, &line);
    }

    /// An item of a list that stands on several lines, which YAML folds into one.
    pub(super) fn folded(&mut self, depth: usize, lines: &[String]) {
        self.line(depth, "- >-");
        for line in lines {
            self.line(depth + 1, line);
        }
    }

    /// The whole.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}
