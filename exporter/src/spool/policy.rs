//! How long reports wait, and how many: the only ways in which one is lost.

use std::io;

use headcount_contract::Reason;
use jiff::{SignedDuration, Timestamp};

use super::entry::{Head, Unusable};
use super::{Spool, Waiting, path};

/// A report that waited longer is of no use: receivers do not take older ones.
const LONGEST: SignedDuration = SignedDuration::from_hours(14 * 24);
/// An age beyond this is not believed: the clock was wrong then, or is wrong now. Such reports go by the other
/// limits, and a receiver that does not want them says so.
const BELIEVED: SignedDuration = SignedDuration::from_hours(366 * 24);
/// A clock that was set back by less was not wrong before.
const ADJUSTED: SignedDuration = SignedDuration::from_hours(-24);
/// The most reports that wait.
const REPORTS: usize = 31;
/// The most bytes of their files. A single report may be larger: it is kept until it is sent.
const BYTES: u64 = 8 * 1024 * 1024;

/// What was dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    /// How many reports.
    pub(crate) dropped: u64,
    /// What is known of them; nothing of one that could not be read.
    pub(crate) heads: Vec<Head>,
    /// Files that were none: see [`Reading::set_aside`](super::Reading::set_aside).
    pub(crate) set_aside: Vec<String>,
}

impl Spool {
    /// Drops what has waited for 14 days, and the oldest of what is beyond 31 reports or 8 MiB.
    ///
    /// Ages are counted as far as the clock can be believed. A report from the future, or older than a year, was
    /// made or is looked at under a wrong clock: it does not go by its age, and goes first where there are too
    /// many. So a clock that jumps drops no backlog, and none of the reports that are made after it is right. A
    /// request for erasure has no age, and goes last.
    pub(crate) fn sweep(&self, now: Timestamp) -> io::Result<Swept> {
        let mut swept = Swept::default();
        let mut waiting = self.survey(&mut swept.set_aside)?;
        waiting.sort_by_key(|one| (is_request(one), believed(one, now)));
        let mut count = waiting.len();
        let mut bytes: u64 = waiting.iter().map(|one| one.bytes).sum();
        for one in &waiting {
            let too_many = count > REPORTS || (bytes > BYTES && count > 1);
            let too_old =
                !is_request(one) && believed(one, now) && now.duration_since(one.made_at) > LONGEST;
            if too_many || too_old {
                self.drop(one, &mut swept)?;
                count -= 1;
                bytes -= one.bytes;
            }
        }
        Ok(swept)
    }

    fn drop(&self, one: &Waiting, swept: &mut Swept) -> io::Result<()> {
        match self.entry(one) {
            Ok(entry) => swept.heads.push(entry.head),
            Err(Unusable::Gone) => return Ok(()),
            Err(Unusable::Kept) => {}
            Err(Unusable::Damaged(why)) => {
                self.set_aside(&one.name, &why, &mut swept.set_aside);
                return Ok(());
            }
        }
        self.directory.remove(&path(&one.name))?;
        swept.dropped += 1;
        Ok(())
    }
}

/// Whether it asks for the instance's erasure, which somebody waits for.
fn is_request(one: &Waiting) -> bool {
    one.reason == Reason::Erase
}

/// Whether a report was made at a time that can be told from now.
fn believed(one: &Waiting, now: Timestamp) -> bool {
    let age = now.duration_since(one.made_at);
    (ADJUSTED..=BELIEVED).contains(&age)
}
