//! The one gate: what comes in from a resource and a point, checked against the contract.
//!
//! The instance's end and the receiver's end use the same gate. They differ in two ways: an instance
//! always hashes ids and leaves out what its operator did not agree to; a receiver takes an id that
//! has the form of a hash as hashed already.

mod head;

use std::sync::Arc;

pub(crate) use head::{day, reason};
use headcount_proto::{Attribute, Number, Point, Value};
use jiff::civil::Date;

use crate::hash::{End, Secret};
use crate::model::{Contract, INSTANCE, Leaf, Level, Reason, Source};
use crate::part::{Entity, HEARTBEAT, Part, Put, Stamped};
use crate::plan::{GaugePlan, ListPlan, Slot};
use crate::refusal::Refusal;
use crate::value::{Scalar, Unfit};
use crate::vocabulary::Reasons;

pub(crate) const REPORT_ID: &str = "headcount.report.id";
pub(crate) const REPORT_DATE: &str = "headcount.report.date";
pub(crate) const REPORT_POINTS: &str = "headcount.report.points";
/// How many reports the instance dropped since the last one that arrived; absent for none.
pub(crate) const REPORT_DROPPED: &str = "headcount.report.dropped";
pub(crate) const REPORT_REASON: &str = "headcount.report.reason";
pub(crate) const SERVICE_NAME: &str = "service.name";

/// Bit 0 of OTLP's `DataPointFlags`.
const NO_RECORDED_VALUE: u32 = 1;
/// The attribute by which OpenTelemetry SDKs mark the point that stands for all they left out.
const OVERFLOW: &str = "otel.metric.overflow";

/// Who checks, by what, and how far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gate<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) secret: &'a Secret,
    pub(crate) end: End,
    pub(crate) level: Level,
    /// Why the report is made: what exists for other reasons is left out.
    pub(crate) reason: Reason,
}

/// What a resource says about the report that its points belong to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) attributes: Vec<(Arc<str>, Scalar)>,
    /// The instance's id in the form in which it travels.
    pub(crate) instance: Option<String>,
    pub(crate) report_id: String,
    pub(crate) date: Option<Date>,
}

impl Gate<'_> {
    /// Reads the resource's attributes that the contract lists.
    pub(crate) fn origin(&self, attributes: &[Attribute<'_>]) -> Result<Origin, Refusal> {
        let mut origin = Origin::default();
        match self.reason {
            Reason::Erase => return self.origin_of_erasure(attributes),
            Reason::OptOut if !self.contract.consent.announce => {
                return refuse(
                    REPORT_REASON,
                    "expected a reason for which the contract has reports",
                );
            }
            _ => {}
        }
        for slot in &self.contract.plan.resource {
            if slot.leaf.level > self.level || !self.tells(slot) {
                continue;
            }
            match find(attributes, &slot.name) {
                Some(value) => {
                    let value = self.value(slot, value)?;
                    if *slot.name == *INSTANCE
                        && let Scalar::Text(id) = &value
                    {
                        origin.instance = Some(id.clone());
                    }
                    origin.attributes.push((slot.name.clone(), value));
                }
                // A preview may lack the id; nothing is taken in without it.
                None if *slot.name == *INSTANCE && self.end == End::Receiver => {
                    return Err(Refusal::Missing { name: slot.name.clone() });
                }
                None if slot.leaf.may_be_absent() => {}
                None => return Err(Refusal::Missing { name: slot.name.clone() }),
            }
        }
        head::read(attributes, &mut origin)?;
        Ok(origin)
    }

    /// An erasure says whose reports it is about, and nothing else that the contract lists.
    fn origin_of_erasure(&self, attributes: &[Attribute<'_>]) -> Result<Origin, Refusal> {
        let slot = self.contract.instance_slot()?;
        let Some(value) = find(attributes, INSTANCE) else {
            return Err(Refusal::Missing { name: slot.name.clone() });
        };
        let mut origin = Origin::default();
        if let Scalar::Text(id) = self.value(slot, value)? {
            origin.instance = Some(id);
        }
        head::read(attributes, &mut origin)?;
        Ok(origin)
    }

    /// Whether a report for this reason tells the attribute. No announcement of a withdrawal tells an id.
    fn tells(&self, slot: &Slot) -> bool {
        let id = matches!(slot.leaf.source, Source::Id(_));
        slot.when.contains(self.reason) && !(id && self.reason == Reason::OptOut)
    }

    /// Whether a report for this reason has points of the gauge: they need what their elements are known by.
    fn has(&self, gauge: &GaugePlan) -> bool {
        let mut keys = gauge.lists.iter().filter_map(|list| list.key.as_ref());
        gauge.when.contains(self.reason) && keys.all(|key| self.tells(key))
    }

    /// Puts one point of a gauge where the contract wants it.
    pub(crate) fn point(
        &self,
        part: &mut Part,
        gauge: &GaugePlan,
        point: &Point<'_, '_>,
    ) -> Result<Put, Refusal> {
        if point.attributes.iter().any(|attribute| attribute.key == OVERFLOW) {
            return Err(Refusal::Overflow { name: gauge.name.clone() });
        }
        if !self.has(gauge) {
            let (contract, reason) = (self.contract.label(), Some(self.reason));
            return Err(Refusal::Unlisted { contract, reason });
        }
        let recorded = point.flags & NO_RECORDED_VALUE == 0;
        let Some(raw) = point.value.filter(|_| recorded) else {
            return refuse(&gauge.name, "expected a value");
        };
        let number = admit_number(gauge.leaf.as_deref(), raw)
            .map_err(|unfit| Refusal::Unfit { name: gauge.name.clone(), unfit })?;
        let time = point.time_unix_nano;
        let mut path = Vec::with_capacity(gauge.lists.len());
        for list in &gauge.lists {
            path.push(self.element(list, point.attributes)?);
        }
        let mut entity = &mut part.root;
        for (list, element) in gauge.lists.iter().zip(path) {
            let elements = entity.lists.entry(list.name.clone()).or_default();
            elements.max = list.max;
            entity = elements.by_key.entry(element.key).or_default();
            for (name, value) in element.attributes {
                entity.attributes.put(name, Stamped { time, value });
            }
        }
        let value = Scalar::from(number);
        let put = entity.gauges.put(gauge.name.clone(), Stamped { time, value });
        part.newest = part.newest.max(time);
        Ok(put)
    }

    /// Reads the attributes by which an element of a list is known.
    fn element(
        &self,
        list: &ListPlan,
        attributes: &[Attribute<'_>],
    ) -> Result<NewElement, Refusal> {
        let mut values = Vec::with_capacity(list.attributes.len() + 1);
        for slot in list.key.iter().chain(&list.attributes) {
            let shown = slot.leaf.level <= self.level && self.tells(slot);
            match find(attributes, &slot.name).filter(|_| shown) {
                Some(value) => values.push((slot.name.clone(), self.value(slot, value)?)),
                None if list.is_key(slot) || (shown && !slot.leaf.may_be_absent()) => {
                    return Err(Refusal::Missing { name: slot.name.clone() });
                }
                None => {}
            }
        }
        let key = list.element_key(values.iter().map(|(name, value)| (&**name, value)));
        Ok(NewElement { key, attributes: values })
    }

    /// The admitted value of an attribute: hashed where it identifies, checked by its leaf's rules.
    fn value(&self, slot: &Slot, value: &Value<'_>) -> Result<Scalar, Refusal> {
        let unfit = |unfit| Refusal::Unfit { name: slot.name.clone(), unfit };
        let Some(scalar) = scalar(value) else {
            return Err(unfit(Unfit(format!("expected {}", slot.leaf.kind.expected()))));
        };
        match (&slot.leaf.source, &scalar) {
            (Source::Id(_), Scalar::Text(text)) => {
                let hidden = slot.leaf.conceal(text, self.secret, self.end).map_err(unfit)?;
                Ok(Scalar::Text(hidden))
            }
            (Source::Id(_), Scalar::Int(number)) if slot.leaf.hash.is_some() => {
                let text = number.to_string();
                let hidden = slot.leaf.conceal(&text, self.secret, self.end).map_err(unfit)?;
                Ok(Scalar::Text(hidden))
            }
            _ => slot.leaf.admit(&scalar).map_err(unfit),
        }
    }
}

impl Contract {
    /// Where the instance's id is in the report.
    pub(crate) fn instance_slot(&self) -> Result<&Slot, Refusal> {
        let text = "expected a reason that needs no identity";
        self.plan.resource(INSTANCE).map_or_else(|| refuse(REPORT_REASON, text), Ok)
    }
}

/// Puts what a resource says into a part, as of the newest time of the resource's points.
pub(crate) fn seal(part: &mut Part, origin: &Origin, time: u64) {
    for (name, value) in &origin.attributes {
        let stamped = Stamped { time, value: value.clone() };
        part.root.attributes.put(name.clone(), stamped);
    }
}

/// The gauge that every report may carry.
pub(crate) fn heartbeat() -> GaugePlan {
    GaugePlan {
        name: HEARTBEAT.into(),
        leaf: None,
        level: Level::Basic,
        unit: Some("{report}".to_owned()),
        when: Reasons::all(),
        lists: Vec::new(),
    }
}

struct NewElement {
    key: Box<str>,
    attributes: Vec<(Arc<str>, Scalar)>,
}

fn admit_number(leaf: Option<&Leaf>, raw: Number) -> Result<Number, Unfit> {
    match (leaf, raw) {
        (Some(leaf), _) => leaf.admit_number(raw),
        (None, Number::Double(value)) if !value.is_finite() => {
            Err(Unfit("expected a finite number".to_owned()))
        }
        // Where the contract shows no value, the point says no more than that it is there.
        (None, _) => Ok(Number::Int(1)),
    }
}

fn refuse<T>(name: &str, expected: &str) -> Result<T, Refusal> {
    Err(Refusal::Unfit { name: name.into(), unfit: Unfit(expected.to_owned()) })
}

/// The last attribute of that key, as a map would keep it.
fn find<'v, 'a>(attributes: &'v [Attribute<'a>], key: &str) -> Option<&'v Value<'a>> {
    attributes.iter().rev().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

pub(crate) fn text_of<'a>(
    attributes: &[Attribute<'a>],
    key: &str,
) -> Result<Option<&'a str>, Refusal> {
    match find(attributes, key) {
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(_) => refuse(key, "expected text"),
        None => Ok(None),
    }
}

fn scalar(value: &Value<'_>) -> Option<Scalar> {
    match *value {
        Value::Text(text) => Some(Scalar::Text(text.to_owned())),
        Value::Bool(value) => Some(Scalar::Bool(value)),
        Value::Int(value) => Some(Scalar::Int(value)),
        Value::Double(value) => Some(Scalar::Double(value)),
        Value::Empty | Value::Bytes(_) | Value::Array | Value::KeyValues => None,
    }
}

impl Entity {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.attributes.get(name)?.value {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }
}
