//! A part while points are put into it.
//!
//! Points in a row mostly belong to the same elements, or to those that followed one another before: an SDK
//! tells the elements of every gauge in the same order. So each element knows what its key looked like as it came,
//! and which element came next. Where that is right, nothing is admitted, hashed, sorted or searched for again.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Elements, Entity, Part, Put, Stamped, Values};
use crate::plan::ListPlan;
use crate::value::Scalar;

/// A part that is being filled from texts that live for `'a`.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    date: Date,
    generation: String,
    newest: u64,
    /// The report itself, and the elements of its lists in the order in which they came.
    nodes: Vec<Node<'a>>,
    /// The values of all gauges, in the order in which they came.
    gauges: Vec<Gauge>,
    /// The elements that the last point went to, outermost first.
    path: Vec<usize>,
}

/// The report itself, or an element of a list.
#[derive(Debug, Default)]
struct Node<'a> {
    parent: usize,
    /// The list in which the element is, and what its key looked like where nothing else is read about it.
    came_as: Option<(Arc<ListPlan>, &'a str)>,
    /// The newest time at which the element was told of so.
    told: u64,
    /// The element that came after this one, at last.
    next: usize,
    attributes: Values,
    /// The last of its gauges in the row of all, and how many they are.
    gauge: Option<usize>,
    gauges: usize,
    lists: Vec<List>,
}

/// A list of a node.
#[derive(Debug)]
struct List {
    name: Arc<str>,
    max: usize,
    by_key: BTreeMap<Box<str>, usize>,
}

/// A gauge's value. They stand in one row, so that none needs room of its own before it is known how much.
#[derive(Debug)]
struct Gauge {
    node: usize,
    name: Arc<str>,
    stamped: Stamped,
    /// The one before of the same node.
    before: Option<usize>,
}

/// The report itself.
const ROOT: usize = 0;

impl<'a> Draft<'a> {
    pub(crate) fn new(date: Date, generation: String) -> Self {
        let (nodes, gauges, path) = (vec![Node::default()], Vec::new(), Vec::new());
        Self { date, generation, newest: 0, nodes, gauges, path }
    }

    /// Follows a point's way as far as it is known: `raw` gives the text by which an element of a list is told
    /// apart, if there is nothing else to be read about it. How many lists that are. Nothing is told by that yet: the
    /// rest of the way may be refused.
    pub(crate) fn follow(
        &mut self,
        lists: &[Arc<ListPlan>],
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
            self.nodes[node].tell(time);
        }
    }

    /// The element where the last point went, or the one that came after that.
    fn guess(&self, depth: usize, list: &Arc<ListPlan>, raw: &str) -> Option<usize> {
        let (latest, parent) = (*self.path.get(depth)?, self.parent(depth));
        let fits = |node: &Node<'_>| {
            let same = |(of, text): &(Arc<_>, &str)| Arc::ptr_eq(of, list) && *text == raw;
            node.parent == parent && node.came_as.as_ref().is_some_and(same)
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

    /// Goes on to the element of this list that has these attributes, which is made where there is none.
    pub(crate) fn step(
        &mut self,
        depth: usize,
        list: &Arc<ListPlan>,
        attributes: Values,
        raw: Option<&'a str>,
    ) {
        let (parent, new) = (self.parent(depth), self.nodes.len());
        let elements = self.nodes[parent].list(list);
        let node = *elements.by_key.entry(list.element_key(&attributes)).or_insert(new);
        let came_as = raw.map(|raw| (list.clone(), raw));
        if node == new {
            self.nodes.push(Node { parent, came_as, attributes, ..Node::default() });
        } else {
            self.nodes[node].came_as = came_as;
            self.nodes[node].merge(attributes);
        }
        self.enter(depth, node);
    }

    /// Puts a gauge's value to where the point's lists led.
    pub(crate) fn gauge(&mut self, lists: usize, name: &Arc<str>, time: u64, value: Scalar) -> Put {
        self.newest = self.newest.max(time);
        let node = self.parent(lists);
        let stamped = Stamped { time, value };
        let mut held = self.nodes[node].gauge;
        while let Some(index) = held {
            let gauge = &mut self.gauges[index];
            if gauge.name == *name {
                return gauge.stamped.put(stamped);
            }
            held = gauge.before;
        }
        let (name, before) = (name.clone(), self.nodes[node].gauge.replace(self.gauges.len()));
        self.nodes[node].gauges += 1;
        self.gauges.push(Gauge { node, name, stamped, before });
        Put::New
    }

    /// The attributes of the report itself.
    pub(crate) fn attributes(&mut self) -> &mut Values {
        &mut self.nodes[ROOT].attributes
    }

    /// The part, and how many of its points were beyond the most elements of a list.
    pub(crate) fn finish(self) -> (Part, u64) {
        let Self { date, generation, newest, mut nodes, gauges, .. } = self;
        let mut values: Vec<_> = nodes.iter().map(|node| Values::with_room(node.gauges)).collect();
        for Gauge { node, name, stamped, .. } in gauges {
            values[node].set(name, stamped);
        }
        let root = entity(ROOT, &mut nodes, &mut values);
        let mut part = Part { date, generation, newest, root };
        let refused = part.root.truncate();
        (part, refused)
    }
}

/// Takes an element out, with all that is in it. Lists are as deep as the contract has them.
fn entity(node: usize, nodes: &mut [Node<'_>], values: &mut [Values]) -> Entity {
    let gauges = std::mem::take(&mut values[node]);
    let Node { attributes, lists, .. } = std::mem::take(&mut nodes[node]);
    let lists = lists.into_iter().map(|List { name, max, by_key }| {
        let elements = by_key.into_iter().map(|(key, node)| (key, entity(node, nodes, values)));
        let by_key = elements.collect();
        (name, Elements { max, by_key })
    });
    Entity { attributes, gauges, lists: lists.collect() }
}

impl Node<'_> {
    /// Notes that the element was told of again by its key alone.
    fn tell(&mut self, time: u64) {
        if time > self.told
            && let Some((list, _)) = &self.came_as
            && let Some(key) = list.sole_key()
        {
            self.told = time;
            self.attributes.renew(&key.name, time);
        }
    }

    fn merge(&mut self, attributes: Values) {
        for (name, stamped) in attributes {
            self.attributes.put(name, stamped);
        }
    }

    fn list(&mut self, plan: &ListPlan) -> &mut List {
        let place = match self.lists.iter().position(|list| list.name == plan.name) {
            Some(place) => place,
            None => {
                let by_key = BTreeMap::new();
                self.lists.push(List { name: plan.name.clone(), max: plan.max, by_key });
                self.lists.len() - 1
            }
        };
        &mut self.lists[place]
    }
}
