//! `headcount store backup`: a copy of the database beside a running receiver.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use bytesize::ByteSize;

use crate::args::Backup;
use crate::config::Config;
use crate::exit::{Failure, Outcome};
use crate::{output, store};

/// How often a long copy says how far it is.
const TELL: Duration = Duration::from_secs(5);

/// Copies the database, and the secret where that is wanted: that first, so that no copy is there without it.
pub(super) fn run(Backup { to, with_secret, store }: &Backup) -> Outcome {
    let Config { kept, .. } = Config::load(store, Vec::new())?.config;
    let (reader, _) = store::read(&kept)?;
    for path in [Some(to), with_secret.as_ref()].into_iter().flatten() {
        if path.exists() {
            return Err(Failure::Configuration(anyhow!(
                "expected no file in {} yet, there is one",
                path.display()
            )));
        }
    }
    if let (Some(copy), Some(secret)) = (with_secret, kept.store.secret(kept.secret.as_deref())) {
        copy_secret(&secret, copy).context("expected to copy the secret")?;
        output::say(format_args!("copied the secret into {}", copy.display()));
    }
    let mut told = Instant::now();
    let mut bytes = 0;
    let copied = reader.backup(to, |done, all| {
        bytes = all;
        if told.elapsed() >= TELL {
            told = Instant::now();
            output::say(format_args!("{} of {}", ByteSize::b(done), ByteSize::b(all)));
        }
    });
    copied.map_err(store::failure)?;
    output::print(&format!("copied {} into {}", ByteSize::b(bytes), to.display()))?;
    if with_secret.is_none() {
        output::say("the secret is not in it, and nobody can read it without: keep that, too");
    }
    Ok(())
}

/// For its owner alone, and whole or not at all.
fn copy_secret(secret: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    draft.write_all(&fs::read(secret)?)?;
    draft.as_file().sync_all()?;
    draft.persist_noclobber(to)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}
