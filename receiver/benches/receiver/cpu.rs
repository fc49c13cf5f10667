//! CPU for a request: ours beside the bare server.

use std::sync::Arc;

use crate::client::{self, Instances, Load};
use crate::cores::Cores;
use crate::process::{Kind, Server};
use crate::reports::{Size, Template};
use crate::table::{Table, median, micros};

/// How often the servers take turns.
const ROUNDS: usize = 7;

/// A server, and what it took for a request in each round.
struct Measured {
    name: &'static str,
    server: Server,
    sent: u64,
    micros: Vec<f64>,
}

pub(crate) fn run(cores: &Cores, size: Size) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let path = directory.path().join("reports.db");
    let core = cores.apart();
    let kinds = [
        ("tonic and prost, dropped", Kind::Bare),
        ("headcount, memory", Kind::Memory),
        ("headcount, SQLite, flushed", Kind::Sqlite(&path)),
    ];
    let mut servers = kinds.map(|(name, kind)| {
        let server = Server::start(kind, core);
        Measured { name, server, sent: 0, micros: Vec::new() }
    });
    let (template, instances) = (Arc::new(Template::new(size)), Arc::default());
    let load = match size {
        Size::Small => Load { connections: 64, requests: 40_000 },
        Size::Big => Load { connections: 8, requests: 600 },
    };
    let warm_up = Load { requests: load.requests / 10, ..load };
    for measured in &mut servers {
        measured.take(&template, &instances, warm_up);
    }
    for _ in 0..ROUNDS {
        for measured in &mut servers {
            let used = measured.take(&template, &instances, load);
            measured.micros.push(used);
        }
    }
    tabulate(servers, size, &template)
}

impl Measured {
    /// Takes a load, and gives the CPU for a request of it.
    fn take(&mut self, template: &Arc<Template>, instances: &Arc<Instances>, load: Load) -> f64 {
        let before = self.server.cpu();
        client::run(client::send(self.server.address, template, instances, load));
        self.sent += load.requests;
        let requests = u32::try_from(load.requests).expect("a few thousand");
        let used = micros(self.server.cpu().saturating_sub(before) / requests);
        eprintln!("  {}: {used:.1} µs", self.name);
        used
    }

    /// Ends the server, which must have kept every point that was sent.
    fn end(self, points: u64) -> (&'static str, Vec<f64>) {
        let served = self.server.stop();
        assert_eq!(served.answered, self.sent, "{}", self.name);
        let kept = if served.accepted == 0 { 0 } else { points * self.sent };
        assert_eq!(served.accepted, kept, "{}", self.name);
        (self.name, self.micros)
    }
}

fn tabulate(servers: [Measured; 3], size: Size, template: &Template) -> Table {
    let (bytes, points) = (template.bytes(), size.points());
    let title = format!("CPU of the server for a report of {points} points, {bytes} bytes");
    let mut table = Table::new(title, ["server", "CPU a request", "to bare"]);
    let measured = servers.map(|measured| measured.end(points));
    let bare = measured[0].1.clone();
    for (name, micros) in measured {
        let ratios = micros.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
        let ratio = median(ratios);
        table.row([name.to_owned(), format!("{:.1} µs", median(micros)), format!("{ratio:.2}")]);
    }
    table
}
