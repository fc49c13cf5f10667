//! Pieces of the OpenTelemetry Transformation Language, and of the YAML around it.

/// A text as a literal of OTTL, within a YAML block.
pub(super) fn literal(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", unexpanded(&escaped))
}

/// A list of texts, in OTTL.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(literal).collect();
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
    let line = |name: &&str| format!("{between} metric.name {operator} {}", literal(name));
    let mut lines: Vec<_> = names.iter().map(line).collect();
    if let Some(first) = lines.first_mut() {
        first.replace_range(..=between.len(), "");
    }
    lines
}

/// A text as a double-quoted scalar of YAML.
pub(super) fn quoted(text: &str) -> String {
    // A JSON string is one of YAML.
    unexpanded(&serde_json::Value::from(text).to_string())
}

/// The Collector replaces `${…}` by what it names, and `$$` by `$`.
fn unexpanded(text: &str) -> String {
    text.replace('$', "$$")
}
