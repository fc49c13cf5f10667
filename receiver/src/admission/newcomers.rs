//! New instances a day of each sender, so that nobody makes up a crowd.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;

use crate::sender::SenderHash;

/// Counts exactly, as long as no more senders have new instances than there is room for. Beyond that those who have the
/// fewest are forgotten, and whoever is not known is taken to have had as many as they had (as by Misra and Gries): so
/// nobody ever gets more than the limit, and it takes millions of new instances until somebody gets less.
#[derive(Debug)]
pub(super) struct Newcomers {
    limit: u32,
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    day: Date,
    senders: HashMap<SenderHash, Counts>,
    /// What senders have had that are not there.
    floor: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Instances that were new today.
    new: u32,
    /// Instances of requests that are under way, and may be.
    open: u32,
}

/// Why there is no place for so many new instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// There may be one when the requests are answered that are under way.
    ByOthers,
    /// There is none until the day ends.
    Today,
}

impl Newcomers {
    /// So many new instances a day, of so many senders.
    pub(super) fn new(limit: u32, most: usize, today: Date) -> Self {
        Self { limit, most, held: Mutex::new(Held::on(today)) }
    }

    fn held(&self, today: Date) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.day != today {
            *held = Held::on(today);
        }
        held
    }

    /// Keeps places for so many instances that may be new, until [`Newcomers::settle`].
    ///
    /// Errors: there are not as many.
    pub(super) fn reserve(
        &self,
        sender: SenderHash,
        today: Date,
        instances: u32,
    ) -> Result<(), Taken> {
        let mut held = self.held(today);
        let Counts { new, open } = held.of(sender);
        if new.saturating_add(instances) > self.limit {
            return Err(Taken::Today);
        }
        if new.saturating_add(open).saturating_add(instances) > self.limit {
            return Err(Taken::ByOthers);
        }
        if held.senders.len() >= self.most && !held.senders.contains_key(&sender) {
            held.make_room();
        }
        let open = open.saturating_add(instances);
        held.senders.insert(sender, Counts { new, open });
        Ok(())
    }

    /// Gives the places back, and counts the instances that were new.
    pub(super) fn settle(&self, sender: SenderHash, day: Date, reserved: u32, new: u32) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.day != day {
            return;
        }
        let mut counts = held.of(sender);
        counts.open = counts.open.saturating_sub(reserved);
        counts.new = counts.new.saturating_add(new);
        if counts.open == 0 && counts.new <= held.floor {
            held.senders.remove(&sender);
        } else {
            held.senders.insert(sender, counts);
        }
    }
}

impl Held {
    fn on(day: Date) -> Self {
        Self { day, senders: HashMap::new(), floor: 0 }
    }

    fn of(&self, sender: SenderHash) -> Counts {
        let unknown = Counts { new: self.floor, open: 0 };
        self.senders.get(&sender).copied().unwrap_or(unknown)
    }

    /// Forgets those who have had the fewest. It looks at all, once for each time that the floor rises, which is at most
    /// the limit.
    fn make_room(&mut self) {
        let settled = self.senders.values().filter(|counts| counts.open == 0);
        let fewest = settled.map(|counts| counts.new).min().unwrap_or(self.floor);
        let floor = self.floor.max(fewest);
        self.senders.retain(|_, counts| counts.open > 0 || counts.new > floor);
        self.floor = floor;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::admission::SENDERS;
    use crate::admission::tests::sender;

    const DAY: Date = date(2026, 11, 21);

    fn of(limit: u32, most: usize) -> Newcomers {
        Newcomers::new(limit, most, DAY)
    }

    /// A request of so many instances, of which some are new.
    fn take(newcomers: &Newcomers, number: u32, instances: u32, new: u32) -> Result<(), Taken> {
        newcomers.reserve(sender(number), DAY, instances)?;
        newcomers.settle(sender(number), DAY, instances, new);
        Ok(())
    }

    #[test]
    fn new_instances_count_and_known_ones_do_not() {
        let newcomers = of(3, 10);
        assert_eq!(take(&newcomers, 1, 3, 0), Ok(()));
        assert_eq!(take(&newcomers, 1, 3, 2), Ok(()));
        assert_eq!(take(&newcomers, 1, 2, 2), Err(Taken::Today));
        assert_eq!(take(&newcomers, 1, 1, 1), Ok(()));
        assert_eq!(take(&newcomers, 1, 1, 1), Err(Taken::Today));
        assert_eq!(take(&newcomers, 1, 0, 0), Ok(()), "without a new one there is always a place");
        assert_eq!(take(&newcomers, 2, 3, 3), Ok(()), "another sender has its own");
        assert_eq!(newcomers.reserve(sender(1), DAY.tomorrow().unwrap(), 3), Ok(()));
    }

    #[test]
    fn what_is_under_way_counts_until_it_is_known_what_was_new() {
        let newcomers = of(3, 10);
        newcomers.reserve(sender(1), DAY, 2).unwrap();
        assert_eq!(newcomers.reserve(sender(1), DAY, 2), Err(Taken::ByOthers));
        newcomers.settle(sender(1), DAY, 2, 1);
        newcomers.reserve(sender(1), DAY, 2).unwrap();
        // What began yesterday says nothing about today.
        let tomorrow = DAY.tomorrow().unwrap();
        newcomers.reserve(sender(1), tomorrow, 3).unwrap();
        newcomers.settle(sender(1), DAY, 2, 2);
        assert_eq!(newcomers.reserve(sender(1), tomorrow, 1), Err(Taken::ByOthers));
    }

    #[test]
    fn without_room_nobody_gets_more_and_those_who_had_many_are_not_forgotten() {
        let newcomers = of(4, 3);
        for (number, new) in [(1, 4), (2, 1), (3, 1), (4, 1)] {
            assert_eq!(take(&newcomers, number, new, new), Ok(()), "sender {number}");
        }
        assert_eq!(take(&newcomers, 1, 1, 1), Err(Taken::Today));
        // The senders 2 and 3 were forgotten at one instance, which is what they have had.
        for number in [2, 3, 5] {
            assert_eq!(take(&newcomers, number, 4, 4), Err(Taken::Today), "sender {number}");
            assert_eq!(take(&newcomers, number, 3, 0), Ok(()), "sender {number}");
        }
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let newcomers = of(64, SENDERS);
        for number in 0..250_000 {
            assert_eq!(take(&newcomers, number, 1, 1), Ok(()));
        }
        let held = newcomers.held(DAY);
        assert!(held.senders.len() <= SENDERS && held.floor <= 2, "{}", held.floor);
        let slot = size_of::<(SenderHash, Counts)>() + 1;
        let capacity = held.senders.capacity();
        assert!(capacity * 8 / 7 * slot <= 8 * 1024 * 1024, "{capacity} entries of {slot} bytes");
    }
}
