//! `headcount send`: what `headcount operator export` wrote, from a machine that has a network.

use std::fs;

use anyhow::{Context as _, anyhow};
use headcount::Outcome as Answer;

use crate::args::Send;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::{known, output};

/// Sends every report, and prints what became of it.
pub(crate) fn run(Send { file, endpoint, contracts }: &Send) -> Outcome {
    let library = known::library(contracts)?;
    let contracts: Vec<_> = library.iter().cloned().collect();
    let expected = || format!("expected a bundle in {}", file.display());
    let text = fs::read_to_string(file).with_context(expected)?;
    let reports = text.lines().filter(|line| !line.trim().is_empty()).count();
    let (mut tried, mut delivered) = (0, 0);
    let mut printed = Ok(());
    let mut tell = |report: &str, outcome: &Answer| {
        tried += 1;
        delivered += usize::from(matches!(outcome, Answer::Delivered { .. }));
        if printed.is_ok() {
            printed = line(&format!("{report}: {outcome}"));
        }
    };
    let sent = headcount::send_bundle(&text, &contracts, endpoint, &mut tell);
    sent.map_err(|error| {
        if error.is_configuration() {
            Failure::Configuration(error.into())
        } else {
            Failure::Failed(anyhow!("{}: {error}", file.display()))
        }
    })?;
    printed?;
    if tried < reports {
        let rest = reports - tried;
        output::say(format_args!("{rest} more were not tried; what is sent twice counts once"));
    }
    if delivered == reports { Ok(()) } else { Err(Failure::No) }
}

/// Each outcome at once: sending may take long.
fn line(text: &str) -> Outcome {
    let mut output = Output::take();
    output.line(text)?;
    output.end()
}
