//! The counters of the month that is not finished yet.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::bytes::{Reader, Unreadable, Writer};
use crate::contribution::Key;
use crate::days::{month, months_between};
use crate::sketch::{Mark, Sketch};

/// How many finished months are shown.
pub(crate) const MONTHS: i32 = 12;

/// Days of a month, as lower bounds: at least one, and then about one, two, three and four weeks.
pub(crate) const DAYS: [u32; 6] = [1, 2, 8, 15, 22, 28];

/// The counters of one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// Its first day.
    pub(crate) first_day: Date,
    /// Who reported in it.
    pub(crate) everyone: Crowd,
    /// The same, by the month of their first report. Those before the months that are shown count together.
    pub(crate) cohorts: BTreeMap<Date, Crowd>,
    /// How many reported on so many days, by the place in [`DAYS`].
    pub(crate) days: BTreeMap<u32, u64>,
    /// Of the instances and these places.
    pub(crate) by_days: Sketch,
}

/// Some instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) instances: u64,
    pub(crate) sketch: Sketch,
}

/// What a month knows of an instance.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// The first day of all.
    pub(crate) first: Date,
    /// On how many days of this month it reported.
    pub(crate) days: u32,
}

impl Month {
    pub(crate) fn new(day: Date, min_count: u32) -> Self {
        Self {
            first_day: month(day),
            everyone: Crowd::nobody(min_count),
            cohorts: BTreeMap::new(),
            days: BTreeMap::new(),
            by_days: Sketch::for_count(min_count),
        }
    }

    /// Counts that an instance reported on one more day.
    pub(crate) fn add(&mut self, mark: &Mark, seen: Seen, min_count: u32) {
        if seen.days == 1 {
            self.everyone.add(mark);
            let cohort = self.cohorts.entry(self.cohort(seen.first));
            cohort.or_insert_with(|| Crowd::nobody(min_count)).add(mark);
        } else {
            self.leave(mark, seen.days - 1);
        }
        let place = place(seen.days);
        let held = self.days.entry(place).or_default();
        *held = held.saturating_add(1);
        self.by_days.add(Key::Bucket(place).marked(mark));
    }

    /// Takes an instance out.
    pub(crate) fn forget(&mut self, mark: &Mark, seen: Seen) {
        self.everyone.subtract(mark);
        let cohort = self.cohort(seen.first);
        if let Some(crowd) = self.cohorts.get_mut(&cohort) {
            crowd.subtract(mark);
        }
        self.leave(mark, seen.days);
    }

    fn leave(&mut self, mark: &Mark, days: u32) {
        let place = place(days);
        self.by_days.subtract(Key::Bucket(place).marked(mark));
        if let Some(held) = self.days.get_mut(&place) {
            *held = held.saturating_sub(1);
        }
    }

    fn cohort(&self, first: Date) -> Date {
        let first = month(first);
        if months_between(first, self.first_day) < MONTHS { first } else { Date::MIN }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new();
        to.date(self.first_day);
        self.everyone.write(&mut to);
        to.len(self.cohorts.len());
        for (first, crowd) in &self.cohorts {
            to.date(*first);
            crowd.write(&mut to);
        }
        to.len(self.days.len());
        for (place, instances) in &self.days {
            to.number(*place);
            to.number(*instances);
        }
        self.by_days.write(&mut to);
        to.into_bytes()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut from = Reader::open(bytes, "the counters of a month")?;
        let (first_day, everyone) = (from.date()?, Crowd::read(&mut from)?);
        let (mut cohorts, mut days) = (BTreeMap::new(), BTreeMap::new());
        for _ in 0..from.len()? {
            let first = from.date()?;
            cohorts.insert(first, Crowd::read(&mut from)?);
        }
        for _ in 0..from.len()? {
            let place = from.number()?;
            days.insert(place, from.number()?);
        }
        let by_days = Sketch::read(&mut from)?;
        from.finish()?;
        Ok(Self { first_day, everyone, cohorts, days, by_days })
    }
}

/// The last bound that so many days reach.
fn place(days: u32) -> u32 {
    let reached = DAYS.partition_point(|bound| *bound <= days);
    u32::try_from(reached.saturating_sub(1)).expect("there are few bounds")
}

impl Crowd {
    fn nobody(min_count: u32) -> Self {
        Self { instances: 0, sketch: Sketch::for_count(min_count) }
    }

    fn add(&mut self, mark: &Mark) {
        self.instances = self.instances.saturating_add(1);
        self.sketch.add(mark.presence());
    }

    fn subtract(&mut self, mark: &Mark) {
        self.instances = self.instances.saturating_sub(1);
        self.sketch.subtract(mark.presence());
    }

    fn write(&self, to: &mut Writer) {
        to.number(self.instances);
        self.sketch.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok(Self { instances: from.number()?, sketch: Sketch::read(from)? })
    }
}
