//! Where a page begins and ends.

use headcount_contract::Library;
use headcount_proto::instances::HeldReport;
use jiff::civil::Date;
use prost::Message as _;

use super::whose::Whose;
use super::{held, malformed};
use crate::refusal::Refusal;
use crate::store::{InstanceKey, Row, StoredKey};

/// Bytes after which a page ends.
const BYTES: usize = 1024 * 1024;

/// A page that is being filled.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) reports: Vec<HeldReport>,
    /// The last report on it.
    pub(super) last: Option<StoredKey>,
    bytes: usize,
}

impl Page {
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= BYTES
    }

    /// Puts a report on the page, unless it is full.
    pub(super) fn put(&mut self, row: Row, library: &Library, receipts_only: bool) {
        if self.is_full() {
            return;
        }
        self.last = Some(row.key.clone());
        let held = held::report(row, library, receipts_only);
        self.bytes += held.encoded_len();
        self.reports.push(held);
    }
}

/// How far the reports of an instance were shown.
#[derive(Debug)]
pub(super) struct Place {
    /// Which of the instance's keys.
    key: usize,
    /// The last report that was shown under it.
    after: Option<StoredKey>,
}

/// What to show next: reports under this key, behind this one.
pub(super) struct Next<'a> {
    pub(super) key: &'a InstanceKey,
    pub(super) report: Option<&'a StoredKey>,
}

impl Place {
    /// The place of a token; without one, the first. A token says only what its page showed, so it tells nobody
    /// anything, and it leads nowhere but through the reports of the instance that is asked about.
    ///
    /// Errors: a token that no answer gave.
    pub(super) fn of(token: &str, whose: &Whose) -> Result<Self, Refusal> {
        if token.is_empty() {
            return Ok(Self { key: 0, after: None });
        }
        match Self::parse(token, whose) {
            Some(place) => Ok(place),
            None => malformed("the nextPageToken of an answer, got another text, at pageToken"),
        }
    }

    fn parse(token: &str, whose: &Whose) -> Option<Self> {
        let (key, report) = token.split_once('/')?;
        let key: usize = key.parse().ok()?;
        let instance = *whose.keys.get(key)?;
        if report.is_empty() {
            return Some(Self { key, after: None });
        }
        let (version, date) = report.rsplit_once('/')?;
        let (date, version) = (date.parse::<Date>().ok()?, version.to_owned());
        let contract = whose.contract.clone();
        Some(Self { key, after: Some(StoredKey { contract, version, date, instance }) })
    }

    /// The place as a token: the number of the key, the version, the day.
    pub(super) fn token(&self) -> String {
        let key = self.key;
        match &self.after {
            Some(StoredKey { version, date, .. }) => format!("{key}/{version}/{date}"),
            None => format!("{key}/"),
        }
    }

    /// What to show next; `None` where everything was shown.
    pub(super) fn next<'a>(&'a self, whose: &'a Whose) -> Option<Next<'a>> {
        let key = whose.keys.get(self.key)?;
        Some(Next { key, report: self.after.as_ref() })
    }

    /// Goes on behind this report.
    pub(super) fn move_behind(&mut self, report: &StoredKey) {
        self.after = Some(report.clone());
    }

    /// Goes on with the next key.
    pub(super) fn end_of_key(&mut self) {
        *self = Self { key: self.key + 1, after: None };
    }
}
