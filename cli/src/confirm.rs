//! Asks before something is done that is hard to take back.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::anyhow;

use crate::exit::{Failure, Outcome};
use crate::output;

/// Whether somebody can be asked.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a yes; everything else is a no, and ends the command.
pub(crate) fn confirm(question: &str, yes: bool) -> Outcome {
    if yes {
        return Ok(());
    }
    if !is_possible() {
        return Err(Failure::Failed(anyhow!(
            "expected a terminal to ask on, or --yes, got neither"
        )));
    }
    let mut stderr = io::stderr().lock();
    // Without standard error nobody could see the question, and it is a terminal.
    let _ = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    drop(stderr);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if is_yes(&answer) {
        return Ok(());
    }
    output::say("nothing was changed");
    Err(Failure::No)
}

fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    ["y", "yes"].iter().any(|yes| answer.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Yes\r\n", " YES "].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yess\n", "ja\n", "y n"].into_iter().any(is_yes));
    }
}
