//! `headcount contract …`: work on usage contracts.

mod check;
mod collector;
mod diff;
mod grafana;
mod list;
mod show;
mod weaver;

use headcount_contract::NoticeFacts;

use crate::args::{Contract, Notice};
use crate::exit::Outcome;
use crate::known;
use crate::output::print;

/// Does what was asked for.
pub(crate) fn run(command: Contract) -> Outcome {
    match command {
        Contract::Check { files } => check::run(&files),
        Contract::List => list::run(),
        Contract::Show(named) => show::run(&named.contract),
        Contract::Schema(named) => print(&known::find(&named.contract)?.json_schema().pretty()),
        Contract::Docs(named) => print(&known::find(&named.contract)?.documentation()),
        Contract::Notice(notice) => print_notice(&notice),
        Contract::Example(named) => print(&known::find(&named.contract)?.example().pretty()),
        Contract::Collector(collector) => collector::run(collector),
        Contract::Grafana(named) => grafana::run(&named.contract),
        Contract::Weaver(weaver) => weaver::run(&weaver),
        Contract::Diff { old, new } => diff::run(&old, &new),
    }
}

fn print_notice(Notice { named, destination }: &Notice) -> Outcome {
    let contract = known::find(&named.contract)?;
    let known = destination.as_deref().or(contract.intake().endpoint.as_deref());
    // A stand-in, so that the notice can be read before there is a receiver.
    let destination = known.unwrap_or("https://usage.example.org");
    print(&contract.notice(&NoticeFacts { destination, ..NoticeFacts::default() }))
}
