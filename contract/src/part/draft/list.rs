//! The lists of a draft's elements, and finding an element in one.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Draft, Node};
use crate::plan::ListPlan;

/// A list of a node.
#[derive(Debug)]
pub(super) struct List<'l, 'a> {
    pub(super) plan: &'l ListPlan,
    /// Its elements, in the order of their keys as long as there is no index.
    pub(super) elements: Vec<usize>,
    /// The elements by their keys, as soon as one came out of order. Our exporter sends them in order.
    index: Option<HashMap<Cow<'a, str>, usize>>,
}

impl<'l> Node<'l, '_> {
    /// The place of a list, which is made where there is none.
    pub(super) fn list(&mut self, plan: &'l ListPlan) -> usize {
        self.lists.binary_search_by(|list| list.plan.name.cmp(&plan.name)).unwrap_or_else(|place| {
            self.lists.insert(place, List { plan, elements: Vec::new(), index: None });
            place
        })
    }
}

impl Draft<'_, '_> {
    /// The element of this key.
    pub(super) fn find(&self, parent: usize, list: usize, key: &str) -> Option<usize> {
        let List { elements, index, .. } = &self.nodes[parent].lists[list];
        if let Some(index) = index {
            return index.get(key).copied();
        }
        let key_of = |node: &usize| &*self.nodes[*node].key;
        if elements.last().is_none_or(|last| key_of(last) < key) {
            return None;
        }
        let place = elements.binary_search_by(|node| key_of(node).cmp(key)).ok()?;
        Some(elements[place])
    }

    /// Adds the newest node to a list in which it is not yet.
    pub(super) fn add(&mut self, parent: usize, list: usize) -> usize {
        let new = self.nodes.len() - 1;
        let key = |node: usize| self.nodes[node].key.clone();
        let List { elements, index, .. } = &self.nodes[parent].lists[list];
        let latest = elements.last().map(|&node| &self.nodes[node].key);
        let entry = match index {
            Some(_) => vec![(key(new), new)],
            None if latest.is_none_or(|latest| *latest < self.nodes[new].key) => Vec::new(),
            None => elements.iter().chain([&new]).map(|&node| (key(node), node)).collect(),
        };
        let List { elements, index, .. } = &mut self.nodes[parent].lists[list];
        if !entry.is_empty() {
            index.get_or_insert_default().extend(entry);
        }
        elements.push(new);
        new
    }

    /// Puts the elements of every list in order, leaves out those beyond the most that are kept, and says how
    /// many points went with them.
    pub(super) fn settle(&mut self) -> u64 {
        let mut refused = 0;
        for parent in 0..self.nodes.len() {
            let mut lists = std::mem::take(&mut self.nodes[parent].lists);
            for List { plan, elements, index } in &mut lists {
                if index.is_some() {
                    elements.sort_unstable_by_key(|&node| &self.nodes[node].key);
                }
                let beyond = elements.split_off(elements.len().min(plan.max));
                refused += beyond.into_iter().map(|node| self.drop_points(node)).sum::<u64>();
            }
            self.nodes[parent].lists = lists;
        }
        refused
    }

    /// Forgets the points of an element and of all that is in it, and says how many they were.
    fn drop_points(&mut self, node: usize) -> u64 {
        let gauges = self.gauges(node).count() as u64;
        self.nodes[node].gauge = None;
        let lists = std::mem::take(&mut self.nodes[node].lists);
        let elements = lists.into_iter().flat_map(|list| list.elements);
        gauges + elements.map(|node| self.drop_points(node)).sum::<u64>()
    }
}
