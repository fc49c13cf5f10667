//! The process: its threads, and the signals that end it.

use std::io;

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

use crate::exit::Outcome;
use crate::output;

/// The runtime of a receiver.
pub(crate) fn runtime() -> Outcome<Runtime> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    Ok(runtime.context("expected to start the threads of a receiver")?)
}

/// Is over at the first SIGTERM or Ctrl-C, which are caught from this call on. The second one ends
/// the process at once: what was acknowledged is safe by then.
pub(crate) fn stop() -> Outcome<impl Future<Output = ()>> {
    let mut signals = Signals::catch().context("expected to catch SIGTERM and Ctrl-C")?;
    Ok(async move {
        signals.next().await;
        output::say("stopping: requests in flight are answered; a second signal ends this at once");
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(1);
        });
    })
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let terminate = self.terminate.poll_recv(context);
            if terminate.is_ready() { terminate } else { self.interrupt.poll_recv(context) }
        })
        .await;
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn catch() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
