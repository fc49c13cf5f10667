//! What an instance of FlowFuse tells. From release 2.15 on it tells more, by another contract, and with a licence it has
//! more to tell of.

use super::flowforge::node;
use super::{Facts, Reading};

/// The first minor release with the newer report.
const NEWER: u32 = 15;

pub(super) fn facts(reading: &Reading<'_>) -> Facts {
    let newer = reading.release.minor >= NEWER;
    let licence = reading.choice("licence", &[("CE", 80), ("EE", 20)]);
    let mut facts = usual(reading, if newer { "flowfuse/2.15" } else { "flowfuse/1.5" })
        .attribute("flowfuse.license.type", licence);
    let licensed = licence == "EE";
    if licensed {
        facts = facts.gauge("flowfuse.library.entries.shared", reading.grown(3.0, 0.6, 0));
    }
    if newer {
        let devices = devices(reading);
        facts = facts
            .gauge("flowfuse.project.suspended", reading.grown(0.4, 0.2, 0))
            .gauge("flowfuse.device.never_seen", devices / 9)
            .gauge("flowfuse.device.seen_last_day", devices * 7 / 10);
    }
    if newer && licensed {
        facts = facts
            .gauge("flowfuse.blueprints", reading.grown(2.0, 0.4, 0))
            .gauge("flowfuse.team_broker.clients", reading.grown(4.0, 0.8, 0))
            .gauge("flowfuse.remote_brokers", reading.grown(0.7, 0.3, 0));
    }
    facts
}

/// What every instance tells, whichever its release and its licence.
fn usual(reading: &Reading<'_>, contract: &'static str) -> Facts {
    let system = reading.choice(
        "system",
        &[
            (("linux", "5.15.0-126-generic"), 60),
            (("linux", "6.8.0-50-generic"), 26),
            (("windows", "10.0.20348"), 8),
            (("darwin", "23.6.0"), 6),
        ],
    );
    let drivers = [("docker", 45), ("localfs", 30), ("kubernetes", 25)];
    let switches = |what| reading.choice(what, &[(1, 3), (0, 1)]);
    Facts::new(contract)
        .attribute("service.version", reading.version())
        .attribute("process.runtime.version", node(reading))
        .attribute("os.type", system.0)
        .attribute("os.version", system.1)
        .attribute("host.arch", reading.choice("processor", &[("amd64", 84), ("arm64", 16)]))
        .attribute("flowfuse.driver", reading.choice("driver", &drivers))
        .gauge("flowfuse.users", reading.grown(5.0, 0.4, 1))
        .gauge("flowfuse.teams", reading.grown(1.5, 0.3, 1))
        .gauge("flowfuse.projects", reading.grown(7.0, 0.5, 0))
        .gauge("flowfuse.devices", devices(reading))
        .gauge("flowfuse.project.snapshots", reading.grown(14.0, 1.5, 0))
        .gauge("flowfuse.project.templates", reading.grown(1.5, 0.2, 1))
        .gauge("flowfuse.project.stacks", reading.grown(2.0, 0.6, 1))
        .gauge("flowfuse.library.entries", reading.grown(1.0, 0.8, 0))
        .gauge("flowfuse.broker.enabled", switches("broker"))
        .gauge("flowfuse.file_store.enabled", switches("file store"))
        .gauge("flowfuse.email.enabled", switches("email"))
}

fn devices(reading: &Reading<'_>) -> u64 {
    reading.grown(9.0, 0.9, 0)
}
