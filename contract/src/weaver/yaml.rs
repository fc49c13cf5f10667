//! Writes a document as YAML, so that every reader of YAML 1.1 or 1.2 reads the same.

use std::fmt::Write as _;

use crate::document::Document;

const IN_MEMORY: &str = "writing to a string cannot fail";

/// The document in block style.
pub(super) fn write(document: &Document) -> String {
    let mut out = String::new();
    block(document, 0, &mut out);
    out
}

/// Writes the lines of a document; the first begins where `out` ends.
fn block(document: &Document, indent: usize, out: &mut String) {
    match document {
        Document::Object(members) if !members.is_empty() => {
            for (index, (key, value)) in members.iter().enumerate() {
                margin(index, indent, out);
                out.push_str(&scalar(key));
                out.push(':');
                value_of_key(value, indent, out);
            }
        }
        Document::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                margin(index, indent, out);
                out.push_str("- ");
                block(item, indent + 2, out);
            }
        }
        leaf => {
            out.push_str(&inline(leaf));
            out.push('\n');
        }
    }
}

fn value_of_key(value: &Document, indent: usize, out: &mut String) {
    match value {
        Document::Object(members) if !members.is_empty() => nested(value, indent + 2, out),
        Document::List(items) if !items.is_empty() => nested(value, indent + 2, out),
        leaf => writeln!(out, " {}", inline(leaf)).expect(IN_MEMORY),
    }
}

fn nested(value: &Document, indent: usize, out: &mut String) {
    writeln!(out).expect(IN_MEMORY);
    margin(1, indent, out);
    block(value, indent, out);
}

fn margin(index: usize, indent: usize, out: &mut String) {
    if index > 0 {
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

fn inline(leaf: &Document) -> String {
    match leaf {
        Document::Text(text) => scalar(text),
        Document::Object(_) => "{}".to_owned(),
        Document::List(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// A text, quoted where it could be read as anything else.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Whether every reader takes the text for itself: a word or a sentence that no rule of YAML touches.
fn is_plain(text: &str) -> bool {
    // `~`, `on` and the like are values of other types to some readers; so is what begins like a number.
    const WORDS: [&str; 10] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan"];
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let safe = |c: char| c.is_ascii_alphanumeric() || " ._/()-+;%@$".contains(c) || c == ',';
    begins
        && text.chars().all(safe)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// In double quotes, with whatever does not print as an escape.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() || is_hidden(c) => {
                write!(out, "\\U{:08X}", u32::from(c)).expect(IN_MEMORY);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that YAML does not take, takes for the end of a line, or that nobody sees.
fn is_hidden(c: char) -> bool {
    crate::text::misleading(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}
