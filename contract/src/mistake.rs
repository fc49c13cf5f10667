//! What is wrong with a contract file, all of it at once, each with its place.

use std::fmt;

/// A place in a text file; lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// One mistake in a contract file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where the mistake stands.
    pub at: Position,
    /// What was expected and what came: a lower-case fragment.
    pub text: String,
}

/// Every mistake of one contract file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    file: String,
    mistakes: Vec<Mistake>,
}

impl Mistakes {
    pub(crate) fn new(file: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
        mistakes.dedup();
        Self { file: file.to_owned(), mistakes }
    }

    /// The mistakes, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.mistakes.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Mistake { at, text }) in self.mistakes.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{}:{}: {text}", self.file, at.line, at.column)?;
        }
        Ok(())
    }
}

/// Collects mistakes while a file is read, so that none hides another.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) warnings: Vec<Mistake>,
}

impl Findings {
    pub(crate) fn mistake(&mut self, at: Position, text: impl Into<String>) {
        self.mistakes.push(Mistake { at, text: text.into() });
    }

    pub(crate) fn warning(&mut self, at: Position, text: impl Into<String>) {
        self.warnings.push(Mistake { at, text: text.into() });
    }
}

/// `a`, `b` or `c`: the words that were expected, for an error text.
pub(crate) fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}
