//! Pieces of the OpenTelemetry Transformation Language, and of the YAML around it.

use std::fmt::Write as _;

/// A list of texts, in OTTL.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// Whether the metric has one of these names, a line for each.
pub(super) fn is_one_of(names: &[&str]) -> Vec<String> {
    compared("==", "or", names)
}

/// Whether the metric has none of these names, a line for each.
pub(super) fn is_none_of(names: &[&str]) -> Vec<String> {
    compared("!=", "and", names)
}

fn compared(operator: &str, between: &str, names: &[&str]) -> Vec<String> {
    let line = |name: &&str| format!("{between} metric.name {operator} {}", quoted(name));
    let mut lines: Vec<_> = names.iter().map(line).collect();
    if let Some(first) = lines.first_mut() {
        first.replace_range(..=between.len(), "");
    }
    lines
}

/// A text as a double-quoted scalar of YAML, which is a string of OTTL as well: both take the escapes of Go.
///
/// It stays on its line whatever is in it: names come from contracts, and a contract from somebody else.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // The Collector replaces `${…}` by what it names, and `$$` by `$`.
            '$' => quoted.push_str("$$"),
            ' '..='~' => quoted.push(letter),
            other => write!(quoted, "\\U{:08x}", u32::from(other)).expect("it goes into memory"),
        }
    }
    quoted.push('"');
    quoted
}
