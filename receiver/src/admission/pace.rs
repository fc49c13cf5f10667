//! Requests a minute of each sender.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;

use crate::sender::SenderHash;

/// How often senders that have become quiet are looked for while there is no room: every second. It takes about a
/// millisecond.
const LOOK: Duration = Duration::from_secs(1);

/// So many requests of a sender at once, and as many a minute after that, evenly. This is the generic cell rate algorithm
/// (ITU-T I.371): a sender is the one moment at which all that it has asked for will have been granted.
#[derive(Debug)]
pub(super) struct Pace {
    /// Between two requests of a sender that asks all the time.
    interval: Duration,
    /// How far ahead of the clock a sender may be.
    ahead: Duration,
    most: usize,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    day: Date,
    /// A sender is quiet, and forgotten, once its moment has passed.
    senders: HashMap<SenderHash, Instant>,
    /// When quiet senders are looked for again.
    look: Instant,
}

impl Pace {
    /// So many requests a minute, of so many senders at once.
    pub(super) fn new(requests_per_minute: u32, most: usize) -> Self {
        let interval = Duration::from_mins(1) / requests_per_minute.max(1);
        let ahead = Duration::from_mins(1).saturating_sub(interval);
        Self { interval, ahead, most, held: Mutex::new(None) }
    }

    /// Counts a request.
    ///
    /// Errors: the time to wait, and the request does not count.
    pub(super) fn admit(
        &self,
        sender: SenderHash,
        today: Date,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.get_or_insert_with(|| Held::on(today, now));
        if held.day != today {
            // Under the new day's key all senders are others.
            *held = Held::on(today, now);
        }
        if held.senders.len() >= self.most && !held.senders.contains_key(&sender) {
            held.make_room(now)?;
        }
        match held.senders.entry(sender) {
            Entry::Vacant(entry) => {
                entry.insert(now + self.interval);
            }
            Entry::Occupied(mut entry) => {
                let granted = (*entry.get()).max(now);
                let wait = granted.duration_since(now).saturating_sub(self.ahead);
                if !wait.is_zero() {
                    return Err(wait);
                }
                entry.insert(granted + self.interval);
            }
        }
        Ok(())
    }
}

impl Held {
    fn on(day: Date, now: Instant) -> Self {
        Self { day, senders: HashMap::new(), look: now }
    }

    /// Forgets the senders that are quiet, which loses nothing.
    ///
    /// Errors: there are none, with the time until one may be.
    fn make_room(&mut self, now: Instant) -> Result<(), Duration> {
        if now < self.look {
            return Err(self.look - now);
        }
        let before = self.senders.len();
        self.senders.retain(|_, granted| *granted > now);
        if self.senders.len() < before {
            return Ok(());
        }
        let first = self.senders.values().min().copied().unwrap_or(now);
        self.look = first.max(now + LOOK);
        Err(self.look - now)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::admission::SENDERS;
    use crate::admission::tests::sender;

    const DAY: Date = date(2026, 11, 21);

    #[test]
    fn a_sender_has_its_minute_at_once_and_then_one_at_a_time() {
        let (pace, start) = (Pace::new(60, 10), Instant::now());
        let at = |millis| pace.admit(sender(1), DAY, start + Duration::from_millis(millis));
        for _ in 0..60 {
            assert_eq!(at(0), Ok(()));
        }
        assert_eq!(at(0), Err(Duration::from_secs(1)));
        assert_eq!(at(400), Err(Duration::from_millis(600)));
        assert_eq!(at(1_000), Ok(()));
        assert_eq!(at(1_000), Err(Duration::from_secs(1)));
        assert_eq!(pace.admit(sender(2), DAY, start), Ok(()), "another sender has its own");
        // After a minute of silence all of it is there again, and no more.
        let granted = (0..100).filter(|_| at(62_000).is_ok()).count();
        assert_eq!(granted, 60);
    }

    #[test]
    fn whoever_waits_as_told_is_let_in_and_asking_meanwhile_costs_nothing() {
        for limit in [1, 7, 60, 6_000] {
            let (pace, mut now) = (Pace::new(limit, 10), Instant::now());
            let mut admitted = 0;
            for _ in 0..3 * limit {
                while let Err(wait) = pace.admit(sender(1), DAY, now) {
                    assert!(wait > Duration::ZERO && wait <= Duration::from_mins(1));
                    let asking = now + wait / 2;
                    assert!(pace.admit(sender(1), DAY, asking).is_err(), "{limit}");
                    now += wait;
                }
                admitted += 1;
            }
            assert_eq!(admitted, 3 * limit);
        }
    }

    #[test]
    fn where_there_is_no_room_quiet_senders_go_and_else_the_new_one_waits() {
        let (pace, start) = (Pace::new(60, 3), Instant::now());
        let at =
            |number, millis| pace.admit(sender(number), DAY, start + Duration::from_millis(millis));
        for number in 0..3 {
            assert_eq!(at(number, 0), Ok(()));
        }
        assert_eq!(at(0, 0), Ok(()), "who is known goes on");
        assert_eq!(at(3, 0), Err(Duration::from_secs(1)));
        assert_eq!(at(4, 500), Err(Duration::from_millis(500)));
        // The senders 1 and 2 are quiet now. The sender 0 has asked twice and is held to it.
        assert_eq!(at(3, 1_000), Ok(()));
        assert_eq!(at(4, 1_000), Ok(()));
        assert_eq!(at(5, 1_000), Err(Duration::from_secs(1)));
        let granted = (0..100).filter(|_| at(0, 1_000).is_ok()).count();
        assert_eq!(granted, 59);
    }

    #[test]
    fn a_new_day_begins_with_nobody() {
        let (pace, now) = (Pace::new(1, 10), Instant::now());
        assert_eq!(pace.admit(sender(1), DAY, now), Ok(()));
        assert!(pace.admit(sender(1), DAY, now).is_err());
        assert_eq!(pace.admit(sender(1), DAY.tomorrow().unwrap(), now), Ok(()));
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let (pace, now) = (Pace::new(60, SENDERS), Instant::now());
        let admitted = (0..300_000).filter(|&it| pace.admit(sender(it), DAY, now).is_ok()).count();
        assert_eq!(admitted, SENDERS);
        let held = pace.held.lock().unwrap();
        let capacity = held.as_ref().unwrap().senders.capacity();
        // A slot is the entry and a byte; an eighth of the slots is always free.
        let slot = size_of::<(SenderHash, Instant)>() + 1;
        assert!(capacity * 8 / 7 * slot <= 8 * 1024 * 1024, "{capacity} entries of {slot} bytes");
    }
}
