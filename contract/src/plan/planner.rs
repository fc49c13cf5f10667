//! Lays the report's leaves out by their names on the wire.

use std::ops::BitOr;
use std::sync::Arc;

use super::{GaugePlan, ListPlan, Plan, Slot, length_bit};
use crate::mistake::{Findings, Position};
use crate::model::{
    Element, INSTANCE, Identity, Leaf, Level, Member, Node, Reason, Source, Structure, Type,
};
use crate::vocabulary::Reasons;

/// Where in the report something stands.
struct Place {
    /// The lists that it lies in, outermost first.
    lists: Vec<Arc<ListPlan>>,
    /// The reasons for which it exists.
    when: Reasons,
}

impl Place {
    fn when(&self, structure: &Structure) -> Self {
        Self { lists: self.lists.clone(), when: self.when.within(&structure.when) }
    }

    fn inside(&self, list: ListPlan) -> Self {
        let mut lists = self.lists.clone();
        lists.push(Arc::new(list));
        Self { lists, when: self.when.clone() }
    }
}

/// A plan in the making.
pub(super) struct Planner<'f> {
    plan: Plan,
    /// Names of the lists so far.
    lists: Vec<Arc<str>>,
    findings: &'f mut Findings,
}

impl<'f> Planner<'f> {
    pub(super) fn new(findings: &'f mut Findings) -> Self {
        Self { plan: Plan::default(), lists: Vec::new(), findings }
    }

    pub(super) fn plan(
        mut self,
        report: &Structure,
        identity: Option<Identity>,
        at: Position,
    ) -> Plan {
        let mut resource = Vec::new();
        self.structure(report, &mut resource);
        self.unique(&resource);
        self.plan.resource = resource;
        self.plan.lengths = self.plan.of_report().map(length_bit).fold(0, BitOr::bitor);
        if let Some(identity) = identity {
            self.identity(identity, at);
        }
        self.plan
    }

    /// Lays out the whole report. Its attributes go to `attributes`.
    fn structure(&mut self, report: &Structure, attributes: &mut Vec<Slot>) {
        attributes_of(report, &Reasons::of_reports(), attributes);
        self.contents(report, &Place { lists: Vec::new(), when: Reasons::of_reports() });
    }

    /// Lays out the gauges and lists of a structure that stands in this place.
    fn contents(&mut self, structure: &Structure, place: &Place) {
        let place = &place.when(structure);
        for Member { node, .. } in &structure.members {
            match node {
                Node::Structure(inner) => self.contents(inner, place),
                Node::List(list) => {
                    for element in &list.elements {
                        self.element(element, place);
                    }
                }
                Node::Leaf(leaf) => self.leaf(leaf, place),
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf, place: &Place) {
        match &leaf.source {
            Source::Gauge(name) => {
                let gauge = GaugePlan {
                    name: name.as_str().into(),
                    leaf: Some(Arc::new(leaf.clone())),
                    level: leaf.level,
                    unit: leaf.unit.clone(),
                    when: place.when.clone(),
                    lists: place.lists.clone(),
                };
                self.gauge(gauge, leaf.at);
            }
            Source::Value => self.findings.mistake(
                leaf.at,
                "expected `$value` inside an `$each_point`, where a point makes the element",
            ),
            _ => {}
        }
    }

    fn gauge(&mut self, gauge: GaugePlan, at: Position) {
        self.not_ours(&gauge.name, at);
        if self.plan.gauges.contains_key(&gauge.name) {
            self.findings
                .mistake(at, format!("expected each gauge once, got `{}` again", gauge.name));
            return;
        }
        for slot in gauge.lists.iter().flat_map(|list| list.slots()) {
            if !self.plan.has_in_elements(&slot.name) {
                self.plan.elements.push(slot.name.clone());
            }
        }
        let gauge = Arc::new(gauge);
        self.plan.gauges.insert(gauge.name.clone(), gauge.clone());
        self.plan.order.push(gauge);
    }

    fn element(&mut self, element: &Element, place: &Place) {
        match element {
            Element::One(shape) => self.contents(shape, place),
            Element::Each { at, attribute, max, shape } => {
                let mut attributes = Vec::new();
                attributes_of(shape, &place.when, &mut attributes);
                self.unique(&attributes);
                let key = attributes.iter().position(|slot| *slot.name == **attribute);
                let Some(key) = key else {
                    self.findings.mistake(
                        *at,
                        format!(
                            "expected a leaf with `$id: {attribute}` or `$attribute: {attribute}`, \
                             got an `$each` that never shows what its elements and their children are known by"
                        ),
                    );
                    return;
                };
                let key = attributes.remove(key);
                let name = key.name.clone();
                let list = ListPlan { name, key: Some(key), attributes, max: *max };
                self.list(list, shape, place, *at);
            }
            Element::EachPoint { .. } => self.each_point(element, place),
        }
    }

    fn each_point(&mut self, element: &Element, place: &Place) {
        let Element::EachPoint { at, gauge, unit, max, level, shape } = element else {
            return;
        };
        let mut attributes = Vec::new();
        attributes_of(shape, &place.when, &mut attributes);
        self.unique(&attributes);
        for (_, leaf) in shape.leaves() {
            if matches!(leaf.source, Source::Gauge(_)) {
                self.findings.mistake(
                    leaf.at,
                    "expected `$value` or attributes inside an `$each_point`, got a gauge",
                );
            }
        }
        if has_list(shape) {
            self.findings
                .mistake(*at, "expected no list inside an `$each_point`: a point has no children");
        }
        let value = shape.leaves().into_iter().find(|(_, leaf)| leaf.source == Source::Value);
        let value = value.map(|(_, leaf)| Arc::new(leaf.clone()));
        let name: Arc<str> = gauge.as_str().into();
        let list = ListPlan { name: name.clone(), key: None, attributes, max: *max };
        self.named_once(&name, *at);
        let Place { lists, when } = place.when(shape).inside(list);
        let level = value.as_ref().map_or(*level, |leaf| leaf.level);
        self.gauge(GaugePlan { name, leaf: value, level, unit: unit.clone(), when, lists }, *at);
    }

    fn list(&mut self, list: ListPlan, shape: &Structure, outer: &Place, at: Position) {
        self.named_once(&list.name, at);
        let gauges = self.plan.order.len();
        self.contents(shape, &outer.inside(list));
        if self.plan.order.len() == gauges {
            self.findings.mistake(
                at,
                "expected a gauge inside an `$each`: an element travels with its points",
            );
        }
    }

    fn named_once(&mut self, name: &Arc<str>, at: Position) {
        if self.lists.contains(name) {
            self.findings.mistake(at, format!("expected each list once, got `{name}` again"));
        }
        self.lists.push(name.clone());
    }

    /// What the exporter says of a report itself has names of its own.
    fn not_ours(&mut self, name: &str, at: Position) {
        if name.starts_with("headcount.") {
            self.findings.mistake(
                at,
                format!("expected a name that does not begin with `headcount.`, got `{name}`"),
            );
        }
    }

    fn unique(&mut self, attributes: &[Slot]) {
        for (index, slot) in attributes.iter().enumerate() {
            self.not_ours(&slot.name, slot.leaf.at);
            if attributes[..index].iter().any(|earlier| earlier.name == slot.name) {
                self.findings.mistake(
                    slot.leaf.at,
                    format!("expected each attribute once, got `{}` again", slot.name),
                );
            }
        }
    }

    /// An instance is known by one id, or by none.
    fn identity(&mut self, identity: Identity, at: Position) {
        let slot = self.plan.resource(INSTANCE);
        let told = |reason| slot.is_none_or(|slot| slot.when.contains(reason));
        // A withdrawal is announced without it anyway.
        let mut reasons = Reason::OF_REPORTS.into_iter().filter(|one| *one != Reason::OptOut);
        let always = slot.is_none_or(|slot| slot.leaf.level == Level::Basic) && reasons.all(told);
        let id = slot.map(|slot| slot.leaf.clone());
        if let (false, Some(leaf)) = (always, &id) {
            self.findings.mistake(
                leaf.at,
                format!(
                    "expected `{INSTANCE}` at level `basic` and for every reason but `opt_out`"
                ),
            );
        }
        match (identity, id) {
            (Identity::None, Some(leaf)) => self.findings.mistake(
                leaf.at,
                format!("expected no `{INSTANCE}` with `identity: none`, got one"),
            ),
            (Identity::Stable | Identity::Rotating(_), None) => self.findings.mistake(
                at,
                format!("expected a leaf with `$id: {INSTANCE}`, or `identity: none`"),
            ),
            (Identity::Stable | Identity::Rotating(_), Some(leaf))
                if !matches!(leaf.source, Source::Id(_)) =>
            {
                self.findings
                    .mistake(leaf.at, format!("expected `$id: {INSTANCE}`, got `$attribute`"));
            }
            (Identity::Rotating(_), Some(_)) => self.exact_counts(),
            _ => {}
        }
    }

    /// Rotation is not sold as more than it is: exact counts link an instance's ids to each other.
    fn exact_counts(&mut self) {
        for gauge in &self.plan.order {
            if let Some(leaf) = &gauge.leaf
                && leaf.kind != Type::Boolean
                && leaf.rules.buckets.is_empty()
            {
                self.findings.warning(
                    leaf.at,
                    format!(
                        "`{}` is exact: under a rotating id exact counts link one id to the next; give it `buckets`",
                        gauge.name
                    ),
                );
            }
        }
    }
}

fn has_list(structure: &Structure) -> bool {
    structure.members.iter().any(|member| match &member.node {
        Node::List(_) => true,
        Node::Structure(inner) => has_list(inner),
        Node::Leaf(_) => false,
    })
}

/// Collects the attributes of a structure, down to the next list.
fn attributes_of(structure: &Structure, outer: &Reasons, attributes: &mut Vec<Slot>) {
    let when = &outer.within(&structure.when);
    for Member { node, .. } in &structure.members {
        match node {
            Node::Structure(inner) => attributes_of(inner, when, attributes),
            Node::List(list) => {
                for element in &list.elements {
                    if let Element::One(shape) = element {
                        attributes_of(shape, when, attributes);
                    }
                }
            }
            Node::Leaf(leaf) => {
                if let Source::Attribute(name) | Source::Id(name) = &leaf.source {
                    let (name, leaf) = (name.as_str().into(), Arc::new((**leaf).clone()));
                    attributes.push(Slot { name, leaf, when: when.clone() });
                }
            }
        }
    }
}
