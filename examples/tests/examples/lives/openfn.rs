//! OpenFn reports the finished day each night, from its database. Nights on which the receiver or the
//! application itself is down are made up for.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use headcount::{Date, Day, Exporter, ExporterBuilder, Turn};

use super::{Machine, at, closed, date, told, told_by_all, turn};
use crate::receiver::Receiver;

fn openfn(machine: &Machine, receiver: SocketAddr) -> ExporterBuilder {
    machine
        .application("openfn/2", &format!("http://{receiver}"))
        .attribute("service.version", "v2.4.2:match:f1bd9ae")
        .attribute("os.type", "linux")
        .report_for(figures)
}

/// Stands for queries: the runs of a day are known by their dates, however long ago it was.
#[expect(clippy::unnecessary_wraps, reason = "a query can fail")]
fn figures(date: Date, day: &mut Day) -> Result<(), Infallible> {
    let project = [("openfn.project.id", "cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01")];
    let workflow = [project[0], ("openfn.workflow.id", "71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11")];
    day.set("openfn.users", [], 137);
    day.set("openfn.users.active", [], 70);
    day.set("openfn.project.users", project, 6);
    day.set("openfn.project.users.active", project, 6);
    day.set("openfn.workflow.jobs", workflow, 1);
    day.set("openfn.workflow.runs", workflow, i64::from(date.day()));
    day.set("openfn.workflow.steps", workflow, 6);
    day.set("openfn.workflow.jobs.active", workflow, 1);
    Ok(())
}

fn night(exporter: &Exporter, day: i64) -> Turn {
    turn(exporter, at(day, 1, 30))
}

#[test]
fn it_makes_up_for_the_nights_on_which_something_was_down() {
    let (machine, address) = (Machine::new(), closed());
    let exporter = openfn(&machine, address).build().expect("a whole configuration");
    // The first day is not over, so there is nothing to tell; the operator reads what will be.
    assert_eq!(turn(&exporter, at(-12, 12, 0)).made, 0);
    assert_eq!(machine.notices(), 1);

    // For three nights the receiver is down. What was made waits.
    for day in [-11, -10, -9] {
        let night = night(&exporter, day);
        assert_eq!((night.made, night.sent.len()), (1, 0));
        assert!(night.waits.is_some_and(|outcome| outcome.to_string().contains("connect")));
    }
    assert_eq!(exporter.status().expect("a directory to read").waiting, 3);

    // Then it is up, and gets what waited, oldest first.
    let receiver = Receiver::start_at(address);
    let backlog = night(&exporter, -8);
    assert_eq!((backlog.made, backlog.sent.len()), (1, 4));
    assert!(backlog.sent.is_sorted_by_key(|sent| sent.date));
    assert!(backlog.sent.iter().all(|sent| sent.receipt_matches == Some(true)));
    drop(exporter);

    // Four days later somebody starts the application again. Its database knows
    // the days that are missing.
    let exporter = openfn(&machine, address).build().expect("a whole configuration");
    assert_eq!(night(&exporter, -4).made, 0, "it waits for half a minute after its start");
    let missed = turn(&exporter, at(-4, 1, 31));
    let dates: Vec<_> = missed.sent.iter().map(|sent| sent.date.to_string()).collect();
    assert_eq!(dates, [-8, -7, -6, -5].map(date));
    assert_eq!(machine.notices(), 1, "shown once");

    let reports = receiver.reports("openfn");
    let days = [-12, -11, -10, -9, -8, -7, -6, -5].map(date);
    assert_eq!(told_by_all(&reports, "report_date"), days);
    for report in reports {
        let day = told(&report, "report_date").trim_matches('"')[8..].to_owned();
        let runs = day.trim_start_matches('0');
        assert!(report.to_string().contains(&format!(r#""no_of_runs":{runs},"#)), "{report}");
    }
}

#[test]
fn its_variable_stops_everything() {
    let (machine, receiver) = (Machine::new(), Receiver::start());
    let off = |name: &str| (name == "USAGE_TRACKING_ENABLED").then(|| "false".to_owned());
    let exporter = openfn(&machine, receiver.address()).environment(off);
    let exporter = exporter.build().expect("a whole configuration");
    for day in -12..0 {
        assert_eq!(night(&exporter, day).made, 0);
    }
    assert_eq!(machine.notices(), 0);
    assert!(!machine.keeps(""), "not even a directory is made");
    assert_eq!(receiver.counts().answered, 0);
}

#[test]
fn days_on_which_its_variable_said_no_are_never_told() {
    let (machine, receiver) = (Machine::new(), Receiver::start());
    let run = |days: RangeInclusive<i64>, variable: &'static str| {
        let look_up =
            move |name: &str| (name == "USAGE_TRACKING_ENABLED").then(|| variable.to_owned());
        let exporter = openfn(&machine, receiver.address()).environment(look_up);
        let exporter = exporter.build().expect("a whole configuration");
        for day in days {
            turn(&exporter, at(day, 0, 15));
            night(&exporter, day);
        }
    };
    run(-12..=-10, "true");
    run(-9..=-7, "false");
    run(-6..=-4, "true");
    // The night of day -9 would have told of day -10.
    let dates = told_by_all(&receiver.reports("openfn"), "report_date");
    assert_eq!(dates, [-12, -11, -6, -5].map(date));
}
