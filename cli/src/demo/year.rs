//! `headcount demo --year`: a year of many instances through all of it, for a person to look at what comes out.

mod calendar;
mod frozen;
mod instance;
mod making;
mod post;
mod progress;
mod shown;
mod told;
mod world;

use std::sync::Arc;
use std::time::Instant;

use headcount_receiver::{Keys, Location, Memory, Settings};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use super::page::Page;
use super::receiver::{Receiver, database_in};
use crate::args::{Address, Year};
use crate::exit::Outcome;
use crate::log::Format;
use crate::process;
use calendar::Calendar;
use frozen::Freezing;
use instance::Exporters;
use making::Made;
use post::Lines;
use progress::Progress;
use told::Summary;
use world::{APPLICATIONS, Application, Plan, Population};

/// Connections over which reports come: those of a few relays.
const LINES: usize = 4;

/// Makes a world, lives through it, and shows the page.
pub(super) fn run(arguments: &Year) -> Outcome {
    let plan = plan(arguments);
    let populations = populations(&arguments.contract, plan);
    let names: Vec<_> = populations.iter().map(|one| one.application.name).collect();
    let runtime = process::runtime()?;
    let page = &mut Page::new();
    told::title(page, &names, plan)?;

    let interrupted = runtime.block_on(async { process::interrupted() })?;
    let calendar = Calendar::at(plan.date(0));
    let receiver = receiver(arguments, &names, &runtime, &calendar)?;
    let tidying = runtime.spawn(receiver.gone_after(interrupted));
    told::receiver(page, &receiver, arguments.memory)?;

    let summary = runtime.block_on(live(plan, populations, &receiver, &calendar))?;
    shown::wait(&receiver.url(), &names, plan.last)?;
    told::summary(page, &summary)?;
    told::pages(page, &receiver, &names)?;
    if !arguments.no_wait {
        let stop = runtime.block_on(async { process::stop(Format::Text) })?;
        tidying.abort();
        told::open(page)?;
        runtime.block_on(stop);
    }
    Ok(receiver.stop(&runtime)?)
}

/// A receiver that goes by the calendar.
fn receiver(
    arguments: &Year,
    names: &[&str],
    runtime: &Runtime,
    calendar: &Calendar,
) -> Outcome<Receiver> {
    // What is shown depends on it in small things: with another secret there would be another year.
    let secret = [arguments.seed.to_le_bytes(); 4].concat().try_into();
    let secret = secret.expect("four times eight bytes");
    Receiver::start_by(runtime, settings(arguments, names), calendar.clock(), |folder| {
        if arguments.memory {
            return Ok((Arc::new(Memory::new()), Keys::of(&secret)));
        }
        let location = Location::Sqlite(database_in(folder));
        if let Some(path) = location.secret(None) {
            Keys::keep(&path, &secret)?;
        }
        location.open()
    })
}

fn plan(arguments: &Year) -> Plan {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let &Year { seed, instances, days, .. } = arguments;
    // Of the days before, all is frozen.
    Plan { seed, instances, days, last: two_before(today) }
}

fn two_before(today: Date) -> Date {
    today.saturating_sub(jiff::Span::new().days(2))
}

/// Those that are asked for, each once.
fn populations(names: &[String], plan: Plan) -> Vec<Population> {
    let usual = ["openfn".to_owned(), "manyfold".to_owned()];
    let names = if names.is_empty() { &usual } else { names };
    let all = names.iter().any(|name| name == "all");
    let asked = |one: &&Application| all || names.iter().any(|name| name == one.name);
    APPLICATIONS.iter().filter(asked).map(|one| Population::new(one, plan)).collect()
}

/// Those of `headcount serve`, but for whoever comes from this machine there are no limits: all instances do.
fn settings(arguments: &Year, names: &[&str]) -> Settings {
    let Address(listen) = arguments.listen;
    let mut settings = Settings { listen: vec![listen], ..Settings::default() };
    let loopback = ["127.0.0.0/8", "::1/128"].map(|net| net.parse().expect("a network"));
    settings.admission.unlimited = loopback.to_vec();
    if let [only] = names {
        settings.publish.root = Some((*only).to_owned());
    }
    settings
}

/// Lives through every day: what is due is made and sent, then the day is over.
async fn live(
    plan: Plan,
    populations: Vec<Population>,
    receiver: &Receiver,
    calendar: &Calendar,
) -> Outcome<Summary> {
    let started = Instant::now();
    let reports = populations.iter().map(Population::reports).sum();
    let progress = Progress::begin(reports);
    let names: Vec<_> = populations.iter().map(|one| one.application.name).collect();
    let mut freezing = Freezing::of(&names, receiver.store.clone(), calendar.clock());
    let nowhere = receiver.data_directory("instances");
    let exporters = Exporters::new(nowhere, receiver.url());
    let mut days = making::begin(populations, exporters, plan.days)?;
    let mut lines = Lines::open(receiver.address, LINES).await?;
    let mut summary = Summary::default();
    while let Some(made) = days.recv().await {
        let Made { on: day, reports, requests } = made?;
        calendar.turn_to(plan.date(day));
        summary.reports += reports;
        summary.requests += requests.len();
        lines.post(requests).await?;
        freezing.freeze().await?;
        progress.step(plan.date(day), reports);
    }
    calendar.follow_the_clock();
    freezing.freeze().await?;
    progress.end();
    summary.took = started.elapsed();
    (summary.frozen, summary.freezing) = (freezing.days().await?, freezing.took);
    Ok(summary)
}

#[cfg(test)]
mod tests;
