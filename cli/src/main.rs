//! The binary `headcount`.

mod args;
mod config;
mod confirm;
mod contract;
mod demo;
mod exit;
mod forward;
mod inspect;
mod known;
mod log;
mod operator;
mod output;
mod process;
mod relay;
mod reports;
mod send;
mod serve;
mod stats;
mod store;
mod store_command;
mod token;

use std::process::ExitCode;

use args::{Arguments, Command};
use exit::Outcome;

fn main() -> ExitCode {
    exit::code(run(Arguments::read().command))
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Relay(arguments) => relay::run(&arguments),
        Command::Reports(arguments) => reports::run(arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Store(command) => store_command::run(command),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Send(arguments) => send::run(&arguments),
        Command::Contract(arguments) => contract::run(arguments),
        Command::Operator(arguments) => operator::run(arguments),
    }
}
