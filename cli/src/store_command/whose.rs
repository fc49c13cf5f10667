//! The instance that is meant, and the store that may hold something about it.

use std::io::stdin;
use std::sync::Arc;

use anyhow::anyhow;
use headcount_contract::Library;
use headcount_proto::instances::Instance;
use headcount_proto::instances::instance::Id;
use headcount_receiver::{Clock, Instances, Refusal, Store};

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
        let Config { kept, .. } = Config::load(&store, Vec::new())?.config;
        let library = Arc::new(known::library(&[kept.contracts.clone(), contracts].concat())?);
        store::existing(&kept.store)?;
        let instance = Instance { contract, id: Some(Id::Raw(read(id)?)) };
        let (store, keys) = kept.store.open_with(kept.secret.as_deref()).map_err(store::failure)?;
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
        Err(Failure::Configuration(anyhow!(
            "expected the name of a known contract ({}), or one with reports of this instance, got {contract}",
            self.library.names().join(", ")
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

/// The id itself, or the first line of standard input.
fn read(id: String) -> Outcome<String> {
    if id != "-" {
        return Ok(id);
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
