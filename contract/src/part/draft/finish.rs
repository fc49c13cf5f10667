//! From a draft to a part: in its stored form, or as elements.

use super::{Draft, Gauge, ROOT};
use crate::part::root::Root;
use crate::part::stored::{Lent, Told, Writing, write};
use crate::part::{Elements, Entity, Part, Stamped, Values};
use crate::value::Scalar;

/// An element of a draft.
#[derive(Clone, Copy)]
struct Place<'d> {
    draft: &'d Draft<'d, 'd>,
    node: usize,
}

impl Draft<'_, '_> {
    /// The part in its stored form, and how many of its points were beyond the most elements of a list.
    pub(crate) fn finish(mut self) -> (Part, u64) {
        let refused = self.settle();
        let place = Place { draft: &self, node: ROOT };
        let stored = write(self.date, &self.generation, self.newest, place);
        let root = Root::stored(stored, self.gauges.len() as u64 - refused);
        let Self { date, generation, newest, .. } = self;
        (Part { date, generation, newest, root }, refused)
    }

    /// The same as elements, for a part that is about to be added to.
    pub(crate) fn finish_as_elements(mut self) -> (Part, u64) {
        let refused = self.settle();
        let root = self.entity(ROOT).into();
        let Self { date, generation, newest, .. } = self;
        (Part { date, generation, newest, root }, refused)
    }

    /// Takes an element out, with all that is in it. Lists are as deep as the contract has them.
    fn entity(&mut self, node: usize) -> Entity {
        let gauges: Values =
            self.gauges(node).map(|gauge| (gauge.name.clone(), gauge.stamped.clone())).collect();
        let sole = self.nodes[node].sole().map(|(name, time)| {
            let value = Scalar::from(&*self.nodes[node].key);
            (name.clone(), Stamped { time, value })
        });
        let mut attributes = std::mem::take(&mut self.nodes[node].attributes);
        attributes.extend(sole);
        let lists = std::mem::take(&mut self.nodes[node].lists);
        let lists = lists.into_iter().map(|list| {
            let elements = list.elements.into_iter().map(|node| {
                let key = Box::from(&*self.nodes[node].key);
                (key, self.entity(node))
            });
            (list.plan.name.clone(), Elements { max: list.plan.max, by_key: elements.collect() })
        });
        let lists = lists.collect();
        Entity { attributes, gauges, lists }
    }
}

impl<'d> Writing<'d> for Place<'d> {
    fn attributes(self) -> impl Iterator<Item = Told<'d>> {
        let node = &self.draft.nodes[self.node];
        let value = Lent::Text(&node.key);
        let sole = node.sole().map(|(name, time)| Told { name, time, value });
        sole.into_iter().chain(node.attributes.iter().map(|(name, stamped)| stamped.told(name)))
    }

    fn gauges(self) -> impl Iterator<Item = Told<'d>> {
        self.draft.gauges(self.node).map(|Gauge { name, stamped, .. }| stamped.told(name))
    }

    fn lists(
        self,
    ) -> impl Iterator<Item = (&'d str, usize, impl Iterator<Item = (&'d str, Self)>)> {
        let Self { draft, node } = self;
        draft.nodes[node].lists.iter().map(move |list| {
            let elements = list.elements.iter();
            let elements =
                elements.map(move |&node| (&*draft.nodes[node].key, Self { draft, node }));
            (&*list.plan.name, list.plan.max, elements)
        })
    }
}
