//! Whether there is room for what came.

use headcount_contract::{Arrived, Part};
use headcount_receiver::{Answer, Refusal, Stored, StoredKey};
use jiff::civil::Date;

use super::{Hold, InUse, Whose};

/// What is rejected for want of room has the word that contracts have for lists which are full.
const TOO_MANY: &str = "too_many";

pub(super) const LIST_IS_FULL: &str =
    "expected at most the list's `max` elements in the whole report, got more";
const INSTANCES: &str = "expected at most as many instances as the relay holds (held.instances), got one more; one of which \
                         nothing comes gives way when its days are over";
const BYTES: &str = "expected a series that the relay holds already, got a new one: what it holds takes all its room \
                     (held.bytes)";

/// For what there is room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    All,
    /// For the series that the instance had on its last day.
    KnownSeries,
    /// For what replaces a value.
    Held,
}

impl Room {
    /// A tenth is left to those who are known.
    fn of(taken: u64, all: u64) -> Self {
        if taken >= all {
            Self::Held
        } else if taken >= all - all / 10 {
            Self::KnownSeries
        } else {
            Self::All
        }
    }
}

impl Hold {
    /// The parts for which there is room. The rest is rejected.
    ///
    /// Errors: [`Refusal::Unavailable`], where the store cannot be asked.
    pub(super) async fn admit(
        &self,
        in_use: &InUse,
        arrived: Vec<Arrived>,
        answer: &mut Answer,
    ) -> Result<Vec<(Whose, Stored)>, Refusal> {
        let room = Room::of(in_use.store.bytes(), self.limits.bytes.as_u64());
        let mut admitted = Vec::with_capacity(arrived.len());
        for one in arrived {
            let (whose, mut stored) = in_use.stored(one);
            if !self.expects(&whose) {
                answer.reject(TOO_MANY, stored.part.points(), INSTANCES);
                continue;
            }
            if room != Room::All {
                let Some(held) = self.comparable(in_use, &whose, &stored.key, room).await? else {
                    answer.reject(TOO_MANY, stored.part.points(), BYTES);
                    continue;
                };
                match stored.part.retain_known(&held) {
                    0 => {}
                    new => answer.reject(TOO_MANY, new, BYTES),
                }
            }
            if stored.part.points() > 0 {
                admitted.push((whose, stored));
            }
        }
        Ok(admitted)
    }

    /// Whether the instance is known, or one more may be.
    fn expects(&self, whose: &Whose) -> bool {
        let mut known = self.known();
        if known.get(&whose.label).is_none() && known.len() >= self.limits.instances {
            return false;
        }
        known.expect(whose, self.clock.now());
        true
    }

    /// What tells which series of a part are known.
    async fn comparable(
        &self,
        in_use: &InUse,
        whose: &Whose,
        key: &StoredKey,
        room: Room,
    ) -> Result<Option<Part>, Refusal> {
        let last = |known: &super::Known| known.get(&whose.label)?.days.last().copied();
        let date = match room {
            Room::Held => Some(whose.date),
            Room::All | Room::KnownSeries => last(&self.known()),
        };
        let Some(date) = date else { return Ok(None) };
        let wanted = StoredKey { date, ..key.clone() };
        in_use.row(&wanted).await.map_err(|_| Refusal::Unavailable)
    }
}

impl InUse {
    /// What is held under a key.
    pub(super) async fn row(
        &self,
        wanted: &StoredKey,
    ) -> Result<Option<Part>, headcount_receiver::Error> {
        let before = wanted.date.yesterday().unwrap_or(Date::MIN);
        let after = StoredKey { date: before, ..wanted.clone() };
        let (contract, instance) = (&wanted.contract, &wanted.instance);
        let mut rows = self.store.instance_page(contract, instance, Some(&after), 1).await?;
        let row = rows.pop().filter(|row| row.key == *wanted);
        row.map(|row| row.part).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_room_is_left_to_those_who_are_known() {
        assert_eq!(
            [0, 89, 90, 99, 100, 101].map(|taken| Room::of(taken, 100)),
            [Room::All, Room::All, Room::KnownSeries, Room::KnownSeries, Room::Held, Room::Held,]
        );
    }
}
