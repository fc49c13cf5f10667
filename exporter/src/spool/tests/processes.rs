//! Several processes on one directory, killed at any moment.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::*;

const PROCESSES: u64 = 8;
const KILLS: u64 = 6;
/// Far more than any of them waits for the others.
const PATIENCE: Duration = Duration::from_mins(2);

/// Numbers that follow from a seed (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// What the processes said of the reports, by their ids.
#[derive(Default)]
struct Said {
    put: BTreeSet<String>,
    sent: BTreeSet<String>,
}

#[test]
fn nothing_is_lost_or_torn_by_eight_processes_that_are_killed() {
    const NAME: &str = "processes::nothing_is_lost_or_torn_by_eight_processes_that_are_killed";
    if let Some(task) = child::task() {
        return put_and_send(&task);
    }
    let (_folder, directory, spool) = spool();
    let path = directory.path().to_str().expect("a path of our own").to_owned();
    let threads = (0..PROCESSES).map(|slot| {
        let path = path.clone();
        thread::spawn(move || {
            let mut said = Said::default();
            for kill in 0..KILLS {
                let seed = 1 + slot * KILLS + kill;
                let lines = 1 + Random(seed).next() % 8;
                listen_and_kill(NAME, &format!("{seed} {path}"), lines, &mut said);
            }
            said
        })
    });
    let threads: Vec<_> = threads.collect();
    let mut all = Said::default();
    for thread in threads {
        let Said { put, sent } = thread.join().expect("no panic");
        all.put.extend(put);
        all.sent.extend(sent);
    }

    assert!(all.put.len() > 40 && all.sent.len() > 20, "{} {}", all.put.len(), all.sent.len());
    let _lock = directory.lock(Duration::ZERO).expect("no error").expect("it is free");
    let reading = spool.entries(&[contract("One")]).expect("read");
    assert_eq!((reading.left, &reading.set_aside), (0, &Vec::new()));
    let waiting: BTreeSet<String> = ids(&reading).into_iter().map(str::to_owned).collect();
    assert_eq!(waiting.len(), reading.spooled.len(), "none twice");
    let lost: Vec<_> = all.put.difference(&all.sent).filter(|id| !waiting.contains(*id)).collect();
    assert_eq!(lost, Vec::<&String>::new());
    let files = std::fs::read_dir(directory.path_of("spool")).expect("a folder").count();
    assert_eq!(files, waiting.len(), "nothing unfinished is left");
    assert!(!directory.path_of("damaged").exists());
}

/// Runs a child, hears so many lines, kills it at once, and hears what it had said until then.
fn listen_and_kill(test: &str, task: &str, lines: u64, said: &mut Said) {
    let mut command = child::command(test, task);
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a child starts");
    let stderr = child.stderr.take().expect("it is piped");
    for (heard, line) in (1..).zip(BufReader::new(stderr).lines()) {
        let line = line.expect("a line");
        match line.split_once(' ') {
            Some(("put", id)) => said.put.insert(id.to_owned()),
            Some(("sent", id)) => said.sent.insert(id.to_owned()),
            _ => panic!("the child says: {line}"),
        };
        if heard == lines {
            child.kill().expect("it runs until it is killed");
        }
    }
    child.wait().expect("it ended");
}

/// The child's part: for ever, under the lock, puts a report, or sends the oldest and then removes it.
fn put_and_send(task: &str) {
    let (seed, path) = task.split_once(' ').expect("a seed and a path");
    let mut random = Random(seed.parse().expect("a number"));
    let directory = Directory::at(path);
    let spool = Spool::new(&directory);
    let contracts = [contract("One")];
    loop {
        let lock = directory.lock(PATIENCE).expect("no error").expect("others are quick");
        if random.next().is_multiple_of(2) {
            let projects = usize::try_from(random.next() % 64).expect("few");
            let report = report_of(&contracts[0], random.next().to_be_bytes(), projects);
            spool.put(&report, after(0)).expect("put");
            child::say(&format!("put {}", report.report_id()));
        } else {
            let reading = spool.next(&contracts).expect("read");
            assert_eq!((reading.left, &reading.set_aside), (0, &Vec::new()));
            for spooled in reading.spooled {
                child::say(&format!("sent {}", spooled.head.report_id));
                spool.remove(&spooled.head.report_id).expect("removed");
            }
        }
        drop(lock);
    }
}
