//! `headcount operator agree` and `decline`.

use headcount::Exporter;
use headcount_contract::{Contract, OnWithdrawal};

use super::whom::Whom;
use super::{failure, open, open_to_ask, send};
use crate::args::operator::{Agree, Asked, Which};
use crate::confirm::{confirm, is_possible};
use crate::exit::Outcome;
use crate::output;

/// Agrees, after the notice was read.
pub(super) fn agree(Agree { place, level, yes }: &Agree) -> Outcome {
    let exporter = open(place)?;
    let (label, level) = (exporter.contract().label(), level.0);
    if !yes && is_possible() {
        output::print(&exporter.notice().map_err(failure)?)?;
    }
    confirm(&format!("Agree to reports of {label} up to level {}?", level.as_str()), *yes)?;
    exporter.agree(level).map_err(failure)?;
    output::say(format_args!("agreed to reports of {label} up to level {}", level.as_str()));
    let status = exporter.status().map_err(failure)?;
    if let Some(switch) = status.declined_by {
        output::say(format_args!("nothing is sent all the same: {switch}"));
    }
    output::say(if exporter.leads() {
        "a running relay goes by it at once"
    } else {
        "a running application goes by it within the hour, or at once with `send`"
    });
    Ok(())
}

/// Declines, and lets out at once what the contract says of a withdrawal.
pub(super) fn decline(asked: &Asked) -> Outcome {
    let exporter = open_to_ask(asked)?;
    let before = exporter.status().map_err(failure)?;
    let behind = Whom::asked(asked, &Which { instance: None })?;
    exporter.decline().map_err(failure)?;
    output::say(format_args!(
        "declined: no report of {} is made or sent any more, and what waited was removed",
        exporter.contract().label()
    ));
    if exporter.leads() {
        let told = if behind.are_there() { behind.each(withdraw) } else { Ok(()) };
        // A relay that runs does it itself.
        headcount_relay::forget_held(&asked.place.directory)?;
        return told;
    }
    // A variable in this command's environment may hide that the application reported.
    if before.reporting || before.last.is_some() {
        for line in consequences(exporter.contract(), false) {
            output::say(line);
        }
    }
    // The decision stands, whether or not the receiver can be reached now.
    send::deliver(&exporter).map(|_| ())
}

/// Does for an instance what the contract says of a withdrawal, which was decided for all of them.
fn withdraw(exporter: &Exporter) -> Outcome {
    exporter.decline().map_err(failure)?;
    consequences(exporter.contract(), true).iter().for_each(output::say);
    send::deliver(exporter).map(|_| ())
}

/// What the contract says of a withdrawal. Behind a relay the ids are those of the applications.
fn consequences(contract: &Contract, relayed: bool) -> Vec<&'static str> {
    let consent = contract.consent();
    let announced = "the withdrawal is told once, without an id";
    let erased = "the receiver is asked to erase what it holds";
    let deleted = "the receiver is asked to erase what it holds, and the instance's id is deleted";
    let kept = "the instance keeps its id; `erase` asks the receiver to erase what it holds";
    let of_the_id = match consent.on_withdrawal {
        _ if contract.identity() == headcount_contract::Identity::None => None,
        OnWithdrawal::DeleteId if relayed => Some(erased),
        OnWithdrawal::DeleteId => Some(deleted),
        OnWithdrawal::KeepId => Some(kept),
    };
    consent.announce.then_some(announced).into_iter().chain(of_the_id).collect()
}
