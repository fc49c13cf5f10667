//! `headcount operator erase` and `renew`.

use super::{failure, open, open_to_ask, send};
use crate::args::operator::{Erase, Renew};
use crate::confirm::confirm;
use crate::exit::{Failure, Outcome};
use crate::output;

/// Has everything erased that the receiver holds about the instance.
pub(super) fn erase(Erase { asked, yes }: &Erase) -> Outcome {
    let exporter = open_to_ask(asked)?;
    let destination = exporter.status().map_err(failure)?.destination;
    let question = format!(
        "Have everything erased that {destination} holds about this instance, and forget the history?"
    );
    confirm(&question, *yes)?;
    exporter.erase().map_err(failure)?;
    output::say("the reports of the history are forgotten, and the receiver is asked to erase");
    if send::deliver(&exporter)? { Ok(()) } else { Err(Failure::No) }
}

/// Begins as a new instance.
pub(super) fn renew(Renew { place, yes }: &Renew) -> Outcome {
    let exporter = open(place)?;
    confirm("Begin as a new instance? A receiver counts the old one and the new one.", *yes)?;
    exporter.renew().map_err(failure)?;
    output::say("the next report makes a new id");
    Ok(())
}
