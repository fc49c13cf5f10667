//! Several processes of one service share its data directory, and are killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_proto::otlp::any_value::Value;
use prost::Message as _;

use crate::server::{Captured, Server, http_ok};
use crate::service::{builder_in, consenting, data_directory, record};

const TEST: &str = "processes::of_eight_that_are_killed_each_day_is_reported_once";
/// Set in a child: the day, the receiver, the data directory.
const TASK: &str = "HEADCOUNT_TEST_PROCESS";
const DAY: u64 = 24 * 60 * 60;
const PROCESSES: u64 = 8;
const DAYS: u64 = 6;
/// When a process takes its turns, in seconds of the day: it starts with it, and the report's
/// minute comes.
const TURNS: [u64; 6] = [30, DAY / 2, DAY - 3_600, DAY - 1_800, DAY - 600, DAY - 300];

/// A second of a UTC day, counted from today.
fn moment(day: u64, second: u64) -> SystemTime {
    let since = SystemTime::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs();
    SystemTime::UNIX_EPOCH + Duration::from_secs((since / DAY + day) * DAY + second)
}

/// The turns of one process. Says so before each.
fn take_turns(task: &str) {
    let mut parts = task.splitn(3, ' ');
    let mut part = || parts.next().expect("a task of three parts");
    let (day, url, directory) = (part().parse().expect("a day"), part(), part());
    let service = builder_in(directory, url).build().expect("a whole configuration");
    record(&service);
    for second in TURNS {
        std::io::stderr().write_all(b"turn\n").expect("the parent listens");
        service.run_due(moment(day, second)).expect("a directory to write");
    }
}

/// Starts a process, and kills it at one of its turns, or after the last.
fn run_and_kill(day: u64, slot: u64, url: &str, directory: &Path) {
    let mut command = Command::new(env::current_exe().expect("a running program has a file"));
    command.args(["--exact", TEST, "--nocapture"]);
    command.env(TASK, format!("{day} {url} {}", directory.display()));
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a child starts");
    let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    // Numbers without an order that follow from the slot.
    let mixed = (day * PROCESSES + slot + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let turns = usize::try_from(1 + mixed % 6).expect("few");
    let said: Vec<String> = stderr.lines().map_while(Result::ok).take(turns).collect();
    // Somewhere in the turn.
    for _ in 0..mixed % 1_024 * 64 {
        std::hint::spin_loop();
    }
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    assert!(said.iter().all(|line| line == "turn"), "{said:?}");
}

fn report_id(captured: &Captured) -> String {
    let request = ExportMetricsServiceRequest::decode(&*captured.body).expect("an OTLP request");
    let resource = request.resource_metrics[0].resource.as_ref().expect("a resource");
    let id = resource.attributes.iter().find(|one| one.key == "headcount.report.id");
    match id.and_then(|id| id.value.as_ref()?.value.clone()) {
        Some(Value::StringValue(id)) => id,
        other => panic!("expected a report's id, got {other:?}"),
    }
}

#[test]
fn of_eight_that_are_killed_each_day_is_reported_once() {
    if let Ok(task) = env::var(TASK) {
        return take_turns(&task);
    }
    let server = Server::start(http_ok);
    let directory = data_directory();
    let service = consenting(builder_in(&directory, &server.url("")));
    let mut made_here = 0;
    for day in 1..=DAYS {
        thread::scope(|scope| {
            for slot in 0..PROCESSES {
                let (url, directory) = (server.url(""), &directory);
                scope.spawn(move || run_and_kill(day, slot, &url, directory));
            }
        });
        let turn = service.run_due(moment(day, DAY - 1)).expect("every lock is free");
        assert!(turn.failed.is_none() && turn.waits.is_none(), "{turn:?}");
        made_here += turn.made;
    }

    let mut days = BTreeMap::<_, BTreeSet<String>>::new();
    for sent in service.history().expect("a history") {
        days.entry(sent.date).or_default().insert(sent.report_id);
    }
    // The first turn is the start; each day after it tells of the day before.
    assert_eq!(days.len() as u64, DAYS - 1, "{days:?}");
    assert!(made_here < days.len(), "the processes make reports before they are killed");
    assert!(days.values().all(|ids| ids.len() == 1), "one report each: {days:?}");
    // A process that was killed after sending leaves the report to be sent again: the receiver
    // knows it by its id.
    let kept: BTreeSet<String> = days.into_values().flatten().collect();
    let came: BTreeSet<String> = server.requests().iter().map(report_id).collect();
    assert_eq!(came, kept);
    assert_eq!(service.status().expect("a directory to read").waiting, 0);
}
