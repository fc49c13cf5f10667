//! Follows the paths by which figures speak of the report.

use super::{Element, INSTANCE, Leaf, List, Member, Node, Source, Structure};
use crate::document::Document;

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

/// The first step of a path by which a figure speaks of the report, and what follows it.
///
/// ```
/// use headcount_contract::Step;
///
/// let step = Step::of("events[action=os_version].name");
/// assert_eq!((step.key, step.only, step.rest), ("events", Some(("action", "os_version")), Some("name")));
/// let step = Step::of("projects.workflows");
/// assert_eq!((step.key, step.only, step.rest), ("projects", None, Some("workflows")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'p> {
    /// The key in the report.
    pub key: &'p str,
    /// Of a list, only the elements that have this text under this key.
    pub only: Option<(&'p str, &'p str)>,
    /// The steps that follow; `None` at the end of the path.
    pub rest: Option<&'p str>,
}

impl<'p> Step<'p> {
    /// The first step of a path such as `projects.workflows.no_of_runs` or `events[action=os_version].name`.
    pub fn of(path: &'p str) -> Self {
        let key = path.find(['.', '[']).unwrap_or(path.len());
        let (key, after) = path.split_at(key);
        let (inside, after) = match after.strip_prefix('[').and_then(|text| text.split_once(']')) {
            Some((inside, after)) => (inside, after),
            None => ("", after),
        };
        let only = (!inside.is_empty()).then(|| inside.split_once('=').unwrap_or((inside, "")));
        Self { key, only, rest: after.strip_prefix('.') }
    }
}

impl Structure {
    /// Follows a path such as `projects.workflows.no_of_runs`; lists are walked through.
    pub(crate) fn find(&self, path: &str) -> Option<Place<'_>> {
        let Step { key, only, rest } = Step::of(path);
        let Member { node, .. } = self.members.iter().find(|member| member.key == key)?;
        match (node, rest) {
            (Node::List(list), Some(rest)) => match only {
                Some(only) => list.only(only)?.find(rest),
                None => {
                    let mut elements = list.elements.iter();
                    let place = elements.find_map(|element| element.shape().find(rest))?;
                    Some(Place { in_list: true, ..place })
                }
            },
            _ if only.is_some() => None,
            (Node::Leaf(leaf), None) => Some(Place { found: Found::Leaf(leaf), in_list: false }),
            (Node::List(_), None) => Some(Place { found: Found::List, in_list: false }),
            (Node::Structure(inner), Some(rest)) => inner.find(rest),
            _ => None,
        }
    }

    /// The leaf that a path leads to.
    pub(crate) fn leaf(&self, path: &str) -> Option<&Leaf> {
        match self.find(path)?.found {
            Found::Leaf(leaf) => Some(leaf),
            Found::List => None,
        }
    }

    /// Whether a report tells which instance it is of.
    pub(crate) fn names_the_instance(&self) -> bool {
        let is_id = |leaf: &Leaf| matches!(&leaf.source, Source::Id(name) if name == INSTANCE);
        self.leaves().iter().any(|(_, leaf)| is_id(leaf))
    }
}

impl List {
    /// The one element, of which a report has exactly one, that always has this text under this key.
    fn only(&self, (key, text): (&str, &str)) -> Option<&Structure> {
        let says = |element: &&Element| {
            element.shape().members.iter().any(|member| {
                let Node::Leaf(leaf) = &member.node else { return false };
                member.key == key
                    && matches!(&leaf.source, Source::Const(Document::Text(told)) if told == text)
            })
        };
        let mut found = self.elements.iter().filter(says);
        match (found.next(), found.next()) {
            (Some(Element::One(shape)), None) => Some(shape),
            _ => None,
        }
    }
}
