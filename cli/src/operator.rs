//! `headcount operator …`: what the person who runs an instance sees and decides, by its data directory.

mod decide;
mod diff;
mod erase;
mod export;
mod held;
mod history;
mod preview;
mod rights;
mod send;
mod status;
mod whom;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use headcount::{Error, Exporter};

use crate::args::operator::{Asked, Operator, Place};
use crate::exit::{Failure, Outcome};
use crate::{known, output};

/// Does what was asked for.
pub(crate) fn run(command: Operator) -> Outcome {
    match command {
        Operator::Status(arguments) => status::run(&arguments),
        Operator::Notice(place) => output::print(&open(&place)?.notice().map_err(failure)?),
        Operator::Preview(arguments) => preview::run(&arguments),
        Operator::Diff(place) => diff::run(&open(&place)?),
        Operator::Agree(arguments) => decide::agree(&arguments),
        Operator::Decline(asked) => decide::decline(&asked),
        Operator::History(arguments) => history::run(&arguments),
        Operator::Send(asked) => send::run(&asked),
        Operator::Held(arguments) => held::run(&arguments),
        Operator::Erase(arguments) => erase::erase(&arguments),
        Operator::Export(arguments) => export::run(&arguments),
        Operator::Renew(arguments) => erase::renew(&arguments),
    }
}

/// Opens the data directory; with a contract that the person names, also one in which nothing ran yet.
fn open(place: &Place) -> Outcome<Exporter> {
    let directory = &place.directory;
    rights::check(directory)?;
    let opened = match &place.contract {
        Some(meant) => Exporter::builder(known::find(meant)?, directory).open(),
        None => Exporter::open(directory),
    };
    opened.map_err(failure)
}

/// The same, where the running application will be asked.
fn open_to_ask(asked: &Asked) -> Outcome<Exporter> {
    Ok(open(&asked.place)?.patience(Duration::from_secs(asked.wait)))
}

/// Says, to a person who may wonder, why nothing happens for a while.
fn say_that_it_asks(asked: &Asked) {
    if asked.wait > 0 && io::stderr().is_terminal() {
        let seconds = asked.wait;
        output::say(format_args!("asking the running application, for at most {seconds} s …"));
    }
}

/// Whether to go on without an answer: where nobody answers, and where nobody can be asked, as in a directory that
/// is read-only. The latter is told.
fn unless_unanswered(error: Error) -> Outcome {
    if error.is_storage() {
        output::say(error);
        return Ok(());
    }
    if error.is_unanswered() { Ok(()) } else { Err(failure(error)) }
}

/// The failure that an error of the exporter is.
fn failure(error: Error) -> Failure {
    if error.is_configuration() {
        Failure::Configuration(error.into())
    } else {
        Failure::Failed(error.into())
    }
}
