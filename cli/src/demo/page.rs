//! What a person watches: numbered steps, with colours where the terminal has them.

use std::fmt::Display;
use std::io::{self, Stdout, Write as _};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::exit::Outcome;
use crate::output::written;

/// The width that everything keeps to.
pub(super) const WIDTH: usize = 100;
/// How far the text of a step stands in.
const INDENT: usize = 3;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const KEY: Style = AnsiColor::Cyan.on_default();

/// Standard output. It knows whether that is a terminal, and what `NO_COLOR` says.
pub(super) struct Page {
    out: AutoStream<Stdout>,
    step: usize,
}

impl Page {
    pub(super) fn new() -> Self {
        Self { out: AutoStream::auto(io::stdout()), step: 0 }
    }

    /// A line of the heading.
    pub(super) fn title(&mut self, text: &str) -> Outcome {
        self.write(format_args!("{STRONG}{text}{STRONG:#}"))
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) -> Outcome {
        self.step += 1;
        let step = self.step;
        self.write(format_args!("\n{STRONG}{step}  {title}{STRONG:#}"))
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> Outcome {
        self.write("")
    }

    /// A line of text.
    pub(super) fn line(&mut self, text: impl Display) -> Outcome {
        self.write(format_args!("{:INDENT$}{text}", ""))
    }

    /// A line that stands out.
    pub(super) fn strong(&mut self, text: impl Display) -> Outcome {
        self.line(format_args!("{STRONG}{text}{STRONG:#}"))
    }

    /// A name, and what there is to say about it.
    pub(super) fn entry(&mut self, name: &str, text: impl Display) -> Outcome {
        self.line(format_args!("{KEY}{name:<14}{KEY:#}  {text}"))
    }

    /// Something that was looked into, and whether it is as it should be.
    pub(super) fn check(&mut self, right: bool, text: impl Display) -> Outcome {
        let (style, mark) = if right { (GOOD, "✓") } else { (BAD, "✗") };
        self.line(format_args!("{style}{mark}{style:#} {text}"))
    }

    /// A text of somebody else, behind a bar.
    pub(super) fn quote(&mut self, text: &str) -> Outcome {
        for line in text.trim_end().lines() {
            let gap = if line.is_empty() { "" } else { " " };
            self.line(format_args!("{DIM}│{DIM:#}{gap}{line}"))?;
        }
        Ok(())
    }

    /// A line in two columns; the second is left out where the first takes its place.
    pub(super) fn columns(&mut self, left: &str, right: &str, column: usize) -> Outcome {
        if right.is_empty() || left.chars().count() + 2 > column {
            return self.line(left);
        }
        self.line(format_args!("{left:<column$}{DIM}{right}{DIM:#}"))
    }

    fn write(&mut self, line: impl Display) -> Outcome {
        written(writeln!(self.out, "{line}"))
    }
}
