//! `headcount inspect`: what a receiver would make of what comes, without keeping it.

use std::collections::BTreeSet;
use std::sync::Arc;

use headcount_contract::{Erasure, Library};
use headcount_receiver::{Answer, Inspected, InspectedReport, Inspector, Settings};

use crate::args::{Address, Inspect};
use crate::exit::{Failure, Outcome};
use crate::log::{self, Format, Unasked};
use crate::output::Output;
use crate::{known, output, process, serve, store};

/// Shows every request, as long as somebody looks.
pub(crate) fn run(arguments: Inspect) -> Outcome {
    let library = Arc::new(known::library(&arguments.contracts)?);
    log::start(Unasked::Refusals)?;
    process::runtime()?.block_on(inspect(arguments, library))
}

async fn inspect(arguments: Inspect, library: Arc<Library>) -> Outcome {
    let (gone, nobody_looks) = tokio::sync::mpsc::channel(1);
    let show = move |inspected: Inspected| {
        if let Err(failure) = print(&inspected) {
            // Where the channel is full, the end is on its way.
            let _ = gone.try_send(failure);
        }
    };
    let settings = settings(arguments.listen);
    let inspector =
        Inspector::bind(settings, Arc::clone(&library), show).await.map_err(store::failure)?;
    let stop = process::stop(Format::Text)?;
    output::say(format_args!("contracts {}", library.labels().join(", ")));
    output::say("nothing is stored; Ctrl-C ends this");
    serve::announce(Format::Text, "http", inspector.addresses());
    run_until(inspector, stop, nobody_looks).await
}

/// The default settings, with these addresses if there are any.
fn settings(listen: Vec<Address>) -> Settings {
    let mut settings = Settings::default();
    if !listen.is_empty() {
        settings.listen = listen.into_iter().map(|Address(address)| address).collect();
    }
    settings
}

/// Serves until it is told to stop, or until nobody can see any more what comes.
async fn run_until(
    inspector: Inspector,
    stop: impl Future<Output = ()>,
    mut nobody_looks: tokio::sync::mpsc::Receiver<Failure>,
) -> Outcome {
    let mut failure = None;
    let end = async {
        tokio::select! {
            () = stop => {}
            cause = nobody_looks.recv() => failure = cause,
        }
    };
    inspector.run(end).await;
    failure.map_or(Ok(()), Err)
}

fn print(inspected: &Inspected) -> Outcome {
    let mut output = Output::take();
    for report in &inspected.reports {
        for line in heading(report) {
            output.line(format_args!("# {line}"))?;
        }
        output.line(report.report.pretty())?;
    }
    for erasure in &inspected.erasures {
        let Erasure { contract, date, .. } = erasure;
        output.line(format_args!("# {contract} for {date}: an instance asks to be erased"))?;
    }
    output.line(format_args!("# {}", verdict(&inspected.answer)))?;
    let stripped = &inspected.stripped;
    let kinds = [
        ("rejected metrics that the contract does not list", &stripped.metrics),
        ("stripped resource attributes", &stripped.resource_attributes),
        ("stripped data point attributes", &stripped.point_attributes),
    ];
    for (kind, names) in kinds {
        if !names.is_empty() {
            output.line(format_args!("# {kind}: {}", escaped(names)))?;
        }
    }
    output.line("")?;
    output.end()
}

fn heading(report: &InspectedReport) -> Vec<String> {
    let key = &report.key;
    let mut lines = vec![format!("{}/{} for {}", key.contract, key.version, key.date)];
    lines.extend(report.incomplete.as_ref().map(ToString::to_string));
    lines
}

fn verdict(answer: &Answer) -> String {
    let Answer { sent, rejected, duplicate, first, .. } = answer;
    let accepted = answer.accepted();
    let points = if *sent == 1 { "data point" } else { "data points" };
    let mut text =
        format!("{sent} {points}: {accepted} accepted, {duplicate} duplicate, {rejected} rejected");
    if let Some(first) = first {
        text = format!("{text}; the first: {first}");
    }
    text
}

/// The names, so that none of them can steer a terminal.
fn escaped(names: &BTreeSet<String>) -> String {
    let names = names.iter().map(|name| name.escape_debug().to_string());
    names.collect::<Vec<_>>().join(", ")
}
