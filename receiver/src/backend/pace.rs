//! How long to wait until a backend that did not answer is asked again.

use std::time::Duration;

/// The longest that a backend may ask to wait: an hour. A slip of its hand must not stop forwarding for days.
const LONGEST: Duration = Duration::from_hours(1);

/// Waits that double, with a part that is left to chance, so that many receivers do not come back at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pace {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        let first = first.min(longest);
        Self { first, longest, next: first }
    }

    /// The backend answers again: the next wait is the first one.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The wait after a failure: between half of this turn's and all of it, by chance, or what the backend asked for where
    /// that is longer.
    pub(super) fn wait(&mut self, asked: Option<Duration>, chance: u8) -> Duration {
        let half = self.next / 2;
        let wait = half + half.mul_f64(f64::from(chance) / 255.0);
        self.next = (self.next * 2).min(self.longest);
        wait.max(asked.unwrap_or_default().min(LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let mut pace = Pace::new(seconds(1), seconds(5));
        let waits = [(); 5].map(|()| pace.wait(None, 255));
        assert_eq!(waits, [1, 2, 4, 5, 5].map(seconds));
        pace.reset();
        assert_eq!(pace.wait(None, 0), seconds(1) / 2);
        let wait = pace.wait(None, 100);
        assert!(wait > seconds(1) && wait < seconds(2), "{wait:?}");
    }

    #[test]
    fn the_backend_may_ask_for_longer_but_not_for_ever() {
        let mut pace = Pace::new(seconds(4), seconds(60));
        assert_eq!(pace.wait(Some(seconds(1)), 255), seconds(4));
        assert_eq!(pace.wait(Some(seconds(30)), 255), seconds(30));
        assert_eq!(pace.wait(Some(Duration::MAX), 255), LONGEST);
    }
}
