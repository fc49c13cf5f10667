//! `headcount store check`: whether everything that is stored is whole.

use anyhow::anyhow;
use headcount_receiver::{Damage, remove_damaged};

use crate::args::StoreCheck;
use crate::config::Config;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::{output, store};

/// Damages that are removed at once; where there are more, the command is to be run again.
const MOST: usize = 100_000;

/// Prints each damage, and removes it where that is wanted.
pub(super) fn run(StoreCheck { remove_damaged: remove, store }: &StoreCheck) -> Outcome {
    let Config { kept, .. } = Config::load(store, Vec::new())?.config;
    let path = store::existing(&kept.store)?;
    let (reader, keys) = store::read(&kept)?;
    let mut output = Output::take();
    let (mut damages, mut written) = (Vec::new(), Ok(()));
    let checked = reader.check(|damage| {
        if written.is_ok() {
            written = output.line(&damage);
        }
        if damages.len() < MOST {
            damages.push(damage);
        }
    });
    written?;
    output.end()?;
    let checked = checked.map_err(store::failure)?;
    let reports = plural(checked.reports, "report");
    if checked.damaged == 0 {
        output::say(format_args!("{reports}, all whole"));
        return Ok(());
    }
    output::say(format_args!("{reports}, {} found", plural(checked.damaged, "damage")));
    if !*remove {
        return Err(Failure::No);
    }
    let removed = remove_damaged(path, &keys, &damages).map_err(store::failure)?;
    output::say(format_args!("removed {}", plural(removed, "damaged report")));
    if damages.iter().any(|damage| matches!(damage, Damage::Structure(_))) {
        return Err(anyhow!(
            "expected the file's structure to be whole, got the damage above: restore a backup"
        )
        .into());
    }
    if checked.damaged > MOST as u64 {
        return Err(
            anyhow!("expected at most {MOST} damages at once, got more: run it again").into()
        );
    }
    Ok(())
}

fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
