//! The process: its threads, and the signals that end it.

use std::io;
use std::task::Poll;

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

use crate::exit::Outcome;
use crate::log::Format;

/// The runtime of a receiver.
pub(crate) fn runtime() -> Outcome<Runtime> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    Ok(runtime.context("expected to start the threads of a receiver")?)
}

/// Is over at the first SIGTERM, SIGHUP or Ctrl-C, which are caught from this call on. The second
/// one ends the process at once: what was acknowledged is safe by then.
pub(crate) fn stop(told: Format) -> Outcome<impl Future<Output = ()>> {
    let mut signals = caught()?;
    Ok(async move {
        signals.next().await;
        told.say("stopping: requests in flight are answered; a second signal ends this at once");
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(1);
        });
    })
}

/// Is over at the first of the same signals, for whoever has nothing to answer before the end.
pub(crate) fn interrupted() -> Outcome<impl Future<Output = ()> + Send + 'static> {
    let mut signals = caught()?;
    Ok(async move { signals.next().await })
}

fn caught() -> Outcome<Signals> {
    Ok(Signals::catch().context("expected to catch SIGTERM, SIGHUP and Ctrl-C")?)
}

#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut kinds = vec![SignalKind::terminate(), SignalKind::interrupt()];
        kinds.extend(hangup_ends().then(SignalKind::hangup));
        Ok(Self(kinds.into_iter().map(signal).collect::<io::Result<_>>()?))
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            // Each is polled, so that each wakes.
            let ready = self.0.iter_mut().map(|signal| signal.poll_recv(context).is_ready());
            if ready.fold(false, |any, ready| any | ready) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// Whether SIGHUP is known to end this process. `nohup` has it ignored, and catching it would undo that.
#[cfg(unix)]
fn hangup_ends() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & HANGUP == 0)
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
