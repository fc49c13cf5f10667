//! What somebody else recorded, in place of gauges: a relay keeps the values of the applications behind it.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use headcount_contract::{Collected, Ids, Reason, Scalar};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::collect::{CollectError, Collection};
use crate::make::Ask;
use crate::schedule::day_of;

/// Tells what was recorded; `None` where nothing was.
pub(crate) type Recorded = Box<dyn Fn(&Asked) -> Result<Option<Collected>, Failure> + Send + Sync>;

/// Why it cannot be told.
type Failure = Box<dyn Error + Send + Sync>;

/// Which values [`ExporterBuilder::recorded`](crate::ExporterBuilder::recorded) is asked for.
///
/// A report of a contract that covers the previous day has the values of a finished day; one that covers now
/// those that hold at a moment of the running day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// The UTC day: a finished one, or the running one.
    pub day: Date,
    /// The moment at which is asked.
    pub now: Timestamp,
    /// Whether a person asks who only looks: nothing of it is sent.
    pub preview: bool,
}

/// The callback in the form in which it is kept.
pub(crate) fn recorded<E: Into<Failure>>(
    callback: impl Fn(&Asked) -> Result<Option<Collected>, E> + Send + Sync + 'static,
) -> Recorded {
    Box::new(move |asked| callback(asked).map_err(Into::into))
}

/// Asks for what a report tells. An announcement of a withdrawal tells no more of it than the newest resource.
pub(crate) fn collect_recorded(
    recorded: &Recorded,
    ask: &Ask<'_>,
) -> Result<Collection, CollectError> {
    let collected = if ask.reason == Reason::OptOut {
        let resource = newest_resource(recorded, ask.now);
        Collected { resource, ids: Ids::Held, ..Collected::default() }
    } else {
        told(recorded, Asked { day: ask.day, now: ask.now, preview: ask.preview })?
    };
    Ok(Collection { collected, left_out: Vec::new() })
}

/// Asks. It takes as long as the callback does.
fn told(recorded: &Recorded, asked: Asked) -> Result<Collected, CollectError> {
    match catch_unwind(AssertUnwindSafe(|| recorded(&asked))) {
        Ok(Ok(Some(collected))) => Ok(collected),
        Ok(Ok(None)) => Err(CollectError::Nothing(asked.day)),
        Ok(Err(why)) => Err(CollectError::Recorded(why)),
        Err(payload) => {
            // Dropping what was thrown could panic again, and nothing would catch that.
            std::mem::forget(payload);
            Err(CollectError::RecordedPanicked)
        }
    }
}

/// The attributes of the newest resource that is told of: that of the running day, else that of the day before.
/// None where nothing is told.
pub(crate) fn newest_resource(recorded: &Recorded, now: Timestamp) -> Vec<(String, Scalar)> {
    let today = day_of(now);
    let days = [Ok(today), today.yesterday()];
    let mut resources = days.into_iter().flatten().filter_map(|day| {
        let collected = told(recorded, Asked { day, now, preview: false }).ok()?;
        Some(collected.resource).filter(|resource| !resource.is_empty())
    });
    resources.next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
