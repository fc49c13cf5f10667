//! A YAML text as a tree in which every key and value knows its place.
//!
//! Contracts need no anchors, tags or second documents, so these are mistakes rather than features:
//! what a person reads in the file is all there is.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::mistake::{Findings, Position};

/// Nesting that no contract needs; it bounds the recursion over the tree.
const MAX_DEPTH: usize = 32;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A scalar; `plain` where it was written without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) node: Node,
}

impl Node {
    /// What the node is, for an error text.
    pub(crate) fn what(&self) -> String {
        match &self.value {
            Value::Scalar { text, plain: true } if text.is_empty() => "nothing".to_owned(),
            Value::Scalar { text, .. } => format!("`{text}`"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }

    /// The scalar's text, quoted or not.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// Reads one YAML document. Mistakes go to `findings`; `None` where there is no tree to go on with.
pub(crate) fn read(text: &str, findings: &mut Findings) -> Option<Node> {
    let mut builder = Builder { findings, open: Vec::new(), root: None, documents: 0 };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, span) {
                    return None;
                }
            }
            Err(error) => {
                let mark = error.marker();
                let at = Position { line: mark.line(), column: mark.col() + 1 };
                builder.findings.mistake(at, format!("expected YAML, {}", error.info()));
                return None;
            }
        }
    }
    let root = builder.root.take();
    if root.is_none() {
        findings.mistake(Position { line: 1, column: 1 }, "expected a contract, got an empty file");
    }
    root
}

/// A collection whose end has not come yet.
enum Open {
    List {
        at: Position,
        items: Vec<Node>,
    },
    Map {
        at: Position,
        entries: Vec<Entry>,
        /// The keys so far.
        keys: HashSet<String>,
        key: Option<(String, Position)>,
    },
}

struct Builder<'f> {
    findings: &'f mut Findings,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl Builder<'_> {
    /// Takes one event; false ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = Position { line: span.start.line(), column: span.start.col() + 1 };
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.findings.mistake(at, "expected one YAML document, got a second one");
                    return false;
                }
            }
            Event::Alias(_) => {
                self.findings.mistake(at, "expected a value written out, got an alias");
                return false;
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plainly(at, anchor, tag.is_some());
                let plain = style == ScalarStyle::Plain;
                self.value(Node { at, value: Value::Scalar { text: text.into_owned(), plain } });
            }
            Event::SequenceStart(anchor, tag) => {
                self.plainly(at, anchor, tag.is_some());
                self.open.push(Open::List { at, items: Vec::new() });
            }
            Event::MappingStart(anchor, tag) => {
                self.plainly(at, anchor, tag.is_some());
                self.open.push(Open::Map {
                    at,
                    entries: Vec::new(),
                    keys: HashSet::new(),
                    key: None,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => {}
        }
        if self.open.len() > MAX_DEPTH {
            self.findings
                .mistake(at, format!("expected at most {MAX_DEPTH} levels, got another one"));
            return false;
        }
        true
    }

    fn plainly(&mut self, at: Position, anchor: usize, tagged: bool) {
        if anchor != 0 || tagged {
            self.findings.mistake(at, "expected a plain value, got an anchor or a tag");
        }
    }

    fn close(&mut self) {
        let node = match self.open.pop() {
            Some(Open::List { at, items }) => Node { at, value: Value::List(items) },
            Some(Open::Map { at, entries, .. }) => Node { at, value: Value::Map(entries) },
            None => return,
        };
        self.value(node);
    }

    /// Puts a finished node where it belongs: as the root, an item, a key or a value.
    fn value(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, keys, key, .. }) => match key.take() {
                None => match node.value {
                    Value::Scalar { text, .. } => *key = Some((text, node.at)),
                    _ => {
                        self.findings.mistake(
                            node.at,
                            format!("expected a key that is text, got {}", node.what()),
                        );
                        *key = Some((String::new(), node.at));
                    }
                },
                Some((text, at)) => {
                    if keys.insert(text.clone()) {
                        entries.push(Entry { key: text, at, node });
                    } else {
                        self.findings
                            .mistake(at, format!("expected each key once, got `{text}` again"));
                    }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        read(text, &mut findings);
        findings
            .mistakes
            .into_iter()
            .map(|m| format!("{}:{}: {}", m.at.line, m.at.column, m.text))
            .collect()
    }

    #[test]
    fn places_count_from_one() {
        let mut findings = Findings::default();
        let root = read("a:\n  b: [1, 'x']\n", &mut findings).expect("a tree");
        let Value::Map(entries) = root.value else { panic!("a mapping") };
        let Value::Map(inner) = &entries[0].node.value else { panic!("a mapping") };
        assert_eq!(inner[0].at, Position { line: 2, column: 3 });
        let Value::List(items) = &inner[0].node.value else { panic!("a list") };
        assert_eq!(items[1].at, Position { line: 2, column: 10 });
    }

    #[test]
    fn what_a_reader_cannot_see_is_a_mistake() {
        assert_eq!(mistakes("a: 1\na: 2\n"), ["2:1: expected each key once, got `a` again"]);
        assert_eq!(mistakes("a: &x 1\nb: *x\n").len(), 2);
        assert_eq!(mistakes("a: 1\n---\nb: 2\n").len(), 1);
        assert_eq!(mistakes(""), ["1:1: expected a contract, got an empty file"]);
        assert_eq!(mistakes(&"[".repeat(40)).len(), 1);
        assert!(mistakes("a: [1")[0].contains("expected YAML"));
    }
}
