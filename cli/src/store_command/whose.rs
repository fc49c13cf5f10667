//! The instance that is meant, and the store that may hold something about it.

use std::io::stdin;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use headcount_contract::Library;
use headcount_proto::instances::Instance;
use headcount_proto::instances::instance::Id;
use headcount_receiver::{Clock, Instances, Location, Refusal, Store};

use crate::args::Whose;
use crate::config::Config;
use crate::exit::{Failure, Outcome};
use crate::{known, store};

/// An open store, and whom it is asked about.
pub(super) struct Asked {
    pub(super) instances: Instances,
    pub(super) instance: Instance,
    library: Arc<Library>,
    store: Arc<dyn Store>,
}

impl Asked {
    /// Opens the store of the configuration. Nothing is made where nothing is.
    pub(super) fn open(whose: Whose) -> Outcome<Self> {
        let Whose { contract, id, store, contracts } = whose;
        let Config { kept, .. } = Config::load(&store, Vec::new())?;
        let library = Arc::new(known::library(&[kept.contracts, contracts].concat())?);
        let location = there(kept.store)?;
        let instance = Instance { contract, id: Some(Id::Raw(read(id)?)) };
        let (store, keys) = location.open_with(kept.secret.as_deref()).map_err(store::failure)?;
        let clock = Clock::system();
        let instances = Instances::new(Arc::clone(&library), keys, Arc::clone(&store), clock);
        Ok(Self { instances, instance, library, store })
    }

    /// Says no to a contract that is not known and of which nothing is held: a slip of the hand would look like
    /// an instance that never reported.
    pub(super) fn unknown(&self) -> Outcome {
        let contract = &self.instance.contract;
        if self.library.newest(contract).is_some() {
            return Ok(());
        }
        let mut names: Vec<_> = self.library.iter().map(|known| known.name()).collect();
        names.dedup();
        Err(Failure::Configuration(anyhow!(
            "expected the name of a known contract ({}), or one with reports of this instance, got {contract}",
            names.join(", ")
        )))
    }

    /// Closes the store.
    pub(super) async fn close(self) {
        self.store.close().await;
    }
}

/// The failure that a refusal is.
pub(super) fn failure(refusal: Refusal) -> Failure {
    Failure::Failed(refusal.into())
}

fn there(location: Location) -> Outcome<Location> {
    let expected = match &location {
        Location::Memory => {
            format!(
                "expected a store such as sqlite:PATH, got {location}, which no other process can read"
            )
        }
        Location::Sqlite(path) if !path.exists() => no_database(path),
        Location::Sqlite(_) => return Ok(location),
    };
    Err(Failure::Configuration(anyhow!(expected)))
}

fn no_database(path: &Path) -> String {
    let path = path.display();
    format!("expected a database in {path}, there is none: name it with --store sqlite:PATH")
}

/// The id itself, or the first line of standard input.
fn read(id: String) -> Outcome<String> {
    if id != "-" {
        return Ok(id);
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
