//! `headcount serve`: receive reports and keep them.

use std::path::PathBuf;
use std::sync::Arc;

use headcount_contract::Library;
use headcount_receiver::{Durability, Location, Receiver, Settings, Store};

use crate::args::{Address, Serve};
use crate::config::Config;
use crate::exit::Outcome;
use crate::log::{self, Unasked};
use crate::{known, output, process, store};

/// Parse, build, announce, serve, drain.
pub(crate) fn run(arguments: Serve) -> Outcome {
    let plan = Plan::new(arguments)?;
    let library = Arc::new(known::library(&plan.contracts)?);
    log::start(Unasked::Warnings)?;
    process::runtime()?.block_on(serve(plan, library))
}

async fn serve(plan: Plan, library: Arc<Library>) -> Outcome {
    let (store, keys) = plan.store.open().map_err(store::failure)?;
    let receiver =
        Receiver::bind(plan.settings, Arc::clone(&library), keys, Arc::clone(&store)).await;
    let receiver = receiver.map_err(store::failure)?;
    let stop = process::stop()?;
    output::say(format_args!("contracts {}", library.labels().join(", ")));
    output::say(format_args!("store {}: {}", plan.store, promise(&*store)));
    announce(receiver.addresses());
    receiver.run(stop).await;
    output::say("stopped");
    Ok(())
}

/// Says where it listens.
pub(crate) fn announce(addresses: &[std::net::SocketAddr]) {
    for address in addresses {
        output::say(format_args!("listening on http://{address} (OTLP/gRPC and OTLP/HTTP)"));
    }
}

/// How durable the store is, for people.
fn promise(store: &dyn Store) -> &'static str {
    match store.durability() {
        Durability::Volatile => "volatile, every report is forgotten when this process ends",
        Durability::Flushed => "durable, a report is on the disk before it is acknowledged",
    }
}

/// What the configuration file and the flags come to.
struct Plan {
    settings: Settings,
    store: Location,
    contracts: Vec<PathBuf>,
}

impl Plan {
    fn new(arguments: Serve) -> Outcome<Self> {
        let Serve { listen, store, contracts } = arguments;
        let config = Config::load(store.config.as_deref())?;
        Ok(Self {
            settings: settings(if listen.is_empty() { config.listen } else { listen }),
            store: store.store.or(config.store).unwrap_or_else(store::default),
            contracts: [config.contracts, contracts].concat(),
        })
    }
}

/// The settings with these addresses, if there are any, in the place of the default ones.
pub(crate) fn settings(listen: Vec<Address>) -> Settings {
    let mut settings = Settings::default();
    if !listen.is_empty() {
        settings.listen = listen.into_iter().map(|Address(address)| address).collect();
    }
    settings
}
