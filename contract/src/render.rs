//! OTLP to report: writes the document that the contract describes.

mod excerpt;

use std::fmt;

use jiff::civil::Date;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::{Timestamp, ToSpan};

use crate::admit::REPORT_POINTS;
use crate::document::Document;
use crate::model::{
    Contract, Covers, Element, Fact, Leaf, List, Member, Node, Reason, Source, Structure,
    TimeFormat,
};
use crate::part::{Entity, Part};
use crate::value::Scalar;
pub use excerpt::Excerpt;

/// A report that is not whole: what it lacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Incomplete {
    missing: Vec<String>,
    points: Option<(u64, u64)>,
    /// It is no report at all.
    erasure: bool,
}

impl Incomplete {
    /// How many data points came, and how many there are by the sender's count, where these differ. More come where
    /// two reports without an id were merged.
    pub fn points(&self) -> Option<(u64, u64)> {
        self.points
    }

    /// The paths of the values that are missing.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        if self.erasure {
            return f.write_str("expected a report, got a request for erasure");
        }
        f.write_str("expected a whole report, got one")?;
        match self.points {
            Some((held, all)) if held < all => write!(f, " with {held} of {all} data points")?,
            Some((held, all)) => {
                write!(f, " with {held} data points where its sender counted {all}")?;
            }
            None => {}
        }
        if self.missing.is_empty() {
            return Ok(());
        }
        let shown: Vec<_> =
            self.missing.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
        write!(f, " without {}", shown.join(", "))?;
        let more = self.missing.len().saturating_sub(SHOWN);
        if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
    }
}

impl Contract {
    /// Writes the report that a part (or all parts, merged) holds, keys in the contract's order.
    ///
    /// Errors: [`Incomplete`] where a required value is missing, or where the sender counted more, or fewer, data points
    /// than came.
    pub fn report(&self, part: &Part) -> Result<Document, Incomplete> {
        let (document, incomplete) = self.draft(part);
        match incomplete {
            None => Ok(document),
            Some(incomplete) => Err(incomplete),
        }
    }

    /// Writes what there is of the report, `null` in the place of what is missing, and says what that is. Of a
    /// request for erasure there is nothing.
    pub fn draft(&self, part: &Part) -> (Document, Option<Incomplete>) {
        if part.is_erasure() {
            let incomplete = Incomplete { missing: Vec::new(), points: None, erasure: true };
            return (Document::Object(Vec::new()), Some(incomplete));
        }
        let mut writer = Writer { facts: Facts::of(self, part), missing: Vec::new() };
        let document = Document::Object(writer.structure(&self.report, &part.root, "", None));
        let declared = part.root.attributes.get(REPORT_POINTS).map(|stamped| &stamped.value);
        let points = match declared {
            Some(Scalar::Int(all)) => Some((part.points(), all.unsigned_abs())),
            _ => None,
        };
        let points = points.filter(|(held, all)| held != all);
        let whole = writer.missing.is_empty() && points.is_none();
        let incomplete = Incomplete { missing: writer.missing, points, erasure: false };
        (document, (!whole).then_some(incomplete))
    }
}

/// What a report says about itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) date: Date,
    /// The newest time of a point, in nanoseconds since the Unix epoch.
    pub(crate) newest: u64,
    pub(crate) covers: Covers,
    pub(crate) reason: Reason,
}

struct Writer {
    facts: Facts,
    missing: Vec<String>,
}

impl Writer {
    /// The members of an object. `gauge` names the gauge whose point makes the element, if one does.
    fn structure(
        &mut self,
        structure: &Structure,
        entity: &Entity,
        path: &str,
        gauge: Option<&str>,
    ) -> Vec<(String, Document)> {
        let mut members = Vec::with_capacity(structure.members.len());
        for Member { key, node } in &structure.members {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let value = match node {
                Node::Leaf(leaf) => self.leaf(leaf, entity, path, gauge),
                Node::List(list) => Some(Document::List(self.list(list, entity, &path))),
                Node::Structure(inner) => inner
                    .exists_for(self.facts.reason)
                    .then(|| Document::Object(self.structure(inner, entity, &path, gauge))),
            };
            members.extend(value.map(|value| (key.clone(), value)));
        }
        members
    }

    fn list(&mut self, list: &List, entity: &Entity, path: &str) -> Vec<Document> {
        let items = list.items(entity, self.facts.reason).enumerate();
        let items = items.map(|(index, Item { shape, entity, gauge })| {
            let path = format!("{path}[{index}]");
            Document::Object(self.structure(shape, entity, &path, gauge))
        });
        items.collect()
    }

    fn leaf(
        &mut self,
        leaf: &Leaf,
        entity: &Entity,
        path: String,
        gauge: Option<&str>,
    ) -> Option<Document> {
        self.facts.leaf(leaf, entity, gauge).unwrap_or_else(|()| {
            self.missing.push(path);
            Some(Document::Null)
        })
    }
}

/// An element of a list: its shape, what it is made of, and the gauge whose point makes it, if one does.
struct Item<'l, 'e> {
    shape: &'l Structure,
    entity: &'e Entity,
    gauge: Option<&'l str>,
}

impl List {
    /// The elements that a report has which is made for this reason.
    fn items<'l, 'e>(
        &'l self,
        entity: &'e Entity,
        reason: Reason,
    ) -> impl Iterator<Item = Item<'l, 'e>> {
        let elements = self.elements.iter().filter(move |one| one.shape().exists_for(reason));
        elements.flat_map(move |element| {
            let (name, gauge) = match element {
                Element::One(_) => (None, None),
                Element::Each { attribute, .. } => (Some(attribute), None),
                Element::EachPoint { gauge, .. } => (Some(gauge), Some(gauge.as_str())),
            };
            let one = name.is_none().then_some(entity);
            let list = name.and_then(|name| entity.lists.get(name.as_str()));
            let many = list.into_iter().flat_map(|list| list.by_key.values());
            let item = move |entity| Item { shape: element.shape(), entity, gauge };
            one.into_iter().chain(many).map(item)
        })
    }
}

impl Facts {
    fn of(contract: &Contract, part: &Part) -> Self {
        let reason = part.reason().unwrap_or_default();
        Self { date: part.date, newest: part.newest, covers: contract.schedule.covers, reason }
    }

    /// What a leaf shows of an object or element; nothing where it is left out.
    ///
    /// Errors: the value is missing, and required.
    fn leaf(
        &self,
        leaf: &Leaf,
        entity: &Entity,
        gauge: Option<&str>,
    ) -> Result<Option<Document>, ()> {
        let stamped = match &leaf.source {
            Source::Const(document) => return Ok(Some(document.clone())),
            Source::Report(fact) => return Ok(Some(self.write(*fact, leaf))),
            Source::Attribute(name) | Source::Id(name) => entity.attributes.get(name.as_str()),
            Source::Gauge(name) => entity.gauges.get(name.as_str()),
            Source::Value => gauge.and_then(|gauge| entity.gauges.get(gauge)),
        };
        stamped.map_or_else(|| leaf.absent(), |stamped| Ok(Some(leaf.render(&stamped.value))))
    }

    /// The fact as this leaf shows it.
    pub(crate) fn write(&self, fact: Fact, leaf: &Leaf) -> Document {
        match fact {
            Fact::Date => Document::Text(self.date.to_string()),
            Fact::Reason => leaf.render(&Scalar::from(self.reason.as_str())),
            Fact::GeneratedAt(format) => time(self.newest, format),
            Fact::PeriodStart(format) => match self.covers {
                Covers::PreviousDay => time(midnight(self.date), format),
                Covers::Now => time(self.newest, format),
            },
            Fact::PeriodEnd(format) => match self.covers {
                Covers::PreviousDay => time(midnight(self.date.saturating_add(1.day())), format),
                Covers::Now => time(self.newest, format),
            },
        }
    }
}

/// The start of a UTC day, in nanoseconds since the Unix epoch.
pub(crate) fn midnight(date: Date) -> u64 {
    let start = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
    start.ok().and_then(|start| u64::try_from(start.as_nanosecond()).ok()).unwrap_or(0)
}

fn time(nanoseconds: u64, format: TimeFormat) -> Document {
    let time = Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::UNIX_EPOCH);
    let print = |digits| {
        let mut text = String::new();
        let printer = DateTimePrinter::new().precision(Some(digits));
        printer.print_timestamp(&time, &mut text).expect("writing to a string cannot fail");
        Document::Text(text)
    };
    match format {
        TimeFormat::EpochSeconds => Document::Int(time.as_second()),
        TimeFormat::Rfc3339 => print(0),
        TimeFormat::Rfc3339Micros => print(6),
    }
}
