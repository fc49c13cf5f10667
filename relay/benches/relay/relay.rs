//! Our relay: what a child process of this program does.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdout, Stdio};

use headcount::Exporter;
use headcount_contract::{Level, Library};
use headcount_relay::{Relay, Settings};
use tokio::sync::oneshot;

use crate::process::Process;

/// Nobody listens there, and there is nothing to send before the day is over.
const UPSTREAM: &str = "http://127.0.0.1:1";

/// Tells at the relay's end how many points it kept.
pub(crate) struct Kept(BufReader<ChildStdout>);

impl Kept {
    /// Ends the relay.
    pub(crate) fn count(mut self, relay: &mut Process) -> u64 {
        drop(relay.child().stdin.take());
        self.line().parse().expect("it says at last what it kept")
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a relay prints text");
        line.trim().to_owned()
    }
}

/// This program again, as a relay.
pub(crate) fn start(directory: &Path, cores: Option<&str>) -> (Process, SocketAddr, Kept) {
    let program = std::env::current_exe().expect("a program has a path");
    let mut process = Process::start(&program, cores, |command| {
        command.arg("serve").arg(directory).stdin(Stdio::piped()).stdout(Stdio::piped());
    });
    let stdout = process.child().stdout.take().expect("it is piped");
    let mut kept = Kept(BufReader::new(stdout));
    let address = kept.line().parse().expect("it says first where it listens");
    (process, address, kept)
}

/// Relays until its standard input ends. First it prints where it listens, and at last how many points it kept.
pub(crate) fn run(directory: &Path) {
    let library = Library::built_in();
    let contract = library.find("openfn/2").expect("a contract that ships");
    Exporter::builder(contract.clone(), directory)
        .endpoint(UPSTREAM)
        .environment(|_| None)
        .decides_only()
        .build()
        .and_then(|operator| operator.agree(Level::Diagnostics))
        .expect("an operator may agree");
    let settings = Settings {
        listen: vec!["127.0.0.1:0".parse().expect("an address")],
        ..Settings::default()
    };
    let relay = Relay::builder(contract.clone(), directory)
        .upstream(UPSTREAM)
        .environment(|_| None)
        .settings(settings);
    // As `headcount relay` has it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a process can have threads").block_on(async {
        let relay = relay.bind().await.expect("a directory of its own, and a free port");
        println!("{}", relay.addresses()[0]);
        let tally = relay.tally();
        relay.run(stop()).await.expect("a thread");
        // What one connection brought later than another brought what is newer is not new.
        let counts = tally.counts();
        println!("{}", counts.accepted + counts.duplicate);
    });
}

/// Is over when the parent closes the pipe, or is gone.
async fn stop() {
    let (sender, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(sender);
    });
    let _ = stopped.await;
}
