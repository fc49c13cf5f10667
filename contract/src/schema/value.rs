//! The schema of a single value.

use super::{count, keywords, text};
use crate::document::Document;
use crate::model::{Encoding, Fact, Leaf, Missing, Source, TimeFormat, Type};
use crate::vocabulary::Reasons;
use crate::wording::told;

const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const SECONDS: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";
const MICROS: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$";
/// Text without the characters that `text::misleading` refuses.
const HARMLESS: &str =
    r"^[^\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*$";

type Keywords = Vec<(String, Document)>;

/// The keywords of a leaf's schema.
pub(super) fn schema(leaf: &Leaf, reasons: &Reasons) -> Keywords {
    let mut schema = keywords([("description", Document::Text(told(leaf)))]);
    if leaf.deprecated.is_some() {
        schema.extend(keywords([("deprecated", Document::Bool(true))]));
    }
    let mut kinds = kinds(leaf, reasons);
    kinds.extend(absent(leaf));
    if kinds.len() == 1 {
        schema.extend(kinds.swap_remove(0));
    } else {
        let kinds = kinds.into_iter().map(Document::Object).collect();
        schema.extend(keywords([("anyOf", Document::List(kinds))]));
    }
    schema
}

/// The schemas of a value that is there; one of them holds.
fn kinds(leaf: &Leaf, reasons: &Reasons) -> Vec<Keywords> {
    match &leaf.source {
        Source::Const(constant) => return vec![keywords([("const", constant.clone())])],
        Source::Report(Fact::Reason) => return vec![one_of(reasons.shown(leaf))],
        Source::Report(fact) => return vec![time(*fact)],
        Source::Id(_) => {
            if let Some(hash) = leaf.hash {
                return vec![matching(digest(hash.encoding))];
            }
        }
        Source::Gauge(_) | Source::Attribute(_) | Source::Value => {}
    }
    match leaf.kind {
        Type::Boolean => vec![of_type("boolean")],
        Type::Integer => vec![number(leaf, "integer")],
        Type::Double => vec![number(leaf, "number")],
        Type::Uuid => {
            let mut uuid = matching(UUID);
            uuid.extend(keywords([("format", text("uuid"))]));
            vec![uuid]
        }
        Type::Text => texts(leaf),
    }
}

/// The schema of what stands for a missing value, where the value's own schema would refuse it.
fn absent(leaf: &Leaf) -> Option<Keywords> {
    let zero = match (leaf.missing, leaf.kind) {
        (Missing::Null, _) => return Some(of_type("null")),
        (Missing::Zero, Type::Text | Type::Uuid) => Document::Text(String::new()),
        (Missing::Zero, Type::Integer) => Document::Int(0),
        (Missing::Zero, Type::Double) => Document::Double(0.0),
        _ => return None,
    };
    leaf.shows(&zero).is_err().then(|| keywords([("const", zero)]))
}

fn texts(leaf: &Leaf) -> Vec<Keywords> {
    let words = leaf.shown_words();
    if leaf.is_closed() {
        return vec![one_of(words)];
    }
    let rules = &leaf.rules;
    let mut free = of_type("string");
    if !rules.escape_html {
        let pattern = rules.pattern.as_ref().map_or(HARMLESS, |pattern| pattern.as_str());
        free.extend(keywords([("pattern", text(pattern))]));
        free.extend(rules.max_length.map(|max| ("maxLength".to_owned(), count(max))));
    }
    // A word that passes as free text anyway says nothing more.
    let named: Vec<_> = words.into_iter().filter(|word| !passes(leaf, word)).collect();
    let named = (!named.is_empty()).then(|| one_of(named));
    [free].into_iter().chain(named).collect()
}

/// Whether free text may be this word, by the keywords that `texts` writes.
fn passes(leaf: &Leaf, word: &str) -> bool {
    let rules = &leaf.rules;
    rules.escape_html
        || (rules.pattern.as_ref().is_none_or(|pattern| pattern.is_match(word))
            && rules.max_length.is_none_or(|max| word.chars().count() <= max))
}

fn number(leaf: &Leaf, kind: &str) -> Keywords {
    let rules = &leaf.rules;
    if !rules.buckets.is_empty() {
        let bounds = rules.buckets.iter().filter_map(|bound| leaf.number(*bound));
        return keywords([("enum", Document::List(bounds.collect()))]);
    }
    let mut schema = of_type(kind);
    let bound = |value: Option<f64>| {
        value.map(|value| leaf.number(value).unwrap_or(Document::Double(value)))
    };
    schema.extend(bound(rules.min).map(|min| ("minimum".to_owned(), min)));
    schema.extend(bound(rules.max).map(|max| ("maximum".to_owned(), max)));
    schema
}

fn time(fact: Fact) -> Keywords {
    let (pattern, format) = match fact {
        Fact::Date | Fact::Reason => (DATE, "date"),
        Fact::GeneratedAt(format) | Fact::PeriodStart(format) | Fact::PeriodEnd(format) => {
            match format {
                TimeFormat::EpochSeconds => {
                    return keywords([("type", text("integer")), ("minimum", Document::Int(0))]);
                }
                TimeFormat::Rfc3339 => (SECONDS, "date-time"),
                TimeFormat::Rfc3339Micros => (MICROS, "date-time"),
            }
        }
    };
    let mut schema = matching(pattern);
    schema.extend(keywords([("format", text(format))]));
    schema
}

fn digest(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::HexLower => "^[0-9a-f]{64}$",
        Encoding::HexUpper => "^[0-9A-F]{64}$",
        Encoding::Base64 => "^[A-Za-z0-9+/]{43}=$",
    }
}

fn of_type(name: &str) -> Keywords {
    keywords([("type", text(name))])
}

fn matching(pattern: &str) -> Keywords {
    keywords([("type", text("string")), ("pattern", text(pattern))])
}

fn one_of(words: Vec<String>) -> Keywords {
    let words = words.into_iter().map(Document::Text).collect();
    keywords([("enum", Document::List(words))])
}
