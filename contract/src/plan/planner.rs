//! Lays the report's leaves out by their names on the wire.

use std::sync::Arc;

use super::{GaugePlan, ListPlan, Plan, Slot};
use crate::mistake::{Findings, Position};
use crate::model::{Element, INSTANCE, Identity, Leaf, Member, Node, Source, Structure, Type};

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

    pub(super) fn plan(mut self, report: &Structure, identity: Identity, at: Position) -> Plan {
        let mut resource = Vec::new();
        self.structure(report, &[], &mut resource);
        self.unique(&resource);
        self.plan.resource = resource;
        self.identity(identity, at);
        self.plan
    }

    /// Lays out a structure. Its attributes go to `attributes`, its gauges lie in `lists`.
    fn structure(
        &mut self,
        structure: &Structure,
        lists: &[Arc<ListPlan>],
        attributes: &mut Vec<Slot>,
    ) {
        attributes_of(structure, false, attributes);
        self.contents(structure, lists);
    }

    /// Lays out the gauges and lists of a structure.
    fn contents(&mut self, structure: &Structure, lists: &[Arc<ListPlan>]) {
        for Member { node, .. } in &structure.members {
            match node {
                Node::Structure(inner) => self.contents(inner, lists),
                Node::List(list) => {
                    for element in &list.elements {
                        self.element(element, lists);
                    }
                }
                Node::Leaf(leaf) => self.leaf(leaf, lists),
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf, lists: &[Arc<ListPlan>]) {
        match &leaf.source {
            Source::Gauge(name) => {
                let gauge = GaugePlan {
                    name: name.as_str().into(),
                    leaf: Some(Arc::new(leaf.clone())),
                    level: leaf.level,
                    unit: leaf.unit.clone(),
                    lists: lists.to_vec(),
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
        if self.plan.gauges.contains_key(&gauge.name) {
            self.findings
                .mistake(at, format!("expected each gauge once, got `{}` again", gauge.name));
            return;
        }
        let gauge = Arc::new(gauge);
        self.plan.gauges.insert(gauge.name.clone(), gauge.clone());
        self.plan.order.push(gauge);
    }

    fn element(&mut self, element: &Element, lists: &[Arc<ListPlan>]) {
        match element {
            Element::One(shape) => self.contents(shape, lists),
            Element::Each { at, attribute, max, shape } => {
                let mut attributes = Vec::new();
                attributes_of(shape, false, &mut attributes);
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
                self.list(list, shape, lists, *at);
            }
            Element::EachPoint { .. } => self.each_point(element, lists),
        }
    }

    fn each_point(&mut self, element: &Element, lists: &[Arc<ListPlan>]) {
        let Element::EachPoint { at, gauge, unit, max, level, shape } = element else {
            return;
        };
        let mut attributes = Vec::new();
        attributes_of(shape, false, &mut attributes);
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
        let mut lists = lists.to_vec();
        lists.push(Arc::new(list));
        let level = value.as_ref().map_or(*level, |leaf| leaf.level);
        self.gauge(GaugePlan { name, leaf: value, level, unit: unit.clone(), lists }, *at);
    }

    fn list(&mut self, list: ListPlan, shape: &Structure, outer: &[Arc<ListPlan>], at: Position) {
        self.named_once(&list.name, at);
        let mut lists = outer.to_vec();
        lists.push(Arc::new(list));
        self.contents(shape, &lists);
    }

    fn named_once(&mut self, name: &Arc<str>, at: Position) {
        if self.lists.contains(name) {
            self.findings.mistake(at, format!("expected each list once, got `{name}` again"));
        }
        self.lists.push(name.clone());
    }

    fn unique(&mut self, attributes: &[Slot]) {
        for (index, slot) in attributes.iter().enumerate() {
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
        let id = self.plan.resource(INSTANCE).map(|slot| slot.leaf.clone());
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

/// Collects the attributes of a structure, down to the next list. They are `conditional` where the
/// structure exists for some reasons of a report only.
fn attributes_of(structure: &Structure, conditional: bool, attributes: &mut Vec<Slot>) {
    let conditional = conditional || !structure.when.is_empty();
    for Member { node, .. } in &structure.members {
        match node {
            Node::Structure(inner) => attributes_of(inner, conditional, attributes),
            Node::List(list) => {
                for element in &list.elements {
                    if let Element::One(shape) = element {
                        attributes_of(shape, conditional, attributes);
                    }
                }
            }
            Node::Leaf(leaf) => {
                if let Source::Attribute(name) | Source::Id(name) = &leaf.source {
                    let (name, leaf) = (name.as_str().into(), Arc::new((**leaf).clone()));
                    attributes.push(Slot { name, leaf, conditional });
                }
            }
        }
    }
}
