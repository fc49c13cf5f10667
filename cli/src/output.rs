//! Results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write as _};

use crate::exit::{Failure, Outcome};

/// Standard output, buffered, for results.
pub(crate) struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    /// Takes standard output.
    pub(crate) fn take() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: impl Display) -> Outcome {
        written(writeln!(self.0, "{line}"))
    }

    /// Writes what is still in the buffer.
    pub(crate) fn end(mut self) -> Outcome {
        written(self.0.flush())
    }
}

/// Writes one text to standard output; it ends with a line break, whether or not the text does.
pub(crate) fn print(text: &str) -> Outcome {
    let mut output = Output::take();
    output.line(text.trim_end_matches('\n'))?;
    output.end()
}

/// What became of a write: a reader that went, as `head` does, is no failure of ours.
pub(crate) fn written(result: io::Result<()>) -> Outcome {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::OutputClosed),
        other => Ok(other?),
    }
}

/// Tells the person who runs this something, on standard error.
pub(crate) fn say(text: impl Display) {
    note(format_args!("headcount: {text}"));
}

/// Writes a line to standard error as it is.
pub(crate) fn note(line: impl Display) {
    // Without standard error there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
