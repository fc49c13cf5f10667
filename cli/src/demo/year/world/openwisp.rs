//! What an instance of OpenWISP tells: its modules, its release, and what it runs on. It has no id.

use super::{Facts, Reading};

/// The modules, and how many of a hundred instances have each.
const MODULES: [(&str, f64); 6] = [
    ("openwisp-controller", 1.0),
    ("openwisp-users", 1.0),
    ("openwisp-monitoring", 0.8),
    ("openwisp-firmware-upgrader", 0.6),
    ("openwisp-network-topology", 0.4),
    ("openwisp-radius", 0.25),
];

pub(super) fn facts(reading: &Reading<'_>) -> Facts {
    let release = reading.release;
    let system = reading.choice(
        "system",
        &[
            (("Debian GNU/Linux 12", "6.1.0-28-amd64"), 45),
            (("Ubuntu 22.04.5 LTS", "5.15.0-126-generic"), 30),
            (("Ubuntu 24.04.1 LTS", "6.8.0-50-generic"), 18),
            (("Debian GNU/Linux 11", "5.10.0-33-amd64"), 7),
        ],
    );
    let method =
        [("docker-openwisp", 55), ("ansible-openwisp2", 38), ("pip", 4), ("unspecified", 3)];
    let mut facts = Facts::new("openwisp/1")
        .attribute(
            "service.version",
            format!("{}.{:02}.{}", release.major, release.minor, release.patch),
        )
        .attribute("os.description", system.0)
        .attribute("os.version", system.1)
        .attribute("host.arch", reading.choice("processor", &[("amd64", 9), ("arm64", 1)]))
        .attribute("openwisp.installation.method", reading.choice("method", &method));
    for (module, share) in MODULES {
        if reading.life.stream.of(module).share() < share {
            let version = format!("1.{}.{}", release.minor, release.patch);
            let attributes =
                [("openwisp.module.name", module), ("openwisp.module.version", &version)];
            facts.point("openwisp.module", &attributes, 1);
        }
    }
    facts
}
