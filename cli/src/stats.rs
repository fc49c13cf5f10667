//! `headcount stats`: published figures in a terminal.

mod fetch;
mod numbers;
mod page;
mod parse;
mod sheet;
mod source;
mod terminal;

use std::io::{self, Write as _};

use anstream::AutoStream;

use crate::args::Figures;
use crate::exit::Outcome;
use crate::output::{self, written};
pub(crate) use fetch::Site;
use page::Page;
use terminal::Terminal;

/// Prints the figures, for people or for programs.
pub(crate) fn run(arguments: &Figures) -> Outcome {
    if arguments.json {
        return output::print(&source::json(arguments)?);
    }
    let sheet = source::sheet(arguments)?;
    let terminal = Terminal::of_output();
    let page = Page { terminal, sheet: &sheet, definitions: arguments.definitions };
    let mut out = AutoStream::auto(io::stdout().lock());
    for line in page.lines() {
        written(writeln!(out, "{line}"))?;
    }
    written(out.flush())
}
