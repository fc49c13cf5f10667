//! The demonstration's receiver, and its temporary folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use headcount_contract::Library;
use headcount_receiver::{Clock, Error, Keys, Location, Settings, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::application::Application;
use super::{flowforge, flowfuse, manyfold, openfn, openwisp};
use crate::exit::Outcome;
use crate::{output, store};

/// How often removing the folder is tried.
const ATTEMPTS: usize = 10;

/// A running receiver. Its folder goes with it.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    /// What it keeps.
    pub(super) store: Arc<dyn Store>,
    folder: TempDir,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// Starts it, the way `headcount serve` does.
    pub(super) fn start(runtime: &Runtime) -> Outcome<Self> {
        let settings =
            Settings { listen: vec![(Ipv4Addr::LOCALHOST, 0).into()], ..Settings::default() };
        Self::start_by(runtime, settings, Clock::system(), |folder| {
            Location::Sqlite(database_in(folder)).open()
        })
    }

    /// The same by these settings, another clock and a store of this folder.
    pub(super) fn start_by(
        runtime: &Runtime,
        settings: Settings,
        clock: Clock,
        open: impl FnOnce(&Path) -> Result<(Arc<dyn Store>, Keys), Error>,
    ) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("headcount-demo-").tempdir();
        let folder = folder.context("expected to make a temporary folder")?;
        let (store, keys) = open(folder.path()).map_err(store::failure)?;
        let library = Arc::new(Library::built_in());
        let receiver =
            headcount_receiver::Receiver::bind_at(clock, settings, library, keys, store.clone());
        let receiver = runtime.block_on(receiver).map_err(store::failure)?;
        let address = *receiver.addresses().first().context("expected one address")?;
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.spawn(receiver.run(async {
            // Both a word and the end of whoever could give it end the receiver.
            let _ = stopped.await;
        }));
        Ok(Self { address, store, folder, stop, serving })
    }

    /// Its URL.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The database's file.
    pub(super) fn database(&self) -> PathBuf {
        database_in(self.folder.path())
    }

    /// Where an instance of this application keeps what it has to keep.
    pub(super) fn data_directory(&self, application: &str) -> PathBuf {
        self.folder.path().join(application)
    }

    /// One instance of each application, reporting here.
    pub(super) fn applications(&self) -> anyhow::Result<Vec<Application>> {
        let start =
            [openfn::start, openwisp::start, flowforge::start, flowfuse::start, manyfold::start];
        start.into_iter().map(|start| start(self)).collect()
    }

    /// Removes the folder and ends the process after an interruption, whatever is going on.
    pub(super) fn gone_after(
        &self,
        interrupted: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let folder = self.folder.path().to_owned();
        async move {
            interrupted.await;
            // The receiver may write while its files go, so one attempt may not be enough.
            let removed =
                (0..ATTEMPTS).any(|_| std::fs::remove_dir_all(&folder).is_ok() || !folder.exists());
            if !removed {
                output::say(format_args!("expected to remove {}, it stays", folder.display()));
            }
            std::process::exit(1);
        }
    }

    /// Answers what is in flight, closes the store and removes the folder.
    pub(super) fn stop(self, runtime: &Runtime) -> anyhow::Result<()> {
        drop(self.stop);
        runtime.block_on(self.serving).context("expected the receiver to end well")?;
        self.folder.close().context("expected to remove the temporary folder")
    }
}

/// The database's file of a folder.
pub(super) fn database_in(folder: &Path) -> PathBuf {
    folder.join("headcount.db")
}
