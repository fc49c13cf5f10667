//! The attributes of a contract: each is defined once, and referred to where it is recorded.

mod kind;

use kind::kind;

use super::annotations::{count, may_lack, of_leaf};
use super::places::Places;
use super::{Members, STABLE, deprecated, object, stability, text};
use crate::document::Document;
use crate::model::{Contract, Leaf, Level, Missing, Stability, Type};
use crate::plan::{ListPlan, Slot};
use crate::value::Scalar;
use crate::wording::told;

/// The resource attribute that names the application.
const SERVICE: &str = "service.name";

/// What every OpenTelemetry SDK adds to its resource. It has to be known, or each stream would have a fault;
/// no report has it.
const STRIPPED: [(&str, &str, &str); 3] = [
    ("telemetry.sdk.language", "The SDK's language", "python"),
    ("telemetry.sdk.name", "The SDK's name", "opentelemetry"),
    ("telemetry.sdk.version", "The SDK's version", "1.45.0"),
];

/// Every attribute that a report reads.
pub(super) struct Attributes<'c> {
    contract: &'c Contract,
    places: &'c Places<'c>,
    /// In the order of the contract, those of the resource first; each leaf once.
    uses: Vec<Use<'c>>,
}

/// An attribute in one place of the report. Two lists may read attributes of the same name.
#[derive(Clone, Copy)]
struct Use<'c> {
    slot: &'c Slot,
    /// The list whose elements it tells apart.
    key_of: Option<&'c ListPlan>,
}

impl<'c> Attributes<'c> {
    pub(super) fn of(contract: &'c Contract, places: &'c Places<'c>) -> Self {
        let mut uses = Vec::<Use<'c>>::new();
        let resource = contract.plan.resource.iter().map(|slot| Use { slot, key_of: None });
        let lists = contract.plan.order.iter().flat_map(|gauge| &gauge.lists);
        for one in resource.chain(lists.flat_map(|list| uses_of(list))) {
            if !uses.iter().any(|known| known.slot.leaf.at == one.slot.leaf.at) {
                uses.push(one);
            }
        }
        Self { contract, places, uses }
    }

    pub(super) fn definitions(&self) -> Vec<Document> {
        let mut defined = Vec::new();
        if self.first(SERVICE).is_none() {
            defined.push(service(self.contract));
        }
        for (index, one) in self.uses.iter().enumerate() {
            let name = &one.slot.name;
            if !self.uses[..index].iter().any(|earlier| earlier.slot.name == *name) {
                defined.push(self.definition(one));
            }
        }
        let stripped = STRIPPED.into_iter().filter(|(name, ..)| self.first(name).is_none());
        defined.extend(stripped.map(stripped_attribute));
        defined
    }

    fn definition(&self, one: &Use<'c>) -> Document {
        let Slot { name, leaf, .. } = one.slot;
        let alike = self.uses.iter().filter(|other| other.slot.name == *name);
        let mut members = Members::default();
        members.add("key", text(name)).add("type", kind(alike.map(|one| &*one.slot.leaf)));
        self.describe(one, &mut members);
        members.add("stability", stability(Some(leaf))).add("deprecated", deprecated(leaf));
        members.object()
    }

    /// The references of a resource: those that tell instances apart, and the others.
    pub(super) fn of_resource(&self, identity: &[&str]) -> (Vec<Document>, Vec<Document>) {
        let mut told_apart = Vec::new();
        let mut others = Vec::new();
        if self.first(SERVICE).is_none() {
            told_apart
                .push(object([("ref", text(SERVICE)), ("requirement_level", text("required"))]));
        }
        for slot in &self.contract.plan.resource {
            let reference = self.reference(slot, None);
            if identity.contains(&&*slot.name) || *slot.name == *SERVICE {
                told_apart.push(reference);
            } else {
                others.push(reference);
            }
        }
        (told_apart, others)
    }

    /// The references of data points that lie in these lists.
    pub(super) fn of_points(&self, lists: impl Iterator<Item = &'c ListPlan>) -> Vec<Document> {
        let mut known = Vec::new();
        let mut references = Vec::new();
        for Use { slot, key_of } in lists.flat_map(uses_of) {
            // What a list and one in it both read is one attribute of the point.
            if !known.contains(&&slot.name) {
                known.push(&slot.name);
                references.push(self.reference(slot, key_of));
            }
        }
        references
    }

    fn reference(&self, slot: &'c Slot, key_of: Option<&'c ListPlan>) -> Document {
        let mut members = Members::default();
        members
            .add("ref", text(&slot.name))
            .add("requirement_level", requirement(&slot.leaf, key_of));
        let defined =
            self.first(&slot.name).is_some_and(|first| first.slot.leaf.at == slot.leaf.at);
        if !defined {
            self.describe(&Use { slot, key_of }, &mut members);
            let less = slot.leaf.stability.filter(|stability| *stability != Stability::Stable);
            // A reference may make its attribute less stable, not more.
            members.add("stability", less.map(|_| stability(Some(&slot.leaf))));
            members.add("deprecated", deprecated(&slot.leaf));
        }
        members.object()
    }

    /// What a definition says, and a reference to one that says something else.
    fn describe(&self, one: &Use<'c>, members: &mut Members) {
        let Slot { leaf, when, .. } = one.slot;
        let mut ours = of_leaf(leaf, when, self.places);
        if let (Some(list), Document::Object(ours)) = (one.key_of, &mut ours) {
            let mut each = Members::default();
            each.add("path", self.places.list(&list.name).map(text));
            each.add("max", count(list.max as u64));
            ours.push(("each".to_owned(), each.object()));
        }
        members
            .add("brief", text(&told(leaf)))
            .add("note", leaf.note.as_deref().map(text))
            .add("examples", examples(leaf))
            .add("annotations", object([("headcount", ours)]));
    }

    fn first(&self, name: &str) -> Option<&Use<'c>> {
        self.uses.iter().find(|one| *one.slot.name == *name)
    }
}

fn uses_of(list: &ListPlan) -> impl Iterator<Item = Use<'_>> {
    let key = list.key.iter().map(move |slot| Use { slot, key_of: Some(list) });
    key.chain(list.attributes.iter().map(|slot| Use { slot, key_of: None }))
}

/// The application's name: the one value that chooses the contract.
fn service(contract: &Contract) -> Document {
    let member = object([
        ("id", text(&kind::identifier(&contract.name))),
        ("value", text(&contract.name)),
        ("stability", text(STABLE)),
    ]);
    object([
        ("key", text(SERVICE)),
        ("type", object([("members", Document::List(vec![member]))])),
        ("brief", text("The application's name: it says whose report this is")),
        ("stability", text(STABLE)),
    ])
}

fn stripped_attribute((name, brief, example): (&str, &str, &str)) -> Document {
    let ours = object([("stripped", Document::Bool(true))]);
    object([
        ("key", text(name)),
        ("type", text("string")),
        ("brief", text(brief)),
        ("note", text("Every OpenTelemetry SDK adds it. It is left out of the report.")),
        ("examples", Document::List(vec![text(example)])),
        ("annotations", object([("headcount", ours)])),
        ("stability", text(STABLE)),
    ])
}

fn requirement(leaf: &Leaf, key_of: Option<&ListPlan>) -> Document {
    if key_of.is_some() || (!may_lack(leaf) && leaf.level == Level::Basic) {
        return text("required");
    }
    if leaf.missing == Missing::Required {
        let condition = format!("where the operator agreed to level {}", leaf.level);
        return object([("conditionally_required", text(&condition))]);
    }
    text("recommended")
}

/// Values as they travel. The tools want one of each text.
fn examples(leaf: &Leaf) -> Option<Document> {
    if leaf.is_closed() || !matches!(leaf.kind, Type::Text | Type::Uuid) {
        return None;
    }
    let shown = match leaf.examples.as_slice() {
        [] => leaf.sample(0, 1).into_iter().collect(),
        examples => examples.iter().map(|example| text(example)).collect::<Vec<_>>(),
    };
    let wire = shown.into_iter().map(|shown| match leaf.read(&shown) {
        Ok(Scalar::Text(wire)) if leaf.hash.is_none() => Document::Text(wire),
        // A hash is what travels.
        _ => shown,
    });
    Some(Document::List(wire.collect()))
}
