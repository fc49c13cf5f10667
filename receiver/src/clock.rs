//! What time it is: the system's, or a test's.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// How often it is looked whether a day has begun. The clock is not asked for how long that takes: it may be set.
const LOOK: Duration = Duration::from_secs(1);

/// Tells the time. Nothing else in the receiver does.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// A clock that says what the function says.
    ///
    /// ```
    /// use headcount_receiver::Clock;
    /// use jiff::Timestamp;
    ///
    /// let noon: Timestamp = "2026-11-21T12:00:00Z".parse()?;
    /// let clock = Clock::new(move || noon);
    /// assert_eq!(clock.today(), jiff::civil::date(2026, 11, 21));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// The UTC day that it is.
    pub fn today(&self) -> Date {
        day(self.now())
    }

    /// Waits until it is another day than that one.
    pub(crate) async fn leaves(&self, day: Date) {
        while self.today() == day {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The UTC day of a moment.
pub(crate) fn day(moment: Timestamp) -> Date {
    Offset::UTC.to_datetime(moment).date()
}

/// The first moment of a UTC day; `None` for one beyond all moments.
pub(crate) fn midnight(day: Date) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(day.into()).ok()
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
