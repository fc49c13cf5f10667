//! The makers' receiver, with a store in memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use headcount::contract::{Contract, Document, Library};
use headcount_receiver::{Counts, Filter, Keys, Memory, Row, Settings, Store, Tally};
use tokio::runtime::Handle;

/// A receiver that knows the examples' contracts and those that ship, on a thread of its own. It ends with the process.
pub(crate) struct Receiver {
    address: SocketAddr,
    library: Arc<Library>,
    store: Arc<dyn Store>,
    tally: Arc<Tally>,
    runtime: Handle,
}

/// What the thread tells when it listens.
type Started = (SocketAddr, Arc<Tally>, Handle);

impl Receiver {
    pub(crate) fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// One that comes up where it was looked for in vain.
    pub(crate) fn start_at(listen: SocketAddr) -> Self {
        let library = Arc::new(library());
        let store: Arc<dyn Store> = Arc::new(Memory::new());
        let (announce, announced) = channel();
        let (known, kept) = (Arc::clone(&library), Arc::clone(&store));
        thread::spawn(move || serve(listen, known, kept, &announce));
        let (address, tally, runtime) = announced.recv().expect("the receiver starts");
        Self { address, library, store, tally, runtime }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is stored of an application, as its contract documents it.
    pub(crate) fn reports(&self, name: &str) -> Vec<Document> {
        let filter = Filter { contract: Some(name.to_owned()), ..Filter::default() };
        let page = self.runtime.block_on(self.store.page(&filter, None, 100));
        let rows = page.expect("memory can be read");
        rows.into_iter()
            .map(|Row { key, part, .. }| {
                let contract = self.library.get(name, &key.version).expect("it took the report");
                contract.report(&part.expect("a whole part")).expect("a whole report")
            })
            .collect()
    }

    /// What came, and what became of it.
    pub(crate) fn counts(&self) -> Counts {
        self.tally.counts()
    }
}

fn library() -> Library {
    let mut library = Library::built_in();
    for (file, text) in [
        ("bookshelf.yaml", include_str!("../../contracts/bookshelf.yaml")),
        ("tidy.yaml", include_str!("../../contracts/tidy.yaml")),
    ] {
        let contract = Contract::parse(file, text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        library.add(contract).expect("each contract once");
    }
    library
}

#[tokio::main(flavor = "current_thread")]
async fn serve(
    listen: SocketAddr,
    library: Arc<Library>,
    store: Arc<dyn Store>,
    announce: &Sender<Started>,
) {
    let mut settings = Settings { listen: vec![listen], ..Settings::default() };
    // All lives are led here, and some of them in another year.
    settings.admission.unlimited = vec!["127.0.0.0/8".parse().expect("a network")];
    settings.admission.days = 100_000;
    let keys = Keys::fresh().expect("random bytes");
    let receiver = headcount_receiver::Receiver::bind(settings, library, keys, store);
    let receiver = receiver.await.expect("a free port");
    let started = (receiver.addresses()[0], receiver.tally(), Handle::current());
    announce.send(started).expect("the test waits");
    receiver.run(std::future::pending()).await;
}
