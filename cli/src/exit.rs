//! How a command ends, and what the shell is told.

use std::process::ExitCode;

use crate::output;

/// The command failed, or said no.
const FAILED: u8 = 1;
/// `EX_USAGE` of `sysexits.h`: a configuration or a contract is wrong, and trying again is no use.
const CONFIGURATION: u8 = 64;

/// What a command gives back.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command did not end well. Wrong usage is not among them: clap ends the process with 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something went wrong.
    Failed(anyhow::Error),
    /// A configuration or a contract is wrong.
    Configuration(anyhow::Error),
    /// The command has said all there is to say, and it is a no.
    No,
    /// Whoever read the output has seen enough.
    OutputClosed,
}

/// `?` makes a plain failure of every error.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Marks an error as one of configuration.
pub(crate) trait OrConfiguration<T> {
    /// The same, with an error that ends the process with 64.
    fn or_configuration(self) -> Outcome<T>;
}

impl<T, E: Into<anyhow::Error>> OrConfiguration<T> for Result<T, E> {
    fn or_configuration(self) -> Outcome<T> {
        self.map_err(|error| Failure::Configuration(error.into()))
    }
}

/// Says what went wrong, if anything did, and gives the exit code.
pub(crate) fn code(outcome: Outcome) -> ExitCode {
    let (error, code) = match outcome {
        Ok(()) | Err(Failure::OutputClosed) => return ExitCode::SUCCESS,
        Err(Failure::No) => return FAILED.into(),
        Err(Failure::Failed(error)) => (error, FAILED),
        Err(Failure::Configuration(error)) => (error, CONFIGURATION),
    };
    // The alternate form is the whole chain of causes on one line.
    output::say(format_args!("{error:#}"));
    code.into()
}
