//! Where in the report the values stand.

use crate::model::{Element, Leaf, Member, Node, Structure};

/// Paths in the report, such as `projects[].workflows[].hashed_uuid`.
pub(super) struct Places<'c> {
    leaves: Vec<(String, &'c Leaf)>,
    /// The lists, each by the attribute or the gauge that makes its elements.
    lists: Vec<(&'c str, String)>,
}

impl<'c> Places<'c> {
    pub(super) fn of(report: &'c Structure) -> Self {
        let mut lists = Vec::new();
        collect(report, "", &mut lists);
        Self { leaves: report.leaves(), lists }
    }

    /// Where a leaf stands. The contract's file has no two at one position.
    pub(super) fn leaf(&self, leaf: &Leaf) -> Option<&str> {
        let found = self.leaves.iter().find(|(_, known)| known.at == leaf.at);
        found.map(|(path, _)| path.as_str())
    }

    /// Where the elements stand that this attribute or gauge makes.
    pub(super) fn list(&self, name: &str) -> Option<&str> {
        self.lists.iter().find(|(known, _)| *known == name).map(|(_, path)| path.as_str())
    }
}

fn collect<'c>(structure: &'c Structure, prefix: &str, lists: &mut Vec<(&'c str, String)>) {
    for Member { key, node } in &structure.members {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match node {
            Node::Leaf(_) => {}
            Node::Structure(inner) => collect(inner, &path, lists),
            Node::List(list) => {
                let path = format!("{path}[]");
                for element in &list.elements {
                    match element {
                        Element::One(_) => {}
                        Element::Each { attribute: name, .. }
                        | Element::EachPoint { gauge: name, .. } => {
                            lists.push((name, path.clone()));
                        }
                    }
                    collect(element.shape(), &path, lists);
                }
            }
        }
    }
}
