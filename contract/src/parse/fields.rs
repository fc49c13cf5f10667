//! Reads the keys of a mapping, and reports those that nobody asked for.

use crate::mistake::{Findings, Position, one_of};
use crate::yaml::{Entry, Node, Value};

/// The entries of one mapping; `finish` reports what was not taken.
pub(super) struct Fields<'n> {
    pub(super) at: Position,
    entries: &'n [Entry],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Opens a mapping; anything else is a mistake.
    pub(super) fn open(node: &'n Node, what: &str, findings: &mut Findings) -> Option<Self> {
        match &node.value {
            Value::Map(entries) => Some(Self::of(node.at, entries)),
            _ => {
                findings
                    .mistake(node.at, format!("expected {what}, a mapping, got {}", node.what()));
                None
            }
        }
    }

    pub(super) fn of(at: Position, entries: &'n [Entry]) -> Self {
        Self { at, entries, known: Vec::new() }
    }

    /// The value under a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value under a key that has to be there.
    pub(super) fn need(&mut self, key: &'static str, findings: &mut Findings) -> Option<&'n Node> {
        let node = self.take(key);
        if node.is_none() {
            findings.mistake(self.at, format!("expected `{key}`, got a mapping without it"));
        }
        node
    }

    /// Text under a key.
    pub(super) fn text(&mut self, key: &'static str, findings: &mut Findings) -> Option<String> {
        let node = self.take(key)?;
        text(node, key, findings)
    }

    /// Text under a key that has to be there.
    pub(super) fn need_text(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<String> {
        let node = self.need(key, findings)?;
        text(node, key, findings)
    }

    /// One of the given words under a key.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        let node = self.take(key)?;
        word(node, key, words, findings)
    }

    /// A whole number under a key.
    pub(super) fn count(&mut self, key: &'static str, findings: &mut Findings) -> Option<u32> {
        let node = self.take(key)?;
        let count = node.scalar().and_then(|text| text.parse().ok());
        if count.is_none() {
            findings.mistake(
                node.at,
                format!("expected `{key}` to be a whole number, got {}", node.what()),
            );
        }
        count
    }

    /// `true` or `false` under a key.
    pub(super) fn switch(&mut self, key: &'static str, findings: &mut Findings) -> bool {
        self.word(key, &[("true", true), ("false", false)], findings).unwrap_or(false)
    }

    /// A span of time such as `30s`, `24h` or `400d`, in seconds.
    pub(super) fn span(&mut self, key: &'static str, findings: &mut Findings) -> Option<u64> {
        let node = self.take(key)?;
        let seconds = node.scalar().and_then(seconds);
        if seconds.is_none() {
            findings.mistake(
                node.at,
                format!(
                    "expected `{key}` to be a span such as `30s`, `24h` or `7d`, got {}",
                    node.what()
                ),
            );
        }
        seconds
    }

    /// A span of whole days.
    pub(super) fn days(&mut self, key: &'static str, findings: &mut Findings) -> Option<u32> {
        let at = self.entries.iter().find(|entry| entry.key == key)?.node.at;
        let seconds = self.span(key, findings)?;
        if seconds == 0 || seconds % 86_400 != 0 {
            findings.mistake(at, format!("expected `{key}` to be whole days, such as `7d`"));
            return None;
        }
        let days = u32::try_from(seconds / 86_400).ok();
        if days.is_none() {
            findings.mistake(at, format!("expected `{key}` to be at most {} days", u32::MAX));
        }
        days
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self, findings: &mut Findings) {
        for entry in self.entries {
            if !self.known.contains(&entry.key.as_str()) {
                findings.mistake(
                    entry.at,
                    format!("expected {}, got `{}`", one_of(&self.known), entry.key),
                );
            }
        }
    }
}

/// The text of a scalar.
pub(super) fn text(node: &Node, key: &str, findings: &mut Findings) -> Option<String> {
    match node.scalar() {
        Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => {
            findings.mistake(node.at, format!("expected `{key}` to be text, got {}", node.what()));
            None
        }
    }
}

/// One of the given words.
pub(super) fn word<T: Copy>(
    node: &Node,
    key: &str,
    words: &[(&str, T)],
    findings: &mut Findings,
) -> Option<T> {
    let found = node
        .scalar()
        .and_then(|text| words.iter().find(|(word, _)| *word == text))
        .map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        findings.mistake(
            node.at,
            format!("expected `{key}` to be {}, got {}", one_of(&names), node.what()),
        );
    }
    found
}

/// The items of a list of scalars; a single scalar counts as a list of one.
pub(super) fn texts(node: &Node, key: &str, findings: &mut Findings) -> Vec<String> {
    match &node.value {
        Value::Scalar { text, .. } => vec![text.clone()],
        Value::List(items) => items
            .iter()
            .filter_map(|item| match item.scalar() {
                Some(text) => Some(text.to_owned()),
                None => {
                    findings.mistake(
                        item.at,
                        format!("expected an item of `{key}` to be text, got {}", item.what()),
                    );
                    None
                }
            })
            .collect(),
        Value::Map(_) => {
            findings.mistake(node.at, format!("expected `{key}` to be a list, got a mapping"));
            Vec::new()
        }
    }
}

fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    count.checked_mul(scale)
}
