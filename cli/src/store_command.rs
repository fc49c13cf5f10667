//! `headcount store …`: what is held, for the person who runs the receiver.

mod erase;
mod show;
mod whose;

use crate::args::StoreCommand;
use crate::exit::Outcome;

/// Does what was asked for.
pub(crate) fn run(command: StoreCommand) -> Outcome {
    match command {
        StoreCommand::Show(arguments) => show::run(arguments),
        StoreCommand::Erase(arguments) => erase::run(arguments),
    }
}
