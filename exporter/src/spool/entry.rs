//! A file of the spool: a line with its format and the checksum of the rest, a line of JSON for people and for
//! checking, and the bytes that travel.

use std::sync::Arc;

use headcount_contract::{Anonymous, Contract, Digest, Reason, Receipt};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Spooled;
use crate::text;

/// How the first line begins; the SHA-256 of everything after the line follows.
const FORMAT: &str = "headcount-spool 1 ";
/// The time in a file's name. It is sorted by it; a colon is not let in everywhere.
const TIME: &str = "%Y%m%dT%H%M%SZ";
/// Characters of a report's id at most, as a receiver takes it.
const LONGEST_ID: usize = 64;

/// What is known of a report that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// The report's own id.
    pub(crate) report_id: String,
    /// The label of its contract: `NAME/VERSION`.
    pub(crate) contract: String,
    /// The digest of its contract.
    #[serde(with = "text")]
    pub(crate) digest: Digest,
    /// The UTC day that it is for.
    #[serde(with = "text")]
    pub(crate) date: Date,
    /// Why it was made.
    #[serde(with = "text")]
    pub(crate) reason: Reason,
    /// When it was made, to the second.
    #[serde(with = "text")]
    pub(crate) made_at: Timestamp,
    /// The instance's id as it travels.
    pub(crate) instance: Option<String>,
    /// The receipt that a receiver gives when it holds exactly this.
    #[serde(with = "text")]
    pub(crate) receipt: Receipt,
    /// How many data points it has.
    pub(crate) points: u64,
}

/// A file whose checksum is right.
pub(super) struct Entry {
    pub(super) head: Head,
    otlp: Vec<u8>,
}

/// Why a file gives no report.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It was removed meanwhile.
    Gone,
    /// It may be one for somebody else, or later.
    Kept,
    /// It never will; the text continues the file's name.
    Damaged(String),
}

impl Head {
    /// What is known of a report that was made at this time.
    pub(crate) fn of(report: &Anonymous, made_at: Timestamp) -> Self {
        Self {
            report_id: report.report_id().to_owned(),
            contract: report.contract().label(),
            digest: report.contract().digest(),
            date: report.date(),
            reason: report.reason(),
            made_at: Timestamp::from_second(made_at.as_second()).unwrap_or(made_at),
            instance: report.instance().map(str::to_owned),
            receipt: report.receipt(),
            points: report.points(),
        }
    }

    /// The name of the report's file; `None` where its id or time could not be read back from one.
    pub(super) fn file_name(&self) -> Option<String> {
        let (time, reason) = (self.made_at.strftime(TIME), self.reason.as_str());
        let name = format!("{time}-{reason}-{}", self.report_id);
        let read = from_file_name(&name);
        (read == Some((self.made_at, self.reason, &self.report_id))).then_some(name)
    }
}

/// The time, the reason and the report's id of a file's name.
pub(super) fn from_file_name(name: &str) -> Option<(Timestamp, Reason, &str)> {
    let (time, rest) = name.split_once('-')?;
    let (reason, id) = rest.split_once('-')?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(fits) {
        return None;
    }
    let read = strtime::parse(TIME, time).and_then(|parts| parts.to_datetime());
    let made_at = Offset::UTC.to_timestamp(read.ok()?).ok()?;
    let reason = Reason::from_name(reason)?;
    (made_at.strftime(TIME).to_string() == time).then_some((made_at, reason, id))
}

/// The content of a report's file.
pub(super) fn encode(head: &Head, otlp: &[u8]) -> Vec<u8> {
    let json = serde_json::to_string(head).expect("texts and a number are JSON");
    let checksum = Sha256::new().chain_update(&json).chain_update(b"\n").chain_update(otlp);
    let first = format!("{FORMAT}{}\n", text::hex(&checksum.finalize()));
    [first.as_bytes(), json.as_bytes(), b"\n", otlp].concat()
}

/// Reads a report's file. The error continues the file's name.
pub(super) fn decode(mut bytes: Vec<u8>, name: &str) -> Result<Entry, String> {
    let wrong = |text: &str| format!("is damaged: {text}");
    let rest = 1 + end_of_line(&bytes, 0).ok_or_else(|| wrong("it has no first line"))?;
    let checksum = text::hex(&Sha256::digest(&bytes[rest..]));
    if bytes[..rest] != *format!("{FORMAT}{checksum}\n").as_bytes() {
        return Err(wrong("its checksum is another"));
    }
    let otlp = 1 + end_of_line(&bytes, rest).ok_or_else(|| wrong("it has no second line"))?;
    let head: Head = serde_json::from_slice(&bytes[rest..otlp])
        .map_err(|_| wrong("its second line is not what is known of a report"))?;
    if head.file_name().as_deref() != Some(name) {
        return Err("holds a report of another name".to_owned());
    }
    bytes.drain(..otlp);
    Ok(Entry { head, otlp: bytes })
}

fn end_of_line(bytes: &[u8], from: usize) -> Option<usize> {
    bytes[from..].iter().position(|&byte| byte == b'\n').map(|length| from + length)
}

impl Entry {
    /// Checks that it holds a report as an instance with one of these contracts makes it, and what its head says.
    pub(super) fn verify(self, contracts: &[Arc<Contract>]) -> Result<Spooled, Unusable> {
        let Self { head, otlp } = self;
        let contract = contracts.iter().find(|contract| contract.digest() == head.digest);
        let contract = contract.ok_or(Unusable::Kept)?;
        let spooled = Spooled::restore(contract, otlp, head.made_at)
            .map_err(|error| Unusable::Damaged(format!("is no report: {error}")))?;
        if spooled.head == head {
            Ok(spooled)
        } else {
            Err(Unusable::Damaged("holds another report than it says".to_owned()))
        }
    }
}
