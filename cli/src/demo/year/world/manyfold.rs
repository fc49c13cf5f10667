//! What an instance of Manyfold tells: its release, and what it runs on.

use super::{Facts, Reading};

pub(super) fn facts(reading: &Reading<'_>) -> Facts {
    let release = reading.release;
    let facts = Facts::new("manyfold/0.90")
        .attribute("service.version", format!("v{}", reading.version()))
        // A commit of its own for each release.
        .attribute("vcs.ref.head.revision", format!("{:07x}{:033x}", release.minor, release.patch))
        .attribute(
            "manyfold.platform",
            reading.choice(
                "platform",
                &[
                    ("x86_64-linux-musl", 62),
                    ("aarch64-linux-musl", 21),
                    ("x86_64-linux", 12),
                    ("aarch64-linux", 4),
                    ("arm-linux-musleabihf", 1),
                ],
            ),
        );
    let image = reading.choice(
        "image",
        &[
            (Some("ghcr.io/manyfold3d/manyfold"), 64),
            (Some("ghcr.io/manyfold3d/manyfold-solo"), 22),
            (Some("lscr.io/linuxserver/manyfold"), 8),
            // Built by hand, so there is no image to tell of.
            (None, 6),
        ],
    );
    match image {
        Some(image) => facts.attribute("container.image.name", image),
        None => facts,
    }
}
