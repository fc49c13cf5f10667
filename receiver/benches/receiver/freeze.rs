//! What it takes to freeze a day, and what that costs those who report meanwhile.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use headcount_receiver::{Location, Reader};

use crate::client::{self, Instances, Load, Outcome};
use crate::cores::Cores;
use crate::fill::{self, APPLICATION};
use crate::process::{Kind, Server};
use crate::reports::{Size, Template};
use crate::table::{Table, millis};

/// Days of which every instance reported: on the first it is new, on the second it is known.
const DAYS: usize = 2;
/// Those who report meanwhile.
const CONNECTIONS: usize = 16;
/// Reports that they send at once, between two looks at what is frozen.
const AT_ONCE: u64 = 2_000;
/// Reports without freezing that are compared with.
const ALONE: u64 = 40_000;
/// How often it is looked what is frozen.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) fn run(cores: &Cores, instances: u64) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let filled = directory.path().join("filled.db");
    eprintln!("  filling a store with {DAYS} days of {instances} instances");
    fill::fill_days(&filled, instances, DAYS);
    let title = format!("Freezing days of {instances} small reports; all share the cores");
    let header = ["meanwhile", "first day", "second day", "memory more", "p99", "p99 without"];
    let mut table = Table::new(title, header);
    for loaded in [false, true] {
        let path = directory.path().join(format!("{loaded}.db"));
        for suffix in ["", ".secret"] {
            let from = format!("{}{suffix}", filled.display());
            fs::copy(from, format!("{}{suffix}", path.display())).expect("room on the disk");
        }
        row(cores, &path, loaded, &mut table);
    }
    table
}

fn row(cores: &Cores, path: &Path, loaded: bool, table: &mut Table) {
    let (reader, _) = Location::Sqlite(path.to_owned()).read(None).expect("a database");
    let server = Server::start(Kind::Sqlite(path), cores.shared().as_deref());
    let begin = server.memory("VmRSS");
    let ingesting = Ingesting::default();
    let mut took = Vec::new();
    let mut outcome = None;
    std::thread::scope(|scope| {
        let clients = loaded.then(|| scope.spawn(|| ingesting.run(&server)));
        took = frozen(&reader);
        ingesting.over.store(true, Ordering::Relaxed);
        outcome = clients.map(|clients| clients.join().expect("clients end"));
    });
    let more = format!("{:.1} MiB", server.memory("VmHWM") - begin);
    let [first, second] = [0, 1].map(|day| format!("{:.1} s", took[day].as_secs_f64()));
    let (what, p99, without) = match outcome {
        None => ("nothing".to_owned(), "–".to_owned(), "–".to_owned()),
        Some(with) => {
            let alone = client::run(ingesting.send(&server, ALONE));
            let [with, without] = [with, alone].map(|outcome| millis(outcome.percentile(99)));
            (format!("{CONNECTIONS} clients report"), with, without)
        }
    };
    server.stop();
    table.row([what, first, second, more, p99, without]);
}

/// How long each day took.
fn frozen(reader: &Reader) -> Vec<Duration> {
    let mut took = Vec::new();
    let mut begin = Instant::now();
    while took.len() < DAYS {
        std::thread::sleep(LOOK);
        let frozen = reader.snapshot(APPLICATION, None).expect("a database that can be read");
        while took.len() < frozen.days.len() {
            took.push(begin.elapsed());
            begin = Instant::now();
        }
    }
    took
}

/// Clients that report until all is frozen.
struct Ingesting {
    over: AtomicBool,
    template: Arc<Template>,
    instances: Arc<Instances>,
}

impl Default for Ingesting {
    fn default() -> Self {
        let template = Arc::new(Template::new(Size::Small));
        Self { over: AtomicBool::new(false), template, instances: Arc::default() }
    }
}

impl Ingesting {
    fn run(&self, server: &Server) -> Outcome {
        let (mut latencies, begin) = (Vec::new(), Instant::now());
        client::run(async {
            while !self.over.load(Ordering::Relaxed) {
                latencies.extend(self.send(server, AT_ONCE).await.latencies);
            }
        });
        latencies.sort_unstable();
        Outcome { latencies, elapsed: begin.elapsed() }
    }

    async fn send(&self, server: &Server, requests: u64) -> Outcome {
        let load = Load { connections: CONNECTIONS, requests };
        client::send(server.address, &self.template, &self.instances, load).await
    }
}
