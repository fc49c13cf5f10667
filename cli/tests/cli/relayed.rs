//! A relay in the process of the test: `headcount operator` is another one.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use headcount::contract::{Collected, Contract};
use headcount::{Asked, Exporter, ExporterBuilder};
use headcount_contract::{Ids, Observation, Scalar};
use headcount_proto::Number;

use crate::operating::BOOKSHELF;

/// Two instances, by their labels, with their ids as they travel and their readers.
pub(crate) const FIRST: (&str, &str, i64) =
    ("1f", "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f", 3);
pub(crate) const SECOND: (&str, &str, i64) =
    ("2e", "2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e", 4);

/// A running relay. It ends when this is dropped.
pub(crate) struct Relay {
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Starts one, behind which these instances are.
    pub(crate) fn start(data: &Path, endpoint: &str, instances: &[(&str, &str, i64)]) -> Self {
        let exporters = built(data, endpoint, instances);
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        let thread = thread::spawn(move || {
            let mut next = SystemTime::UNIX_EPOCH;
            while !stop.load(Ordering::Relaxed) {
                let now = SystemTime::now();
                let asked = exporters.iter().fold(false, |asked, one| one.answer() | asked);
                if asked || now >= next {
                    next = now + Duration::from_secs(1);
                    turn(&exporters);
                }
                thread::sleep(Duration::from_millis(5));
            }
        });
        Self { stopped, thread: Some(thread) }
    }

    /// Runs one until everything that is due is done, and ends it.
    pub(crate) fn once(data: &Path, endpoint: &str, instances: &[(&str, &str, i64)]) {
        turn(&built(data, endpoint, instances));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let ended = self.thread.take().expect("it is taken here only").join();
        if !thread::panicking() {
            ended.expect("no panic");
        }
    }
}

fn turn(exporters: &[Exporter]) {
    for exporter in exporters {
        exporter.run_due(SystemTime::now()).expect("a turn");
    }
}

/// The exporter that decides, and those of the instances.
pub(crate) fn built(data: &Path, endpoint: &str, instances: &[(&str, &str, i64)]) -> Vec<Exporter> {
    let leader = builder(data, endpoint).decides_only().recorded(telling(0)).build();
    let leader = leader.expect("everything is right");
    let follower = |(label, id, readers): &(&str, &str, i64)| {
        let builder = builder(&data.join("instances").join(label), endpoint).follows(&leader);
        let builder = builder.recorded(telling(*readers));
        let builder = if id.is_empty() { builder } else { builder.traveling_id(*id) };
        builder.build().expect("everything is right")
    };
    let followers: Vec<_> = instances.iter().map(follower).collect();
    [leader].into_iter().chain(followers).collect()
}

fn builder(data: &Path, endpoint: &str) -> ExporterBuilder {
    let contract = Contract::parse("bookshelf.yaml", BOOKSHELF).expect("a contract");
    let builder = Exporter::builder(contract, data).endpoint(endpoint);
    builder.environment(|_| None).show_notice(|_| {})
}

/// Always tells so many readers.
fn telling(readers: i64) -> impl Fn(&Asked) -> Result<Option<Collected>, Infallible> + Send + Sync {
    move |_| Ok(Some(collected(readers)))
}

fn collected(readers: i64) -> Collected {
    let point = Observation {
        metric: "bookshelf.readers".to_owned(),
        attributes: Vec::new(),
        value: Number::Int(readers),
    };
    let resource = vec![("service.version".to_owned(), Scalar::from("1.4.0"))];
    Collected { resource, points: vec![point], ids: Ids::Held }
}
