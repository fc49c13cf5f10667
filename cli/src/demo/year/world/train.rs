//! Releases: a minor one every few weeks, and often one that mends it soon after.

use super::stream::Stream;

/// How an application is released.
#[derive(Clone, Copy, Debug)]
pub(super) struct Releases {
    /// The release that is out longest.
    pub(super) first: (u32, u32),
    /// Days from one minor release to the next, more or less.
    pub(super) every: i32,
}

/// A release, and the day on which it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) patch: u32,
    pub(super) day: i32,
}

/// Every release, oldest first.
#[derive(Debug)]
pub(super) struct Train(Vec<Release>);

/// The day on which the first release came out: long before everything else.
const FIRST: i32 = -420;

/// How many of the minor releases are mended.
const MENDED: f64 = 0.7;

impl Train {
    /// The releases until a world of so many days ends.
    pub(super) fn new(releases: &Releases, stream: Stream, days: i32) -> Self {
        let stream = stream.of("releases");
        let (major, first) = releases.first;
        let (mut train, mut day) = (Vec::new(), FIRST);
        for minor in first.. {
            let mut numbers = stream.at(minor.into()).numbers();
            let next = day + releases.every * numbers.i32(80..=120) / 100;
            train.push(Release { major, minor, patch: 0, day });
            let mended = day + numbers.i32(3..=10);
            if numbers.f64() < MENDED && mended < next {
                train.push(Release { major, minor, patch: 1, day: mended });
            }
            day = next;
            if day >= days {
                break;
            }
        }
        Self(train)
    }

    /// The newest release on a day.
    pub(super) fn newest(&self, day: i32) -> &Release {
        let out = self.0.partition_point(|release| release.day <= day);
        &self.0[out.saturating_sub(1)]
    }

    /// Every release, oldest first.
    #[cfg(test)]
    pub(super) fn releases(&self) -> &[Release] {
        &self.0
    }
}
