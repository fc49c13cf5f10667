//! Resident memory, idle and under load.

use std::sync::Arc;

use crate::client::{self, Instances};
use crate::cores::Cores;
use crate::reports::{Size, Template};
use crate::servers::{Kind, Server};
use crate::table::Table;

pub(crate) fn run(cores: &Cores) -> Table {
    let mut table = Table::new(
        "Resident memory, after four rounds of the load",
        ["server", "load", "before", "at most", "after"],
    );
    for (name, size) in [("small requests", Size::Small), ("big requests", Size::Big)] {
        for kind in Kind::ALL {
            let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
            let server = Server::start(kind, directory.path(), cores.shared().as_deref());
            let (template, instances) =
                (Arc::new(Template::new(size)), Arc::<Instances>::default());
            let idle = server.process.memory("VmRSS");
            let load = size.load();
            for _ in 0..4 {
                client::run(client::send(server.address, &template, &instances, load));
            }
            let memory = [idle, server.process.memory("VmHWM"), server.process.memory("VmRSS")];
            server.stop(4 * load.requests * size.points());
            let [idle, most, after] = memory.map(|mebibytes| format!("{mebibytes:.1} MiB"));
            table.row([kind.name().to_owned(), name.to_owned(), idle, most, after]);
        }
    }
    table
}
