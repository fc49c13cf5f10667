//! The exporter's one thread: it sleeps, takes a turn, and sleeps.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::clock;
use crate::error::{Cause, Error};
use crate::instance::Instance;
use crate::schedule::day_of;

/// After a turn that failed.
const LATER: Duration = Duration::from_mins(10);
/// Between two looks at what `headcount operator` asks for.
const LOOK: Duration = Duration::from_secs(2);

/// Wakes the thread.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    /// Asks for a turn now.
    pub(crate) fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_all();
    }

    /// Sleeps until it is rung, or until the time is over. Says whether it was rung.
    fn sleep(&self, time: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let slept = self.heard.wait_timeout_while(rung, time, |rung| !*rung);
        let (mut rung, _) = slept.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut rung)
    }
}

/// Starts the thread, unless it runs. It ends when the last handle of the exporter is gone.
pub(crate) fn start(instance: &Arc<Instance>) -> Result<(), Error> {
    if !instance.host.is_here() {
        let text = "expected the application's own process to start a schedule, got another";
        return Err(Cause::Configuration(text.to_owned()).into());
    }
    if instance.process.starts() {
        return Ok(());
    }
    let bell = Arc::clone(&instance.bell);
    let weak = Arc::downgrade(instance);
    let thread = thread::Builder::new().name("headcount".to_owned());
    match thread.spawn(move || live(&weak, &bell)) {
        Ok(_) => Ok(()),
        Err(error) => {
            instance.process.stopped();
            Err(Cause::Thread(error).into())
        }
    }
}

fn live(instance: &Weak<Instance>, bell: &Bell) {
    let mut next = SystemTime::UNIX_EPOCH;
    let mut rung = true;
    // A handle is held only while there is something to do.
    while let Some(instance) = instance.upgrade() {
        if rung || SystemTime::now() >= next {
            next = turn(&instance);
        }
        let asked = instance.answer_requests();
        drop(instance);
        let time = next.duration_since(SystemTime::now()).unwrap_or_default();
        rung = bell.sleep(time.min(LOOK)) || asked;
    }
}

/// Takes a turn, and says when the next one is due. Nothing that goes wrong in it reaches the host.
fn turn(instance: &Instance) -> SystemTime {
    let taken = catch_unwind(AssertUnwindSafe(|| match clock::now() {
        Ok(now) => instance.turn(now),
        Err(impossible) => Err(impossible.into()),
    }));
    match taken {
        Ok(Ok(turn)) => {
            if let Some(failed) = &turn.failed {
                tell(instance, &failed.to_string());
            }
            return turn.next;
        }
        Ok(Err(error)) => tell(instance, &error.to_string()),
        Err(payload) => {
            tell(instance, "expected a turn without a panic");
            // Dropping what was thrown could panic again.
            std::mem::forget(payload);
        }
    }
    SystemTime::now() + LATER
}

/// Logs why there is no report, once a day.
fn tell(instance: &Instance, why: &str) {
    let today = clock::now().map(day_of).ok();
    let mut told = instance.process.told.lock().unwrap_or_else(PoisonError::into_inner);
    if *told != today || today.is_none() {
        *told = today;
        tracing::warn!("no usage report: {why}");
    }
}
