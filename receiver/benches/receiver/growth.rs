//! What the rows that are stored already cost an ingest, a start and memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::{self, Instances, Load};
use crate::cores::Cores;
use crate::fill::fill;
use crate::process::{Kind, Server};
use crate::reports::{Size, Template};
use crate::table::{Table, median, micros};

const ROUNDS: usize = 15;
/// Few clients, so that the time of a request is that of the ingest, and not that of those before it.
const LOAD: Load = Load { connections: 4, requests: 2_000 };

/// A server over a store of so many rows.
struct Grown {
    rows: u64,
    server: Server,
    start: Duration,
    cpu: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

pub(crate) fn run(cores: &Cores, rows: &[u64]) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let core = cores.apart();
    let start = |&rows: &u64| {
        let path = directory.path().join(format!("{rows}.db"));
        eprintln!("  filling a store with {rows} rows");
        fill(&path, rows);
        let begin = Instant::now();
        let server = Server::start(Kind::Sqlite(&path), core);
        let start = begin.elapsed();
        Grown { rows, server, start, cpu: Vec::new(), p50: Vec::new(), p99: Vec::new() }
    };
    let mut grown: Vec<_> = rows.iter().map(start).collect();
    let (template, instances) = (Arc::new(Template::new(Size::Small)), Arc::default());
    for round in 0..ROUNDS {
        for one in &mut grown {
            one.take(&template, &instances);
        }
        eprintln!("  round {} of {ROUNDS}", round + 1);
    }
    tabulate(grown)
}

impl Grown {
    fn take(&mut self, template: &Arc<Template>, instances: &Arc<Instances>) {
        let before = self.server.cpu();
        let outcome = client::run(client::send(self.server.address, template, instances, LOAD));
        let requests = u32::try_from(LOAD.requests).expect("a few thousand");
        self.cpu.push(micros(self.server.cpu().saturating_sub(before) / requests));
        self.p50.push(micros(outcome.percentile(50)));
        self.p99.push(micros(outcome.percentile(99)));
    }
}

fn tabulate(grown: Vec<Grown>) -> Table {
    let title =
        format!("Small reports into SQLite that holds rows already, {} clients", LOAD.connections);
    let header = ["rows", "start", "CPU a request", "p50", "p99", "p99 to the first", "memory"];
    let mut table = Table::new(title, header);
    let first = grown.first().map_or(1.0, |one| median(one.p99.clone()));
    for one in grown {
        let memory = format!("{:.1} MiB", one.server.memory("VmHWM"));
        one.server.stop();
        let p99 = median(one.p99);
        table.row([
            one.rows.to_string(),
            format!("{:.0} ms", one.start.as_secs_f64() * 1e3),
            format!("{:.0} µs", median(one.cpu)),
            format!("{:.0} µs", median(one.p50)),
            format!("{p99:.0} µs"),
            format!("{:.2}", p99 / first),
            memory,
        ]);
    }
    table
}
