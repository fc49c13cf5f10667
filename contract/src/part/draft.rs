//! A part while points are put into it.
//!
//! Points in a row mostly belong to the same elements, or to those that followed one another before: an SDK
//! tells the elements of every gauge in the same order. So each element knows what its key looked like as it came,
//! and which element came next. Where that is right, nothing is admitted, hashed, sorted or searched for again.
//! What came is borrowed as long as that can be, and a part is written from it in its stored form at once.

mod finish;
mod list;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Put, Stamped, Values};
use crate::plan::ListPlan;
use crate::value::Scalar;
use list::List;

/// A part that is being filled: from texts that live for `'a`, by a contract that lives for `'l`.
#[derive(Debug)]
pub(crate) struct Draft<'l, 'a> {
    date: Date,
    generation: String,
    newest: u64,
    /// The report itself, and the elements of its lists in the order in which they came.
    nodes: Vec<Node<'l, 'a>>,
    /// The values of all gauges, in the order in which they came. They stand in one row, so that no element needs
    /// room of its own.
    gauges: Vec<Gauge<'l>>,
    /// The elements that the last point went to, outermost first.
    path: Vec<usize>,
}

/// What a point tells about an element of a list.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) key: Cow<'a, str>,
    /// Its attributes; none where there is but the one that is the key, and that is a text.
    pub(crate) attributes: Values,
}

/// The report itself, or an element of a list.
#[derive(Debug, Default)]
struct Node<'l, 'a> {
    parent: usize,
    /// The list in which the element is; none of the report itself.
    list: Option<&'l ListPlan>,
    key: Cow<'a, str>,
    /// What the key looked like, where it is all that is read about the element.
    came_as: Option<&'a str>,
    /// The newest time at which it came so.
    told: u64,
    attributes: Values,
    /// The first of its gauges in the order of their names.
    gauge: Option<usize>,
    /// Its lists in the order of their names.
    lists: Vec<List<'l, 'a>>,
    /// The element that came after this one, at last.
    next: usize,
}

/// A gauge's value.
#[derive(Debug)]
struct Gauge<'l> {
    name: &'l Arc<str>,
    stamped: Stamped,
    /// The one of the same element that comes after it in the order of the names.
    next: Option<usize>,
}

/// The report itself.
const ROOT: usize = 0;

impl<'l, 'a> Draft<'l, 'a> {
    pub(crate) fn new(date: Date, generation: String) -> Self {
        let (nodes, gauges, path) = (vec![Node::default()], Vec::new(), Vec::new());
        Self { date, generation, newest: 0, nodes, gauges, path }
    }

    /// Follows a point's way as far as it is known: `raw` gives the text by which an element of a list is told
    /// apart, if there is nothing else to be read about it. How many lists that are. Nothing is told by that yet: the
    /// rest of the way may be refused.
    pub(crate) fn follow(
        &mut self,
        lists: &'l [Arc<ListPlan>],
        raw: impl Fn(&ListPlan) -> Option<&'a str>,
    ) -> usize {
        for (depth, list) in lists.iter().enumerate() {
            let node = raw(list).and_then(|raw| self.guess(depth, list, raw));
            let Some(node) = node else { return depth };
            self.enter(depth, node);
        }
        lists.len()
    }

    /// Tells the elements that were followed, so many, that a point came to them at this time.
    pub(crate) fn tell(&mut self, followed: usize, time: u64) {
        for &node in &self.path[..followed] {
            self.nodes[node].told = self.nodes[node].told.max(time);
        }
    }

    /// The element where the last point went, or the one that came after that.
    fn guess(&self, depth: usize, list: &ListPlan, raw: &str) -> Option<usize> {
        let (latest, parent) = (*self.path.get(depth)?, self.parent(depth));
        let fits = |node: &Node<'_, '_>| {
            node.parent == parent
                && node.list.is_some_and(|held| std::ptr::eq(held, list))
                && node.came_as == Some(raw)
        };
        [latest, self.nodes[latest].next].into_iter().find(|&node| fits(&self.nodes[node]))
    }

    /// The node in whose list the elements of this depth are.
    fn parent(&self, depth: usize) -> usize {
        depth.checked_sub(1).map_or(ROOT, |above| self.path[above])
    }

    /// Notes that the point goes to this element.
    fn enter(&mut self, depth: usize, node: usize) {
        match self.path.get_mut(depth) {
            Some(last) if *last == node => {}
            Some(last) => {
                self.nodes[*last].next = node;
                *last = node;
            }
            None => self.path.push(node),
        }
    }

    /// Goes on to an element of this list, which is made where there is none. `raw` as for [`Draft::follow`].
    pub(crate) fn step(
        &mut self,
        depth: usize,
        list: &'l ListPlan,
        Element { key, attributes }: Element<'a>,
        (raw, time): (Option<&'a str>, u64),
    ) {
        let parent = self.parent(depth);
        let place = self.nodes[parent].list(list);
        let node = self.find(parent, place, &key).unwrap_or_else(|| {
            self.nodes.push(Node { parent, list: Some(list), key, ..Node::default() });
            self.add(parent, place)
        });
        let element = &mut self.nodes[node];
        element.came_as = raw;
        element.told = element.told.max(time);
        for (name, stamped) in attributes {
            element.attributes.put(name, stamped);
        }
        self.enter(depth, node);
    }

    /// Puts a gauge's value to where the point's lists led.
    pub(crate) fn gauge(
        &mut self,
        lists: usize,
        name: &'l Arc<str>,
        time: u64,
        value: Scalar,
    ) -> Put {
        self.newest = self.newest.max(time);
        let (node, new, stamped) = (self.parent(lists), self.gauges.len(), Stamped { time, value });
        let (mut before, mut next) = (None, self.nodes[node].gauge);
        while let Some(index) = next {
            let held = &mut self.gauges[index];
            if Arc::ptr_eq(held.name, name) || held.name == name {
                return held.stamped.put(stamped);
            }
            if held.name > name {
                break;
            }
            (before, next) = (next, held.next);
        }
        match before {
            Some(before) => self.gauges[before].next = Some(new),
            None => self.nodes[node].gauge = Some(new),
        }
        self.gauges.push(Gauge { name, stamped, next });
        Put::New
    }

    /// The attributes of the report itself.
    pub(crate) fn attributes(&mut self) -> &mut Values {
        &mut self.nodes[ROOT].attributes
    }

    /// The gauges of a node, in the order of their names.
    fn gauges(&self, node: usize) -> impl Iterator<Item = &Gauge<'l>> {
        let at = |index: usize| &self.gauges[index];
        std::iter::successors(self.nodes[node].gauge.map(at), move |gauge| gauge.next.map(at))
    }
}

impl<'l> Node<'l, '_> {
    /// The attribute that is the key, where that is all that was read about the element.
    fn sole(&self) -> Option<(&'l Arc<str>, u64)> {
        self.came_as?;
        let key = self.list?.sole_key()?;
        Some((&key.name, self.told))
    }
}

#[cfg(test)]
mod tests;
