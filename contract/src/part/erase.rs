//! Takes away what an instance asked to have erased.

use super::{Entity, Part, Stamped};

/// Up to where the reports of an instance are erased.
///
/// Collectors may bring a report after the erasure that was asked for later, or an erasure after the
/// first report of an operator who came back. So an erasure is no event but a line: what lies before it goes,
/// whenever it comes, and what lies behind it stays. Cutoffs that are joined erase what each of them would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cutoff {
    /// Reports with this id or a smaller one are erased; empty where the sender sets none.
    pub report_id: String,
    /// Points of this time or an earlier one are erased, in nanoseconds since the Unix epoch.
    pub time_unix_nano: u64,
}

impl Cutoff {
    /// Moves the line forward to where the other one is. Whether there was anything to move.
    ///
    /// ```
    /// use headcount_contract::Cutoff;
    ///
    /// let mut cutoff = Cutoff { report_id: "b".to_owned(), time_unix_nano: 1 };
    /// assert!(cutoff.join(&Cutoff { report_id: "a".to_owned(), time_unix_nano: 2 }));
    /// assert_eq!(cutoff, Cutoff { report_id: "b".to_owned(), time_unix_nano: 2 });
    /// assert!(!cutoff.join(&Cutoff::default()));
    /// ```
    pub fn join(&mut self, other: &Self) -> bool {
        let before = self.clone();
        self.time_unix_nano = self.time_unix_nano.max(other.time_unix_nano);
        if other.report_id > self.report_id {
            self.report_id.clone_from(&other.report_id);
        }
        *self != before
    }
}

impl Part {
    /// Takes away what lies before the cutoff, and says how many points that were. Where none are left, the
    /// part is to be deleted.
    ///
    /// To erase and then merge is to merge and then erase, as long as the newer of two reports has both the
    /// greater id and the later times.
    pub fn erase(&mut self, cutoff: &Cutoff) -> u64 {
        let before = self.points();
        let older = !self.generation.is_empty() && self.generation <= cutoff.report_id;
        if older || self.newest <= cutoff.time_unix_nano {
            self.root = Entity::default().into();
        } else {
            self.root.erase(cutoff.time_unix_nano);
        }
        before - self.points()
    }
}

impl Entity {
    /// Takes away what is not newer than this. An element lives as long as a point of it.
    fn erase(&mut self, time: u64) {
        let newer = |stamped: &Stamped| stamped.time > time;
        self.attributes.retain(newer);
        self.gauges.retain(newer);
        for list in self.lists.values_mut() {
            list.by_key.retain(|_, element| {
                element.erase(time);
                element.points() > 0
            });
        }
        self.lists.retain(|_, list| !list.by_key.is_empty());
    }
}
