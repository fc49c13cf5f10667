//! How fast instances take to a release: worked out of the shown groups alone, so it tells nothing that they do not.

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
        let mut place = 0;
        let places: BTreeMap<&str, usize> = ascending
            .iter()
            .enumerate()
            .map(|(index, name)| {
                // Those that differ in their names alone stand in the same place.
                if index > 0 && compare(ascending[index - 1], name).is_ne() {
                    place = index;
                }
                (*name, place)
            })
            .collect();
        let days: Vec<_> =
            days.iter().map(|(day, number)| (*day, Crowd::of(number, &places))).collect();
        let releases = ascending.iter().rev();
        Adoption {
            releases: releases.filter_map(|name| adopted(name, places[name], &days)).collect(),
        }
    }
}

/// The instances of one day by the places of their releases, each with those of newer ones.
struct Crowd {
    shown: BTreeSet<usize>,
    at_or_above: Vec<u64>,
}

impl Crowd {
    fn of(number: &Number, places: &BTreeMap<&str, usize>) -> Self {
        let mut crowd = Self { shown: BTreeSet::new(), at_or_above: vec![0; places.len()] };
        for (name, instances) in releases(number) {
            crowd.shown.insert(places[name]);
            crowd.at_or_above[places[name]] += instances;
        }
        let mut above = 0;
        for instances in crowd.at_or_above.iter_mut().rev() {
            above += *instances;
            *instances = above;
        }
        crowd
    }

    #[allow(clippy::cast_precision_loss, reason = "there are not as many instances")]
    fn share(&self, place: usize) -> f64 {
        match self.at_or_above[0] {
            0 => 0.0,
            all => self.at_or_above[place] as f64 / all as f64,
        }
    }
}

fn adopted(name: &str, place: usize, days: &[(Date, Crowd)]) -> Option<Release> {
    let since = days.iter().position(|(_, crowd)| crowd.shown.contains(&place))?;
    let first = days[since].0;
    let half = days[since..].iter().find(|(_, crowd)| crowd.share(place) >= 0.5);
    let later = |day: Date| first.until((Unit::Day, day)).ok().map(|span| span.get_days());
    let days_to_half = half.filter(|_| since > 0).and_then(|(day, _)| later(*day));
    Some(Release {
        name: name.to_owned(),
        share: days.last()?.1.share(place),
        first,
        days_to_half: days_to_half.and_then(|days| u32::try_from(days).ok()),
    })
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
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{FrozenDay, Group};

    fn day(number: i8, groups: &[(&str, u32)]) -> FrozenDay {
        let groups = groups.iter().map(|(name, instances)| Group {
            name: if *name == "other" {
                GroupName::Other
            } else {
                GroupName::Value((*name).to_owned())
            },
            instances: (*instances).into(),
            value: (*instances).into(),
        });
        let day = date(2026, 3, number);
        let number = Number {
            figure: "releases".to_owned(),
            definition: String::new(),
            as_of: day,
            complete: true,
            instances: Some(100),
            value: Value::Groups(groups.collect()),
        };
        FrozenDay { day, frozen_on: day, numbers: vec![number] }
    }

    #[test]
    fn releases_spread() {
        let days = vec![
            day(1, &[("1.9", 90), ("other", 5)]),
            day(2, &[("1.9", 60), ("1.10", 30), ("v1.10.0:match", 10)]),
            day(3, &[("1.9", 40), ("1.10", 60), ("dev", 7)]),
            day(4, &[("1.9", 30), ("1.10", 30), ("2.0-rc.1", 40)]),
        ];
        let adoption = Snapshot { days }.adoption("releases");
        let told = |release: &Release| {
            let Release { name, share, first, days_to_half } = release;
            (name.clone(), (share * 100.0).round().to_string(), first.day(), *days_to_half)
        };
        let told: Vec<_> = adoption.releases.iter().map(told).collect();
        let expected = [
            ("2.0-rc.1", "40", 4, None),
            ("v1.10.0:match", "70", 2, Some(1)),
            ("1.10", "70", 2, Some(1)),
            ("1.9", "100", 1, None),
        ];
        let expected =
            expected.map(|(name, share, day, days)| (name.to_owned(), share.to_owned(), day, days));
        assert_eq!(told, expected);
    }

    #[test]
    fn other_figures_have_none() {
        assert_eq!(Snapshot::default().adoption("releases"), Adoption::default());
        let days = vec![day(1, &[("dev", 90)])];
        assert_eq!(Snapshot { days }.adoption("releases"), Adoption::default());
    }
}
