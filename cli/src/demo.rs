//! `headcount demo`: the main job, from gauges to stored reports, for a person to watch.

mod application;
mod check;
mod flowforge;
mod flowfuse;
mod layout;
mod manyfold;
mod openfn;
mod openwisp;
mod page;
mod receiver;
mod scenes;
mod wire;
mod year;

use std::time::{Instant, SystemTime};

use anyhow::anyhow;

use crate::args::Demo;
use crate::exit::Outcome;
use crate::log::Format;
use crate::process;
use page::Page;
use receiver::Receiver;

/// Plays the scenes in their order. It fails where a single report is not right.
pub(crate) fn run(arguments: &Demo) -> Outcome {
    if arguments.year {
        return year::run(&arguments.of_year);
    }
    let started = Instant::now();
    let runtime = process::runtime()?;
    let page = &mut Page::new();
    scenes::title(page)?;

    let interrupted = runtime.block_on(async { process::interrupted() })?;
    let receiver = Receiver::start(&runtime)?;
    let tidying = runtime.spawn(receiver.gone_after(interrupted));
    scenes::receiver(page, &receiver)?;

    let applications = receiver.applications()?;
    scenes::applications(page, &applications)?;

    // The moment that every report is made for: previews are compared with what arrives.
    let now = SystemTime::now();
    scenes::operator(page, &receiver, now)?;

    let sent = scenes::reporting(page, &applications, now)?;

    let wrong = scenes::stored(page, &receiver, &sent)?;
    scenes::summary(page, sent.len(), wrong, started.elapsed())?;

    if arguments.keep {
        let stop = runtime.block_on(async { process::stop(Format::Text) })?;
        tidying.abort();
        scenes::kept(page, &receiver)?;
        runtime.block_on(stop);
        receiver.stop(&runtime)?;
    } else {
        receiver.stop(&runtime)?;
        scenes::further(page)?;
    }
    match wrong {
        0 => Ok(()),
        wrong => Err(anyhow!("expected every report to be right, got {wrong} that are not").into()),
    }
}
