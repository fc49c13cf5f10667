//! Report to OTLP: reads a document back into the values that make it.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::document::Document;
use crate::header::{Header, mark};
use crate::model::{
    Contract, Element, Fact, Leaf, List, Member, Missing, Node, Reason, Source, Structure,
    TimeFormat,
};
use crate::part::{Elements, Entity, HEARTBEAT, Part, Stamped};
use crate::plan::Plan;
use crate::value::Scalar;

/// A document that is not a report of the contract: where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Misfit {
    path: String,
    expected: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the document" } else { &self.path };
        write!(f, "{}, at {path}", self.expected)
    }
}

fn misfit<T>(path: &str, expected: impl Into<String>) -> Result<T, Misfit> {
    Err(Misfit { path: path.to_owned(), expected: expected.into() })
}

impl Contract {
    /// Reads a report of this contract. Ids in it are taken as they stand, hashed. What the document says
    /// of its date, time and reason replaces what `header` says.
    pub fn part(&self, report: &Document, header: &Header) -> Result<Part, Misfit> {
        let mut reader = Reader {
            plan: &self.plan,
            date: header.date,
            time: header.time_unix_nano,
            reason: header.reason,
        };
        reader.facts(&self.report, report);
        let mut root = Entity::default();
        reader.structure(&self.report, report, "", &mut root, None)?;
        let mut part = Part::new(reader.date, header.report_id.clone());
        part.newest = reader.time;
        part.root = root;
        let beat = Stamped { time: reader.time, value: Scalar::Int(1) };
        part.root.gauges.insert(HEARTBEAT.into(), beat);
        mark(&mut part, reader.reason);
        Ok(part)
    }
}

struct Reader<'c> {
    plan: &'c Plan,
    date: Date,
    time: u64,
    reason: Reason,
}

impl Reader<'_> {
    /// Looks for the facts about the report first: every value is stamped with its time.
    fn facts(&mut self, structure: &Structure, document: &Document) {
        for Member { key, node } in &structure.members {
            match (node, document.get(key)) {
                (Node::Structure(inner), Some(document)) => self.facts(inner, document),
                (Node::List(list), Some(Document::List(items))) => {
                    for (element, item) in
                        list.elements.iter().filter_map(|e| items.first().map(|i| (e, i)))
                    {
                        self.facts(element.shape(), item);
                    }
                }
                (Node::Leaf(leaf), Some(document)) => {
                    if let Source::Report(fact) = leaf.source {
                        self.fact(fact, leaf, document);
                    }
                }
                _ => {}
            }
        }
    }

    fn fact(&mut self, fact: Fact, leaf: &Leaf, document: &Document) {
        match fact {
            Fact::Date => {
                if let Document::Text(text) = document
                    && let Ok(date) = text.parse()
                {
                    self.date = date;
                }
            }
            Fact::Reason => {
                if let Ok(Scalar::Text(name)) = leaf.read(document)
                    && let Some(reason) = Reason::from_name(&name)
                {
                    self.reason = reason;
                }
            }
            Fact::GeneratedAt(format) | Fact::PeriodEnd(format) => {
                if let Some(time) = read_time(document, format) {
                    self.time = time;
                }
            }
            Fact::PeriodStart(_) => {}
        }
    }

    fn structure(
        &self,
        structure: &Structure,
        document: &Document,
        path: &str,
        entity: &mut Entity,
        gauge: Option<&str>,
    ) -> Result<(), Misfit> {
        let Document::Object(members) = document else {
            return misfit(path, "expected an object");
        };
        for (key, _) in members {
            if !structure.members.iter().any(|member| member.key == *key) {
                return misfit(path, format!("expected a key of the contract, got `{key}`"));
            }
        }
        for Member { key, node } in &structure.members {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let value = document.get(key);
            match (node, value) {
                (Node::Leaf(leaf), value) => self.leaf(leaf, value, &path, entity, gauge)?,
                (Node::List(list), Some(Document::List(items))) => {
                    self.list(list, items, &path, entity)?;
                }
                (Node::List(_), _) => return misfit(&path, "expected a list"),
                (Node::Structure(inner), Some(value)) => {
                    self.structure(inner, value, &path, entity, gauge)?;
                }
                (Node::Structure(inner), None) if !inner.when.is_empty() => {}
                (Node::Structure(_), None) => return misfit(&path, "expected an object"),
            }
        }
        Ok(())
    }

    /// Reads each item as the first of the list's elements that it fits.
    fn list(
        &self,
        list: &List,
        items: &[Document],
        path: &str,
        entity: &mut Entity,
    ) -> Result<(), Misfit> {
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let mut first = None;
            let fits = list.elements.iter().any(|element| {
                match self.element(element, item, &path, entity) {
                    Ok(()) => true,
                    Err(error) => {
                        first.get_or_insert(error);
                        false
                    }
                }
            });
            if let (false, Some(error)) = (fits, first) {
                return Err(error);
            }
        }
        Ok(())
    }

    fn element(
        &self,
        element: &Element,
        item: &Document,
        path: &str,
        entity: &mut Entity,
    ) -> Result<(), Misfit> {
        let shape = element.shape();
        if !shape.when.is_empty() && !shape.when.contains(&self.reason) {
            return misfit(path, "expected an element for the report's reason");
        }
        let (name, gauge, max) = match element {
            Element::One(_) => {
                let mut tried = entity.clone();
                self.structure(shape, item, path, &mut tried, None)?;
                *entity = tried;
                return Ok(());
            }
            Element::Each { attribute, max, .. } => (attribute, None, *max),
            Element::EachPoint { gauge, max, .. } => (gauge, Some(gauge.as_str()), *max),
        };
        let mut inner = Entity::default();
        self.structure(shape, item, path, &mut inner, gauge)?;
        let key = self.key(name, &inner);
        if let Some(gauge) = gauge {
            // A point whose value the report does not show has one all the same.
            let one = Stamped { time: self.time, value: Scalar::Int(1) };
            inner.gauges.entry(gauge.into()).or_insert(one);
        }
        let elements = entity
            .lists
            .entry(name.as_str().into())
            .or_insert_with(|| Elements { max, ..Elements::default() });
        if elements.by_key.insert(key, inner).is_some() {
            return misfit(path, "expected each element once");
        }
        Ok(())
    }

    /// What tells an element of this list apart.
    fn key(&self, list: &str, element: &Entity) -> Box<str> {
        let Some(list) = self.plan.list(list) else { return Box::default() };
        let slots = list.key.iter().chain(&list.attributes);
        list.element_key(slots.filter_map(|slot| {
            let stamped = element.attributes.get(&slot.name)?;
            Some((&*slot.name, &stamped.value))
        }))
    }

    fn leaf(
        &self,
        leaf: &Leaf,
        document: Option<&Document>,
        path: &str,
        entity: &mut Entity,
        gauge: Option<&str>,
    ) -> Result<(), Misfit> {
        let name = match &leaf.source {
            Source::Const(constant) => {
                return match document {
                    Some(document) if document == constant => Ok(()),
                    _ => misfit(path, format!("expected {constant}")),
                };
            }
            Source::Report(_) if document.is_some() => return Ok(()),
            Source::Report(_) => return misfit(path, "expected a value"),
            Source::Attribute(name) | Source::Id(name) | Source::Gauge(name) => name.as_str(),
            Source::Value => gauge.unwrap_or_default(),
        };
        let document = match (document, leaf.missing) {
            (None, Missing::Omit) | (Some(Document::Null), Missing::Null) => return Ok(()),
            (None, _) if leaf.may_be_absent() => return Ok(()),
            (None, _) => return misfit(path, "expected a value"),
            (Some(document), _) => document,
        };
        if leaf.missing == Missing::Zero && leaf.absent() == Ok(Some(document.clone())) {
            return Ok(());
        }
        let value = match (&leaf.source, document) {
            (Source::Id(_), Document::Text(text)) => leaf.concealed(text).map(Scalar::Text),
            _ => leaf.read(document),
        };
        let value = value.or_else(|unfit| misfit(path, unfit.to_string()))?;
        let stamped = |value| Stamped { time: self.time, value };
        match (&leaf.source, value) {
            // A gauge tells a boolean as 1 or 0.
            (Source::Gauge(_) | Source::Value, Scalar::Bool(value)) => {
                entity.gauges.insert(name.into(), stamped(Scalar::Int(value.into())));
            }
            (Source::Gauge(_) | Source::Value, value) => {
                entity.gauges.insert(name.into(), stamped(value));
            }
            (_, value) => {
                entity.attributes.insert(name.into(), stamped(value));
            }
        }
        Ok(())
    }
}

fn read_time(document: &Document, format: TimeFormat) -> Option<u64> {
    match (document, format) {
        (Document::Int(seconds), TimeFormat::EpochSeconds) => {
            u64::try_from(*seconds).ok()?.checked_mul(1_000_000_000)
        }
        (Document::Text(text), _) => {
            let time: Timestamp = text.parse().ok()?;
            u64::try_from(time.as_nanosecond()).ok()
        }
        _ => None,
    }
}
