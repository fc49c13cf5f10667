//! The one gate: what comes in from a resource and a point, checked against the contract.
//!
//! The instance's end and the receiver's end use the same gate. They differ in two ways: an instance
//! always hashes ids and leaves out what its operator did not agree to; a receiver takes an id that
//! has the form of a hash as hashed already. A relay is an instance in two steps: what comes in is hashed and
//! kept, and on its way out it is limited to what a report for this reason and up to this level may tell.

mod around;
mod head;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

pub(crate) use around::Around;
pub(crate) use head::{ABOUT, day, reason};
use headcount_proto::{Attribute, Number, Point, Value};
use jiff::civil::Date;

use crate::hash::{End, Secret};
use crate::model::{Contract, INSTANCE, Identity, Leaf, Level, Reason, Source, Type};
use crate::part::{Draft, Element, Entity, HEARTBEAT, Put, Stamped, Values};
use crate::plan::{GaugePlan, ListPlan, Slot};
use crate::refusal::Refusal;
use crate::value::{Scalar, Unfit, whole};
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
        if self.end == End::RelayIn {
            head::refuse_any(attributes)?;
        }
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
            if slot.leaf.level > self.level || !self.tells(slot) || self.renames(slot) {
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
                None if self.may_lack(slot) => {}
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
        self.exists(&slot.when) && !(id && self.reason == Reason::OptOut)
    }

    /// Whether a place of the report exists for this reason; for which one a relay makes it, shows later.
    fn exists(&self, when: &Reasons) -> bool {
        self.end == End::RelayIn || when.contains(self.reason)
    }

    /// Whether a report may do without an attribute. What one application tells a relay in a request need not be all
    /// that it tells.
    fn may_lack(&self, slot: &Slot) -> bool {
        self.end == End::RelayIn || slot.leaf.may_be_absent()
    }

    /// Whether an id gives way to one of a relay's own, which it replaces as often as the contract says.
    fn renames(&self, slot: &Slot) -> bool {
        let rotates = matches!(self.contract.identity(), Identity::Rotating(_));
        self.end == End::RelayIn && rotates && *slot.name == *INSTANCE
    }

    /// Whether a report for this reason has points of the gauge: they need what their elements are known by.
    fn has(&self, gauge: &GaugePlan) -> bool {
        let mut keys = gauge.lists.iter().filter_map(|list| list.key.as_ref());
        self.exists(&gauge.when) && keys.all(|key| self.tells(key))
    }

    /// Puts one point of a gauge where the contract wants it. What the point does not say about the elements that it
    /// belongs to may be said `around` it.
    pub(crate) fn point<'l, 'a>(
        &self,
        draft: &mut Draft<'l, 'a>,
        gauge: &'l GaugePlan,
        point: &Point<'_, 'a>,
        around: &[Attribute<'a>],
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
        self.walk(draft, &gauge.lists, &Around { point, around })?;
        let (lists, time) = (gauge.lists.len(), point.time_unix_nano);
        Ok(draft.gauge(lists, &gauge.name, time, Scalar::from(number)))
    }

    /// Goes down the lists to the element that the point belongs to. None is made before all of them are admitted.
    fn walk<'l, 'a>(
        &self,
        draft: &mut Draft<'l, 'a>,
        lists: &'l [Arc<ListPlan>],
        told: &Around<'_, 'a>,
    ) -> Result<(), Refusal> {
        let time = told.point.time_unix_nano;
        let raw = |list: &ListPlan| list.sole_key().and_then(|key| told.text(&key.name));
        let known = draft.follow(lists, raw);
        let ahead = || lists.iter().enumerate().skip(known);
        let elements = ahead().map(|(_, list)| self.element(list, told));
        let elements = elements.collect::<Result<Vec<_>, _>>()?;
        draft.tell(known, time);
        for ((depth, list), element) in ahead().zip(elements) {
            draft.step(depth, list, element, (raw(list), time));
        }
        Ok(())
    }

    /// Reads what an element of a list is known by.
    fn element<'a>(&self, list: &ListPlan, told: &Around<'_, 'a>) -> Result<Element<'a>, Refusal> {
        let time = told.point.time_unix_nano;
        let shown = |slot: &Slot| slot.leaf.level <= self.level && self.tells(slot);
        if let Some(slot) = list.sole_key().filter(|slot| shown(slot))
            && let Some(text) = told.text(&slot.name)
        {
            return Ok(Element { key: self.text(slot, text)?, attributes: Values::default() });
        }
        let mut values = Values::default();
        for slot in list.slots() {
            let shown = shown(slot);
            match told.find(&slot.name).filter(|_| shown) {
                Some(value) => {
                    let value = self.value(slot, value)?;
                    values.put(slot.name.clone(), Stamped { time, value });
                }
                None if list.is_key(slot) || (shown && !self.may_lack(slot)) => {
                    return Err(Refusal::Missing { name: slot.name.clone() });
                }
                None => {}
            }
        }
        let key = String::from(list.element_key(&values)).into();
        Ok(Element { key, attributes: values })
    }

    /// The admitted value of an attribute: hashed where it identifies, checked by its leaf's rules.
    fn value(&self, slot: &Slot, value: &Value<'_>) -> Result<Scalar, Refusal> {
        let leaf = &slot.leaf;
        let admitted = match (&leaf.source, value) {
            (_, Value::Text(text)) => return self.text(slot, text).map(Scalar::from),
            (Source::Id(_), Value::Int(_) | Value::Double(_)) if leaf.hash.is_some() => {
                let hidden = |id: i64| {
                    leaf.conceal(&id.to_string(), self.secret, self.end).map(Scalar::from)
                };
                integer(value).map_or_else(|| leaf.admit(value), hidden)
            }
            _ => leaf.admit(value),
        };
        admitted.map_err(|unfit| Refusal::Unfit { name: slot.name.clone(), unfit })
    }

    /// The admitted text of an attribute, the same.
    fn text<'a>(&self, slot: &Slot, text: &'a str) -> Result<Cow<'a, str>, Refusal> {
        let leaf = &slot.leaf;
        let admitted = match (&leaf.source, leaf.kind) {
            (Source::Id(_), _) => leaf.conceal(text, self.secret, self.end),
            (_, Type::Text | Type::Uuid) => leaf.admit_text(text),
            (_, kind) => Err(Unfit(format!("expected {}", kind.expected()))),
        };
        admitted.map_err(|unfit| Refusal::Unfit { name: slot.name.clone(), unfit })
    }
}

impl Contract {
    /// Where the instance's id is in the report.
    pub(crate) fn instance_slot(&self) -> Result<&Slot, Refusal> {
        let text = "expected a reason that needs no identity";
        self.plan.resource(INSTANCE).map_or_else(|| refuse(REPORT_REASON, text), Ok)
    }
}

/// Puts what a resource says into a report, as of the newest time of the resource's points.
pub(crate) fn seal(draft: &mut Draft<'_, '_>, origin: Origin, time: u64) {
    for (name, value) in origin.attributes {
        draft.attributes().put(name, Stamped { time, value });
    }
}

/// The gauge that every report may carry.
pub(crate) fn heartbeat() -> &'static GaugePlan {
    static GAUGE: LazyLock<GaugePlan> = LazyLock::new(|| GaugePlan {
        name: HEARTBEAT.into(),
        leaf: None,
        level: Level::Basic,
        unit: Some("{report}".to_owned()),
        when: Reasons::all(),
        lists: Vec::new(),
    });
    &GAUGE
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
pub(crate) fn attribute<'v, 'a>(
    attributes: &'v [Attribute<'a>],
    key: &str,
) -> Option<&'v Attribute<'a>> {
    attributes.iter().rev().find(|attribute| attribute.key == key)
}

/// Its value.
fn find<'v, 'a>(attributes: &'v [Attribute<'a>], key: &str) -> Option<&'v Value<'a>> {
    attribute(attributes, key).map(|attribute| &attribute.value)
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

/// A whole number, also where a Collector turned it into a double.
fn integer(value: &Value<'_>) -> Option<i64> {
    match *value {
        Value::Int(value) => Some(value),
        Value::Double(value) => whole(value).ok(),
        _ => None,
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
