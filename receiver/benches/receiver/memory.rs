//! Resident memory, idle and under load.

use std::path::Path;
use std::sync::Arc;

use crate::client::{self, Instances, Load};
use crate::cores::Cores;
use crate::process::{Kind, Server};
use crate::reports::{Size, Template};
use crate::table::Table;

pub(crate) fn run(cores: &Cores) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let mut table = Table::new(
        "Resident memory of the receiver with SQLite",
        ["load", "before", "at most", "after"],
    );
    let loads = [
        ("small reports, 64 clients", Size::Small, Load { connections: 64, requests: 100_000 }),
        ("big reports, 16 clients", Size::Big, Load { connections: 16, requests: 1_000 }),
        ("big reports, 64 clients", Size::Big, Load { connections: 64, requests: 2_000 }),
    ];
    for (name, size, load) in loads {
        let path = directory.path().join(format!("{name}.db"));
        row(cores, &path, (name, size, load), &mut table);
    }
    table
}

fn row(cores: &Cores, path: &Path, (name, size, load): (&str, Size, Load), table: &mut Table) {
    let server = Server::start(Kind::Sqlite(path), cores.shared().as_deref());
    let template = Arc::new(Template::new(size));
    let idle = server.memory("VmRSS");
    let instances = Arc::<Instances>::default();
    client::run(client::send(server.address, &template, &instances, load));
    let memory = [idle, server.memory("VmHWM"), server.memory("VmRSS")];
    let accepted = server.stop().accepted;
    assert_eq!(accepted, load.requests * template.points, "every point is kept");
    let [idle, most, after] = memory.map(|mebibytes| format!("{mebibytes:.1} MiB"));
    table.row([name.to_owned(), idle, most, after]);
}
