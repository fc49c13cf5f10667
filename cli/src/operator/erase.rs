//! `headcount operator erase` and `renew`.

use headcount::Exporter;

use super::whom::Whom;
use super::{failure, open, send};
use crate::args::operator::{Erase, Renew};
use crate::confirm::confirm;
use crate::exit::{Failure, Outcome};
use crate::output;

/// The label of the instance that a relay reports for those that have no id.
const OWN: &str = "own";

/// Has everything erased that the receiver holds about the instance.
pub(super) fn erase(Erase { asked, which, yes }: &Erase) -> Outcome {
    let whom = Whom::asked(asked, which)?;
    let destination = whom.named.status().map_err(failure)?.destination;
    let whose = match whom.exporters().len() {
        1 => "this instance".to_owned(),
        several => format!("{several} instances"),
    };
    let question = format!(
        "Have everything erased that {destination} holds about {whose}, and forget the history?"
    );
    confirm(&question, *yes)?;
    whom.each(erase_one)
}

fn erase_one(exporter: &Exporter) -> Outcome {
    exporter.erase().map_err(failure)?;
    output::say("the reports of the history are forgotten, and the receiver is asked to erase");
    if send::deliver(exporter)? { Ok(()) } else { Err(Failure::No) }
}

/// Begins as a new instance.
pub(super) fn renew(Renew { place, which, yes }: &Renew) -> Outcome {
    let mut exporter = open(place)?;
    if exporter.leads() {
        // The others have the ids of their applications.
        let label = which.instance.as_deref().unwrap_or(OWN);
        exporter = exporter.instance_at(label).map_err(failure)?;
    }
    confirm("Begin as a new instance? A receiver counts the old one and the new one.", *yes)?;
    exporter.renew().map_err(failure)?;
    output::say("the next report makes a new id");
    Ok(())
}
