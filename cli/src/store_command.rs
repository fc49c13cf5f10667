//! `headcount store …`: what is held, for the person who runs the receiver.

mod backup;
mod check;
mod erase;
mod import;
mod show;
mod stats;
mod whose;

use crate::args::StoreCommand;
use crate::exit::Outcome;

/// Does what was asked for.
pub(crate) fn run(command: StoreCommand) -> Outcome {
    match command {
        StoreCommand::Show(arguments) => show::run(arguments),
        StoreCommand::Erase(arguments) => erase::run(arguments),
        StoreCommand::Check(arguments) => check::run(&arguments),
        StoreCommand::Stats(arguments) => stats::run(arguments),
        StoreCommand::Backup(arguments) => backup::run(&arguments),
        StoreCommand::Import(arguments) => import::run(arguments),
    }
}
