//! `headcount serve`: receive reports and keep them.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_contract::Library;
use headcount_receiver::settings::Tls;
use headcount_receiver::{Durability, Receiver, Settings, Store};

use crate::args::Serve;
use crate::config::{Config, Kept};
use crate::exit::Outcome;
use crate::log::{self, Format, Unasked};
use crate::{forward, known, output, process, store, token};

/// Parse, build, announce, serve, drain.
pub(crate) fn run(arguments: Serve) -> Outcome {
    let loaded = Config::load(&arguments.store, arguments.assignments())?;
    if arguments.print_config {
        return output::print(&loaded.annotated());
    }
    let config = loaded.config;
    let contracts = [config.kept.contracts.clone(), arguments.contracts].concat();
    let library = Arc::new(known::library(&contracts)?);
    log::start_as(config.kept.log.format, Unasked::Warnings)?;
    process::runtime()?.block_on(serve(config, library))
}

async fn serve(config: Config, library: Arc<Library>) -> Outcome {
    let Config { kept: Kept { store: location, secret, log, .. }, receiver: settings } = config;
    let scheme = scheme(&settings.tls);
    let (warning, quota) = (exposed(&settings), settings.admission.store_bytes);
    let (headers, forwards) = (forward::headers(&settings.forward)?, settings.forward.clone());
    let (of_figures, pushes) =
        (forward::headers_of_figures(&settings.push)?, settings.push.clone());
    let token = token::of_operator(&settings.operator, &location, log.format)?;
    let (store, keys) = location.open_with(secret.as_deref()).map_err(store::failure)?;
    let receiver = Receiver::bind(settings, Arc::clone(&library), keys, Arc::clone(&store)).await;
    let mut receiver = receiver.map_err(store::failure)?;
    receiver = receiver.forwarding(headers).await.map_err(store::failure)?;
    receiver = receiver.pushing(of_figures).map_err(store::failure)?;
    if let Some(token) = token {
        receiver = receiver.operated_by(token).await.map_err(store::failure)?;
    }
    let stop = process::stop(log.format)?;
    log.format.say(format_args!("contracts {}", library.labels().join(", ")));
    log.format.say(format_args!("store {location}: {}", promise(&*store)));
    log.format.say(format_args!("the store may take {quota}: admission.store_bytes"));
    log.format.say(format_args!("reports are kept {}", kept(&library)));
    if let Some(address) = receiver.operator_address() {
        log.format.say(format_args!("operator's interface on http://{address}"));
    } else {
        log.format.say("operator's interface: off, --operator-listen turns it on");
    }
    forward::announce(&forwards, log.format);
    forward::announce_figures(&pushes, log.format);
    if let Some(warning) = warning {
        log.format.say(warning);
    }
    announce(log.format, scheme, receiver.addresses());
    receiver.run(stop).await;
    log.format.say("stopped");
    Ok(())
}

/// Says where it listens.
pub(crate) fn announce(format: Format, scheme: &str, addresses: &[std::net::SocketAddr]) {
    for address in addresses {
        format.say(format_args!("listening on {scheme}://{address} (OTLP/gRPC and OTLP/HTTP)"));
    }
}

/// What the URL of a receiver with these settings begins with.
pub(crate) fn scheme(tls: &Tls) -> &'static str {
    if tls.certificate.is_some() { "https" } else { "http" }
}

/// A warning where whoever is on the way can read along, and nobody has said that a proxy encrypts.
fn exposed(settings: &Settings) -> Option<String> {
    let encrypted = settings.tls.certificate.is_some() || !settings.proxies.trusted.is_empty();
    let open = settings.listen.iter().find(|address| !address.ip().is_loopback())?;
    (!encrypted).then(|| {
        format!(
            "warning: {open} is not the loopback and speaks without TLS: give it a certificate \
             (--tls-certificate, --tls-key), or name the proxy that encrypts (proxies.trusted)"
        )
    })
}

/// How long reports are kept, for people: the same for many contracts.
fn kept(library: &Library) -> String {
    let mut labels = BTreeMap::<_, Vec<String>>::new();
    for contract in library.iter() {
        labels.entry(contract.intake().keep_reports_days).or_default().push(contract.label());
    }
    let kept = labels.iter().map(|(days, labels)| {
        let labels = labels.join(", ");
        match days {
            Some(days) => format!("{days} days ({labels})"),
            None => format!("for ever ({labels})"),
        }
    });
    kept.collect::<Vec<_>>().join(", ")
}

/// How durable the store is, for people.
fn promise(store: &dyn Store) -> &'static str {
    match store.durability() {
        Durability::Volatile => "volatile, every report is forgotten when this process ends",
        Durability::Flushed => "durable, a report is on the disk before it is acknowledged",
    }
}
