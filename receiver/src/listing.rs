//! Stored reports as operators read them: a line for each.

use headcount_contract::{Document, Incomplete, Library};

use crate::error::Error;
use crate::hexadecimal::hexadecimal;
use crate::store::{Derived, Row, StoredKey};

/// What becomes of a stored report in a list.
#[derive(Clone, Debug)]
pub enum Listed {
    /// A line: the report as its contract documents it, or what it lacks, where that was asked for.
    Line(Document),
    /// Nothing: it is whole, and it was asked for those that are not.
    Passed,
    /// It lacks something.
    Incomplete(StoredKey, Incomplete),
    /// It cannot be read.
    Damaged(Error),
    /// Its contract is not known.
    Unknown(StoredKey),
}

impl Listed {
    /// What becomes of a report. `incomplete`: it is asked what reports lack, instead of for those that lack nothing.
    pub fn of(row: Row, library: &Library, incomplete: bool) -> Self {
        let Row { key, part, .. } = row;
        let part = match part {
            Ok(part) => part,
            Err(error) => return Self::Damaged(error),
        };
        let Some(contract) = library.get(&key.contract, &key.version) else {
            return Self::Unknown(key);
        };
        match (contract.report(&part), incomplete) {
            (Ok(report), false) => Self::Line(report),
            (Err(lacking), true) => Self::Line(missing(&key, &lacking)),
            (Err(lacking), false) => Self::Incomplete(key, lacking),
            (Ok(_), true) => Self::Passed,
        }
    }
}

impl Derived {
    /// A report with what the receiver added to it: `{"report": …, "derived": …}`. The report itself is as documented.
    #[must_use]
    pub fn beside(&self, report: Document) -> Document {
        let received_at =
            self.received_at.map(|at| ("received_at", Document::Text(at.to_string())));
        let source = self.source.map(|hash| Document::Text(hexadecimal(&hash)));
        let source = source.map(|hash| ("source_address_hash", hash));
        let added = object(received_at.into_iter().chain(source).collect());
        object(vec![("report", report), ("derived", added)])
    }
}

/// What stands for a report that lacks something.
fn missing(key: &StoredKey, incomplete: &Incomplete) -> Document {
    let missing = incomplete.missing().iter().cloned().map(Document::Text).collect();
    let points = incomplete.points().map(|(held, expected)| {
        let number = |points| Document::Int(i64::try_from(points).unwrap_or(i64::MAX));
        ("points", object(vec![("held", number(held)), ("expected", number(expected))]))
    });
    let mut members = vec![
        ("contract", Document::Text(format!("{}/{}", key.contract, key.version))),
        ("date", Document::Text(key.date.to_string())),
        ("missing", Document::List(missing)),
    ];
    members.extend(points);
    members.push(("reason", Document::Text(incomplete.to_string())));
    object(members)
}

fn object(members: Vec<(&str, Document)>) -> Document {
    Document::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
