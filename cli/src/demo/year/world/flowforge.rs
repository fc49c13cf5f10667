//! What an instance of FlowForge tells.

use super::{Facts, Reading};

pub(super) fn facts(reading: &Reading<'_>) -> Facts {
    let system = reading.choice(
        "system",
        &[
            (("linux", "5.15.0-94-generic"), 70),
            (("linux", "6.1.0-18-amd64"), 15),
            (("windows", "10.0.19045"), 9),
            (("darwin", "22.6.0"), 6),
        ],
    );
    let drivers = [("localfs", 55), ("docker", 35), ("kubernetes", 10)];
    Facts::new("flowforge/0.2")
        .attribute("service.version", reading.version())
        .attribute("process.runtime.version", node(reading))
        .attribute("os.type", system.0)
        .attribute("os.version", system.1)
        .attribute("host.arch", reading.choice("processor", &[("amd64", 86), ("arm64", 14)]))
        .attribute("flowforge.driver", reading.choice("driver", &drivers))
        .gauge("flowforge.users", reading.grown(4.0, 0.3, 1))
        .gauge("flowforge.teams", reading.grown(1.2, 0.2, 1))
        .gauge("flowforge.projects", reading.grown(5.0, 0.4, 0))
}

/// The version of Node.js.
pub(super) fn node(reading: &Reading<'_>) -> &'static str {
    reading.choice("node", &[("v18.20.4", 45), ("v20.18.1", 40), ("v16.20.2", 10), ("v22.11.0", 5)])
}
