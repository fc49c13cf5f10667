//! CPU for a request.

use std::sync::Arc;

use crate::client::{self, Instances, Load};
use crate::cores::Cores;
use crate::reports::{Size, Template};
use crate::servers::{Kind, Server};
use crate::table::{Table, median, micros};

/// How often the servers take turns.
const ROUNDS: usize = 7;

/// A server, and what it took for a request in each round.
struct Measured {
    kind: Kind,
    server: Server,
    sent: u64,
    micros: Vec<f64>,
}

pub(crate) fn run(cores: &Cores, size: Size) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let core = cores.apart();
    let mut servers = Kind::ALL.map(|kind| {
        let directory = directory.path().join(kind.name());
        std::fs::create_dir(&directory).expect("a directory of ours");
        Measured {
            kind,
            server: Server::start(kind, &directory, core),
            sent: 0,
            micros: Vec::new(),
        }
    });
    let (template, instances) = (Arc::new(Template::new(size)), Arc::default());
    let load = size.load();
    let warm_up = Load { requests: load.requests / 4, ..load };
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
        let before = self.server.process.cpu();
        client::run(client::send(self.server.address, template, instances, load));
        self.sent += load.requests;
        let requests = u32::try_from(load.requests).expect("a few thousand");
        let used = micros(self.server.process.cpu().saturating_sub(before) / requests);
        eprintln!("  {}: {used:.1} µs", self.kind.name());
        used
    }
}

fn tabulate(servers: [Measured; 3], size: Size, template: &Template) -> Table {
    let (bytes, points) = (template.bytes(), size.points());
    let title = format!("CPU of the server for a request of {points} points, {bytes} bytes");
    let mut table = Table::new(title, ["server", "CPU a request", "relay to it"]);
    let ours = servers[2].micros.clone();
    for Measured { kind, server, sent, micros } in servers {
        server.stop(points * sent);
        let ratios = ours.iter().zip(&micros).map(|(ours, theirs)| ours / theirs).collect();
        let ratio = format!("{:.2}", median(ratios));
        table.row([kind.name().to_owned(), format!("{:.1} µs", median(micros)), ratio]);
    }
    table
}
