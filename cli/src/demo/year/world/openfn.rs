//! What an instance of OpenFn tells: people, and their projects with workflows that run. From release 2.16 on it
//! tells more, by another contract.

use jiff::civil::Date;

use super::facts::count;
use super::life::is_weekend;
use super::stream::Stream;
use super::{Facts, Reading};

/// The first minor release with the newer report.
const NEWER: u32 = 16;
const PROJECT: &str = "openfn.project.id";
const WORKFLOW: &str = "openfn.workflow.id";

pub(super) fn facts(reading: &Reading<'_>) -> Facts {
    let newer = reading.release.minor >= NEWER;
    let users = reading.grown(7.0, 0.5, 1);
    let busy = 0.35 + 0.5 * reading.life.stream.of("busy").share();
    let mut facts = Facts::new(if newer { "openfn/3" } else { "openfn/2" })
        .attribute("service.version", version(reading))
        .attribute(
            "os.type",
            reading.choice("system", &[("linux", 91), ("darwin", 5), ("windows", 4)]),
        )
        .gauge("openfn.users", users)
        .gauge("openfn.users.active", part(users, busy));
    if newer {
        facts = facts.gauge("openfn.users.active.monthly", part(users, 0.7 * busy));
    }
    let projects = reading.grown(1.6, 0.6, 1).min(8);
    for project in 0..projects {
        let stream = reading.life.stream.of("project").at(project.cast_signed());
        add_project(&mut facts, reading, stream, part(users, 0.2 + 0.6 * stream.share()));
    }
    facts
}

fn add_project(facts: &mut Facts, reading: &Reading<'_>, stream: Stream, users: u64) {
    let id = stream.of("id").uuid();
    let at = [(PROJECT, id.as_str())];
    facts.point("openfn.project.users", &at, users);
    facts.point("openfn.project.users.active", &at, part(users, 0.7));
    if reading.release.minor >= NEWER {
        facts.point("openfn.project.users.active.monthly", &at, part(users, 0.5));
    }
    let grown = 1.5 * stream.of("workflows").size(0.7);
    let workflows = count(grown * (1.0 + 0.5 * reading.life.years(reading.day))).min(8);
    for workflow in 0..workflows {
        let stream = stream.of("workflow").at(workflow.cast_signed());
        let workflow = stream.of("id").uuid();
        let at = [(PROJECT, id.as_str()), (WORKFLOW, workflow.as_str())];
        let jobs = 1 + stream.of("jobs").numbers().u64(0..6);
        let runs = runs(reading, stream);
        facts.point("openfn.workflow.jobs", &at, jobs);
        facts.point("openfn.workflow.runs", &at, runs);
        facts.point("openfn.workflow.steps", &at, runs * jobs.div_ceil(2));
        facts.point("openfn.workflow.jobs.active", &at, jobs.min(runs));
    }
}

/// Runs of a workflow within the day: fewer at weekends and on holidays, and never the same.
fn runs(reading: &Reading<'_>, stream: Stream) -> u64 {
    let usual = 18.0 * stream.of("runs").size(1.0);
    let today = stream.of("today").at(reading.day.into());
    count(usual * liveliness(reading.date) * (0.75 + 0.5 * today.share()))
}

fn liveliness(date: Date) -> f64 {
    let holidays = match (date.month(), date.day()) {
        (12, 23..) | (1, ..3) => 0.5,
        (7 | 8, _) => 0.85,
        _ => 1.0,
    };
    holidays * if is_weekend(date) { 0.45 } else { 1.0 }
}

/// The release, whether its image is the published one, and its commit.
fn version(reading: &Reading<'_>) -> String {
    let version = format!("v{}", reading.version());
    match reading.choice("image", &[("match", 93), ("edge", 4), ("other", 3)]) {
        "match" => {
            let commit = 0x51a_0000 + reading.release.minor * 0x0101 + reading.release.patch;
            format!("{version}:match:{commit:07x}")
        }
        image => format!("{version}:{image}:sanitised"),
    }
}

fn part(all: u64, share: f64) -> u64 {
    let all = u32::try_from(all).unwrap_or(u32::MAX);
    count(f64::from(all) * share)
}
