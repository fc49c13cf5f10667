//! `headcount relay`: keep what applications tell, and report it once a day.

mod config;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use headcount_contract::Contract;
use headcount_relay::{Error, Relay};

use crate::args;
use crate::config::Loaded;
use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::log::{self, Format, Unasked};
use crate::{known, output, process, serve};
use config::{RelayConfig, Reported};

/// Parse, build, announce, relay, drain.
pub(crate) fn run(arguments: &args::Relay) -> Outcome {
    let loaded: Loaded<RelayConfig> =
        Loaded::read(arguments.config.as_deref(), arguments.assignments())?;
    if arguments.print_config {
        return output::print(&loaded.annotated());
    }
    let RelayConfig { reported, relay: settings } = loaded.config;
    let (contract, data) = (contract(&reported)?, data(&reported)?);
    let format = reported.log.format;
    log::start_as(format, Unasked::Relaying)?;
    let scheme = serve::scheme(&settings.tls);
    let mut relay = Relay::builder(Arc::clone(&contract), data)
        .settings(settings.clone())
        .show_notice(move |notice| show(format, notice));
    if let Some(upstream) = &reported.upstream {
        relay = relay.upstream(upstream);
    }
    if let Some(authorities) = &reported.upstream_authorities {
        let pem = fs::read(authorities)
            .with_context(|| format!("expected certificates in {}", authorities.display()));
        relay = relay.root_certificates(pem.or_configuration()?);
    }
    process::runtime()?.block_on(async {
        let relay = relay.bind().await.map_err(failure)?;
        let stop = process::stop(format)?;
        announce(format, &relay, (&contract, data), &settings)?;
        serve::announce(format, scheme, relay.addresses());
        relay.run(stop).await.map_err(failure)?;
        format.say("stopped");
        Ok(())
    })
}

/// Says what was decided, what is kept where, and what comes next.
fn announce(
    format: Format,
    relay: &Relay,
    (contract, data): (&Contract, &Path),
    settings: &headcount_relay::Settings,
) -> Outcome {
    let status = relay.status().map_err(failure)?;
    let data = data.display();
    format.say(format_args!("contract {}, reports go to {}", contract.label(), status.destination));
    format.say(format_args!("usage reports: {}", status.decision));
    if status.reporting {
        let held = &settings.held;
        format.say(format_args!(
            "values are held in {data}, on the disk before they are acknowledged: {} and {} instances at most",
            held.bytes, held.instances
        ));
        format.say(format_args!("to see or to stop it: headcount operator preview|decline {data}"));
    } else {
        format.say("values are held in memory only, and nothing is sent");
        format
            .say(format_args!("to decide: headcount operator notice|preview|agree|decline {data}"));
    }
    match relay.next_report() {
        Some(next) => format.say(format_args!("the next report is due {next}")),
        None if status.reporting => format.say("the first report follows what comes first"),
        None => {}
    }
    Ok(())
}

/// Shows the notice, which has lines of its own.
fn show(format: Format, notice: &str) {
    match format {
        Format::Text => output::note(notice),
        Format::Json => format.say(notice),
    }
}

fn contract(reported: &Reported) -> Outcome<Arc<Contract>> {
    let meant = reported
        .contract
        .as_ref()
        .ok_or_else(|| missing("a contract (--contract), such as openfn/2 or a file"))?;
    known::find(&meant.0)
}

fn data(reported: &Reported) -> Outcome<&Path> {
    reported.data.as_deref().ok_or_else(|| missing("a directory (--data) to keep everything in"))
}

fn missing(what: &str) -> Failure {
    Failure::Configuration(anyhow!("expected {what}, got none"))
}

/// The failure that an error of a relay is.
fn failure(error: Error) -> Failure {
    if error.is_configuration() {
        Failure::Configuration(error.into())
    } else {
        Failure::Failed(error.into())
    }
}
