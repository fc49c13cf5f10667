//! Follows the paths by which figures speak of the report.

use super::{INSTANCE, Leaf, Member, Node, Source, Structure};

/// What a path leads to, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'t> {
    pub(crate) found: Found<'t>,
    /// Whether the way goes through a list, so that a report has any number of them.
    pub(crate) in_list: bool,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'t> {
    Leaf(&'t Leaf),
    List,
}

impl Structure {
    /// Follows a path such as `projects.workflows.no_of_runs`; lists are walked through.
    pub(crate) fn find(&self, path: &str) -> Option<Place<'_>> {
        let (key, rest) = match path.split_once('.') {
            Some((key, rest)) => (key, Some(rest)),
            None => (path, None),
        };
        let key = key.strip_suffix("[]").unwrap_or(key);
        let Member { node, .. } = self.members.iter().find(|member| member.key == key)?;
        match (node, rest) {
            (Node::Leaf(leaf), None) => Some(Place { found: Found::Leaf(leaf), in_list: false }),
            (Node::List(_), None) => Some(Place { found: Found::List, in_list: false }),
            (Node::Structure(inner), Some(rest)) => inner.find(rest),
            (Node::List(list), Some(rest)) => {
                let place = list.elements.iter().find_map(|element| element.shape().find(rest));
                place.map(|place| Place { in_list: true, ..place })
            }
            _ => None,
        }
    }

    /// Whether a report tells which instance it is of.
    pub(crate) fn names_the_instance(&self) -> bool {
        let is_id = |leaf: &Leaf| matches!(&leaf.source, Source::Id(name) if name == INSTANCE);
        self.leaves().iter().any(|(_, leaf)| is_id(leaf))
    }
}
