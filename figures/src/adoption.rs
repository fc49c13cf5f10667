//! How fast instances take to a release: worked out of the shown groups alone, so it tells nothing that they do not.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Unit;
use jiff::civil::Date;

use crate::release::{compare, is_release};
use crate::{GroupName, Number, Snapshot, Value};

/// How far the releases of an application have come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adoption {
    /// Every release that was ever shown, the newest one first.
    pub releases: Vec<Release>,
}

/// How far a release has come. Shares are of the instances in groups that are named by a release: of those in other
/// groups nobody knows which one they run.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The share of instances at it or a newer one on the newest day, from 0 to 1.
    pub share: f64,
    /// The first day on which it was shown.
    pub first: Date,
    /// How many days later half of the instances were at it or a newer one. `None`: not yet; or it was shown already on
    /// the figure's first day, so that nobody can tell how old it was.
    pub days_to_half: Option<u32>,
}

impl Snapshot {
    /// How far the releases have come by a figure whose groups are releases; empty of any other.
    ///
    /// Releases are ordered by their numbers: `v2.4.2:match:f1bd9ae` comes after `2.4.2-rc.1` and before `2.15.0`.
    pub fn adoption(&self, figure: &str) -> Adoption {
        let days = self.series(figure);
        let names: BTreeSet<&str> =
            days.iter().flat_map(|(_, number)| releases(number)).map(|(name, _)| name).collect();
        let mut ascending: Vec<&str> = names.into_iter().collect();
        ascending.sort_by(|one, two| compare(one, two));
        let places = places(&ascending);
        let (mut spread, mut newest) = (Spread::default(), Crowd::default());
        for (index, (day, number)) in days.iter().enumerate() {
            newest = Crowd::of(number, &places);
            spread.go_on(*day, index == 0, &newest);
        }
        let release = |name: &&str| {
            let place = places[name];
            let (first, days_to_half) = spread.told(place)?;
            let (name, share) = ((*name).to_owned(), newest.share(place));
            Some(Release { name, share, first, days_to_half })
        };
        Adoption { releases: ascending.iter().rev().filter_map(release).collect() }
    }
}

/// Where each release stands. Those that differ in their names alone stand in the same place.
fn places<'n>(ascending: &[&'n str]) -> BTreeMap<&'n str, usize> {
    let mut place = 0;
    let place_of = |(index, name): (usize, &&'n str)| {
        if index > 0 && compare(ascending[index - 1], name).is_ne() {
            place = index;
        }
        (*name, place)
    };
    ascending.iter().enumerate().map(place_of).collect()
}

/// The instances of one day by the places of their releases.
#[derive(Default)]
struct Crowd {
    /// The places that are shown, ascending, each with the instances that are there or above. No others: a stranger's
    /// file may have as many releases as days, and a day must not take room for all of them.
    at_or_above: Vec<(usize, u64)>,
}

impl Crowd {
    fn of(number: &Number, places: &BTreeMap<&str, usize>) -> Self {
        let mut shown = BTreeMap::<usize, u64>::new();
        for (name, instances) in releases(number) {
            let there = shown.entry(places[name]).or_default();
            *there = there.saturating_add(instances);
        }
        let mut at_or_above: Vec<_> = shown.into_iter().collect();
        let mut above = 0_u64;
        for (_, instances) in at_or_above.iter_mut().rev() {
            above = above.saturating_add(*instances);
            *instances = above;
        }
        Self { at_or_above }
    }

    #[allow(clippy::cast_precision_loss, reason = "there are not as many instances")]
    fn share(&self, place: usize) -> f64 {
        let next = self.at_or_above.partition_point(|(shown, _)| *shown < place);
        match (self.at_or_above.first(), self.at_or_above.get(next)) {
            (Some((_, all)), Some((_, above))) if *all > 0 => *above as f64 / *all as f64,
            _ => 0.0,
        }
    }

    /// The newest place that has half of the instances at it or above.
    fn half(&self) -> Option<usize> {
        let places = self.at_or_above.iter().map(|(place, _)| *place);
        places.rev().find(|place| self.share(*place) >= 0.5)
    }
}

/// How places came up, from day to day.
#[derive(Default)]
struct Spread {
    /// The first day on which each place was shown, and the first on which half of the instances were at it or above.
    known: BTreeMap<usize, (Date, Option<Date>)>,
    /// Places that half of them have not come to.
    waiting: BTreeSet<usize>,
}

impl Spread {
    fn go_on(&mut self, day: Date, is_first: bool, crowd: &Crowd) {
        for &(place, _) in &crowd.at_or_above {
            if let Entry::Vacant(new) = self.known.entry(place) {
                new.insert((day, None));
                // How old it was on the figure's first day, nobody can tell.
                if !is_first {
                    self.waiting.insert(place);
                }
            }
        }
        // Whoever is at a place is at or above all those below it, too.
        let Some(half) = crowd.half() else { return };
        while let Some(&place) = self.waiting.first()
            && place <= half
        {
            self.waiting.remove(&place);
            self.known.entry(place).and_modify(|(_, reached)| *reached = Some(day));
        }
    }

    /// The first day of a place, and how many days later half of the instances were at it or above.
    fn told(&self, place: usize) -> Option<(Date, Option<u32>)> {
        let (first, reached) = self.known.get(&place)?;
        let days = reached.and_then(|day| first.until((Unit::Day, day)).ok());
        Some((*first, days.and_then(|span| u32::try_from(span.get_days()).ok())))
    }
}

/// The groups that are named by a release.
fn releases(number: &Number) -> impl Iterator<Item = (&str, u64)> {
    let groups = match &number.value {
        Value::Groups(groups) => groups.as_slice(),
        _ => &[],
    };
    groups.iter().filter_map(|group| match &group.name {
        GroupName::Value(name) if is_release(name) => Some((name.as_str(), group.instances)),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
