//! What a connection is doing, and when it has taken too long over it.
//!
//! At every moment a connection rests, reads a head, has requests in flight, or hands out answers. A request in
//! flight has the body time-out; all else is watched here, so there is no state in which a client could keep a
//! connection for nothing. What HTTP/2's flow control holds back shows as an answer that does not end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::Connections;

/// The activity of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    /// Whether heads are watched: over HTTP/2 what comes between requests need not be one.
    heads: bool,
    header_timeout: Duration,
    idle_timeout: Duration,
    answer_timeout: Duration,
    state: Mutex<State>,
    /// Whether a body was left before its end.
    unread: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// Since when the connection has rested, if it does.
    rests: Instant,
    /// Since when a head has been coming, if one is.
    head: Option<Instant>,
    /// The requests in flight, each with the time since which it has been answered, if it is.
    requests: Vec<(u64, Option<Instant>)>,
    next: u64,
}

/// A request in flight, until its answer was handed out.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    id: u64,
}

/// What there is to do about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Its peer does not go on: end it at once.
    Stuck,
    /// It has rested for long enough: end it as the protocol has it.
    Idle,
    /// Nothing before this.
    Later(Instant),
}

impl Activity {
    /// A connection that was opened just now.
    pub(super) fn new(settings: &Connections, http2: bool, now: Instant) -> Arc<Self> {
        let heads = !http2;
        let head = heads.then_some(now);
        Arc::new(Self {
            heads,
            header_timeout: settings.header_timeout,
            idle_timeout: settings.idle_timeout,
            answer_timeout: settings.answer_timeout,
            state: Mutex::new(State { rests: now, head, requests: Vec::new(), next: 0 }),
            unread: AtomicBool::new(false),
        })
    }

    /// Some bytes came.
    pub(super) fn read(&self, now: Instant) {
        if self.heads {
            let mut state = self.state();
            if state.requests.is_empty() {
                state.head.get_or_insert(now);
            }
        }
    }

    /// A request's body was left before its end.
    pub(super) fn leave_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    /// Whether the peer may still be writing what nobody reads.
    pub(super) fn has_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    /// A request began: its head is there.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        let mut state = self.state();
        let id = state.next;
        state.next += 1;
        state.head = None;
        state.requests.push((id, None));
        InFlight { activity: self.clone(), id }
    }

    /// Waits until there is something to do about the connection. It is never `Later`.
    pub(super) async fn due(&self) -> Due {
        loop {
            match self.look(Instant::now()) {
                Due::Later(moment) => tokio::time::sleep_until(moment).await,
                due => return due,
            }
        }
    }

    /// Waits until the peer does not go on.
    pub(super) async fn stuck(&self) {
        while let Due::Idle = self.due().await {
            tokio::time::sleep(self.shortest()).await;
        }
    }

    fn look(&self, now: Instant) -> Due {
        let state = self.state();
        let answers = state.requests.iter().filter_map(|(_, answered)| *answered);
        let stuck = answers.map(|since| since + self.answer_timeout);
        let stuck = stuck.chain(state.head.map(|since| since + self.header_timeout)).min();
        let idle = state.requests.is_empty().then(|| state.rests + self.idle_timeout);
        match (stuck, idle) {
            (Some(stuck), _) if stuck <= now => Due::Stuck,
            (_, Some(idle)) if idle <= now => Due::Idle,
            // Whatever begins from now on is due no earlier than the last of these.
            (stuck, idle) => {
                let soonest = [stuck, idle, Some(now + self.shortest())].into_iter().flatten();
                Due::Later(soonest.min().expect("one of three is there"))
            }
        }
    }

    fn shortest(&self) -> Duration {
        let head = if self.heads { self.header_timeout } else { self.idle_timeout };
        self.answer_timeout.min(self.idle_timeout).min(head)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight {
    /// Its answer is there, and handed out from now on.
    pub(super) fn answered(&self, now: Instant) {
        let mut state = self.activity.state();
        let request = state.requests.iter_mut().find(|(id, _)| *id == self.id);
        if let Some((_, answered)) = request {
            *answered = Some(now);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.requests.retain(|(id, _)| *id != self.id);
        if state.requests.is_empty() {
            state.rests = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests;
