//! Durable reports in a second, and how long a client waits for each.

use std::path::Path;
use std::sync::Arc;

use crate::client::{self, Instances, Load};
use crate::cores::Cores;
use crate::process::{Kind, Server};
use crate::reports::{Size, Template};
use crate::table::{Table, millis};

const ROUNDS: usize = 5;

pub(crate) fn run(cores: &Cores) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let path = directory.path().join("reports.db");
    let mut table = Table::new(
        "Small reports into SQLite, flushed; server and clients share the cores",
        ["clients", "reports a second", "p50", "p99"],
    );
    let instances = Arc::default();
    row(cores, &path, &instances, Load { connections: 64, requests: 30_000 }, &mut table);
    row(cores, &path, &instances, Load { connections: 1, requests: 1_000 }, &mut table);
    table
}

/// The round with the median throughput.
fn row(cores: &Cores, path: &Path, instances: &Arc<Instances>, load: Load, table: &mut Table) {
    let server = Server::start(Kind::Sqlite(path), cores.shared().as_deref());
    let template = Arc::new(Template::new(Size::Small));
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| client::run(client::send(server.address, &template, instances, load)))
        .collect();
    rounds.sort_by(|one, other| one.per_second().total_cmp(&other.per_second()));
    let middle = &rounds[ROUNDS / 2];
    let sent = load.requests * ROUNDS as u64 * template.points;
    assert_eq!(server.stop().accepted, sent, "every point is kept");
    let [p50, p99] = [50, 99].map(|percent| millis(middle.percentile(percent)));
    table.row([load.connections.to_string(), format!("{:.0}", middle.per_second()), p50, p99]);
}
