//! The table of everything that is reported, in the shape of the report.

use super::parts::Parts;
use crate::model::{
    Element, Fact, Leaf, Level, List, Member, Node, Reason, Source, Structure, Type,
};
use crate::vocabulary::Reasons;
use crate::wording::{choice, coarsened, hidden, listed, made_by, reasons, told, when_missing};

/// One row: a key in its place, and what it tells.
#[derive(Clone)]
struct Row {
    depth: usize,
    key: String,
    text: String,
    unit: Option<String>,
}

impl Row {
    /// One that holds no value itself.
    fn around(depth: usize, key: &str, text: String) -> Self {
        Self { depth, key: key.to_owned(), text, unit: None }
    }
}

/// Writes the table.
pub(super) fn write(report: &Structure, page: &mut Parts) {
    let mut rows = Vec::new();
    structure(report, 0, &Reasons::of_reports(), &mut rows);
    for row in &rows {
        page.field(row.depth, (&row.key, &row.text), row.unit.as_deref());
    }
}

fn structure(shape: &Structure, depth: usize, outer: &Reasons, rows: &mut Vec<Row>) {
    let known = outer.within(&shape.when);
    for Member { key, node } in &shape.members {
        match node {
            Node::Leaf(leaf) => rows.push(Row {
                unit: leaf.unit.clone(),
                ..Row::around(depth, key, tells(leaf, &known))
            }),
            Node::Structure(inner) => {
                rows.push(Row::around(depth, key, only_when(inner)));
                structure(inner, depth + 1, &known, rows);
            }
            Node::List(list) => elements(key, list, depth, &known, rows),
        }
    }
}

fn elements(key: &str, list: &List, depth: usize, outer: &Reasons, rows: &mut Vec<Row>) {
    if let [element] = list.elements.as_slice() {
        rows.push(Row::around(depth, key, made(element)));
        structure(element.shape(), depth + 1, outer, rows);
        return;
    }
    rows.push(Row::around(depth, key, "a list:".to_owned()));
    let mut earlier: Vec<Row> = Vec::new();
    let mut before: &[Reason] = &[];
    for element in &list.elements {
        let when = element.shape().when.as_slice();
        let text = if !when.is_empty() && when == before {
            format!("{}, in the same reports", made_by(element))
        } else {
            made(element)
        };
        before = when;
        rows.push(Row::around(depth + 1, "-", text));
        let mut inner = Vec::new();
        structure(element.shape(), depth + 2, outer, &mut inner);
        // What an earlier element of the list says in the same words is not said again.
        let new = |row: &Row| !earlier.iter().any(|e| e.key == row.key && e.text == row.text);
        let repeated: Vec<_> =
            inner.iter().filter(|row| !new(row)).map(|row| row.key.clone()).collect();
        inner.retain(new);
        earlier.extend(inner.iter().cloned());
        rows.append(&mut inner);
        if !repeated.is_empty() {
            let text = format!("{} as above", listed(&repeated, "and"));
            rows.push(Row::around(depth + 2, "", text));
        }
    }
}

fn made(element: &Element) -> String {
    let when = only_when(element.shape());
    if when.is_empty() { made_by(element) } else { format!("{}, {when}", made_by(element)) }
}

fn only_when(shape: &Structure) -> String {
    if shape.when.is_empty() {
        return String::new();
    }
    format!("in reports made {}", reasons(&shape.when))
}

/// What a leaf tells, how it is treated, and what it looks like.
fn tells(leaf: &Leaf, reasons: &Reasons) -> String {
    let mut parts = vec![told(leaf)];
    if let (Some(hidden), Some(first)) = (hidden(leaf), parts.first_mut()) {
        first.push_str(", ");
        first.push_str(hidden);
    }
    parts.extend(coarsened(leaf));
    let chosen = match leaf.source {
        Source::Report(Fact::Reason) => Some(listed(&reasons.shown(leaf), "or")),
        _ => choice(leaf),
    };
    match (chosen, leaf.examples.first()) {
        (Some(choice), _) => parts.push(choice),
        (None, Some(example)) if leaf.hash.is_none() => parts.push(format!("such as {example}")),
        (None, _) if leaf.kind == Type::Boolean => parts.push("yes or no".to_owned()),
        (None, _) => {}
    }
    if let Some(missing) = when_missing(leaf).filter(|_| leaf.level == Level::Basic) {
        parts.push(format!("{missing} where there is none"));
    }
    if leaf.level > Level::Basic {
        parts.push(format!("from level {} on", leaf.level.as_str()));
    }
    parts.join("; ")
}
