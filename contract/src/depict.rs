//! Report to OTLP: reads a document back into the values that make it.

use std::fmt;

use jiff::Timestamp;

use crate::admit::day;
use crate::document::Document;
use crate::header::{Header, mark};
use crate::model::{
    Contract, Element, Fact, Leaf, List, Member, Missing, Node, Reason, Source, Structure,
    TimeFormat,
};
use crate::part::{Elements, Entity, HEARTBEAT, Part, Stamped};
use crate::plan::Plan;
use crate::render::Facts;
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
        let facts = Facts {
            date: header.date,
            newest: header.time_unix_nano,
            covers: self.schedule.covers,
            reason: header.reason,
        };
        let mut reader = Reader { plan: &self.plan, facts };
        reader.facts(&self.report, report);
        let mut root = Entity::default();
        reader.structure(&self.report, report, "", &mut root, None)?;
        let mut part = Part::new(reader.facts.date, header.report_id.clone());
        part.newest = reader.facts.newest;
        part.root = root.into();
        let beat = Stamped { time: reader.facts.newest, value: Scalar::Int(1) };
        part.root.gauges.set(HEARTBEAT.into(), beat);
        mark(&mut part, &Header { reason: reader.facts.reason, ..header.clone() });
        Ok(part)
    }
}

struct Reader<'c> {
    plan: &'c Plan,
    facts: Facts,
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

    /// Takes what the document says of a fact; what it cannot say is found when the leaf is read.
    fn fact(&mut self, fact: Fact, leaf: &Leaf, document: &Document) {
        match (fact, document) {
            (Fact::Date, Document::Text(text)) => {
                self.facts.date = day(text).unwrap_or(self.facts.date);
            }
            (Fact::Reason, _) => {
                if let Ok(Scalar::Text(name)) = leaf.read(document) {
                    self.facts.reason = Reason::from_name(&name).unwrap_or(self.facts.reason);
                }
            }
            (Fact::GeneratedAt(format) | Fact::PeriodEnd(format), _) => {
                self.facts.newest = read_time(document, format).unwrap_or(self.facts.newest);
            }
            (Fact::Date | Fact::PeriodStart(_), _) => {}
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
                (Node::Structure(inner), None) if !inner.exists_for(self.facts.reason) => {}
                (Node::Structure(inner), Some(_)) if !inner.exists_for(self.facts.reason) => {
                    return misfit(&path, "expected nothing in a report for this reason");
                }
                (Node::Structure(inner), Some(value)) => {
                    self.structure(inner, value, &path, entity, gauge)?;
                }
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
        let mut counts = vec![0; list.elements.len()];
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let mut first = None;
            let fits = list.elements.iter().position(|element| {
                let read = self.element(element, item, &path, entity);
                read.map_err(|error| first.get_or_insert(error).clone()).is_ok()
            });
            match (fits, first) {
                (Some(element), _) => counts[element] += 1,
                (None, Some(error)) => return Err(error),
                (None, None) => return misfit(&path, "expected no element"),
            }
        }
        for (element, count) in list.elements.iter().zip(counts) {
            self.count(element, count, path)?;
        }
        Ok(())
    }

    /// Whether a list may have so many of these elements.
    fn count(&self, element: &Element, count: usize, path: &str) -> Result<(), Misfit> {
        match element {
            Element::One(shape) => {
                let expected = usize::from(shape.exists_for(self.facts.reason));
                if count == expected {
                    return Ok(());
                }
                misfit(
                    path,
                    format!("expected each of its fixed elements once, got one {count} times"),
                )
            }
            Element::Each { max, .. } | Element::EachPoint { max, .. } if count > *max => {
                misfit(path, format!("expected at most {max} elements, got {count}"))
            }
            Element::Each { .. } | Element::EachPoint { .. } => Ok(()),
        }
    }

    fn element(
        &self,
        element: &Element,
        item: &Document,
        path: &str,
        entity: &mut Entity,
    ) -> Result<(), Misfit> {
        let shape = element.shape();
        if !shape.exists_for(self.facts.reason) {
            return misfit(path, "expected an element for the report's reason");
        }
        let (name, gauge, max) = match element {
            Element::One(_) => {
                let mut read = Entity::default();
                self.structure(shape, item, path, &mut read, None)?;
                entity.attributes.extend(read.attributes);
                entity.gauges.extend(read.gauges);
                entity.lists.extend(read.lists);
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
            let one = Stamped { time: self.facts.newest, value: Scalar::Int(1) };
            if inner.gauges.get(gauge).is_none() {
                inner.gauges.set(gauge.into(), one);
            }
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
        let list = self.plan.list(list);
        list.map(|list| list.element_key(&element.attributes)).unwrap_or_default()
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
            Source::Report(fact) => {
                let written = self.facts.write(*fact, leaf);
                return match document {
                    Some(document) if *document == written => Ok(()),
                    _ => misfit(path, format!("expected {written}")),
                };
            }
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
        let stamped = |value| Stamped { time: self.facts.newest, value };
        match (&leaf.source, value) {
            // A gauge tells a boolean as 1 or 0.
            (Source::Gauge(_) | Source::Value, Scalar::Bool(value)) => {
                entity.gauges.set(name.into(), stamped(Scalar::Int(value.into())));
            }
            (Source::Gauge(_) | Source::Value, value) => {
                entity.gauges.set(name.into(), stamped(value));
            }
            (_, value) => {
                entity.attributes.set(name.into(), stamped(value));
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
