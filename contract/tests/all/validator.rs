//! A small JSON Schema validator for the keywords that our schemas use. A keyword or a form that it does
//! not know is a failure, so a schema that grows has to be met here. (The end-to-end tests hold the
//! examples against the schemas with a whole validator of another project.)

use headcount_contract::Document;
use regex_lite::Regex;

/// What is wrong with a document; nothing where it is valid.
pub(crate) fn faults(schema: &Document, document: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, document, "$", &mut faults);
    faults
}

fn check(schema: &Document, document: &Document, path: &str, faults: &mut Vec<String>) {
    let Document::Object(keywords) = schema else {
        panic!("expected a schema that is an object, got {schema}");
    };
    for (keyword, argument) in keywords {
        if !holds(schema, keyword, argument, document, path, faults) {
            faults.push(format!("{path}: {keyword}"));
        }
    }
}

/// Keywords that nothing is checked by.
const ANNOTATIONS: [&str; 6] = ["$schema", "$id", "title", "description", "deprecated", "format"];

/// Keywords for values of one type.
const TYPED: [&str; 10] = [
    "pattern",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
];

/// Whether a keyword holds; what is wrong further in goes to `faults`.
fn holds(
    schema: &Document,
    keyword: &str,
    argument: &Document,
    document: &Document,
    path: &str,
    faults: &mut Vec<String>,
) -> bool {
    match (keyword, document) {
        ("type", _) => is_of_type(string(argument), document),
        ("const", _) => document == argument,
        ("enum", _) => list(argument).contains(document),
        ("anyOf", _) => list(argument).iter().any(|one| self::faults(one, document).is_empty()),
        ("pattern" | "maxLength", Document::Text(text)) => text_holds(keyword, argument, text),
        ("minimum", Document::Int(_) | Document::Double(_)) => number(document) >= number(argument),
        ("maximum", Document::Int(_) | Document::Double(_)) => number(document) <= number(argument),
        ("minItems", Document::List(items)) => items.len() >= count(argument),
        ("maxItems", Document::List(items)) => items.len() <= count(argument),
        ("items", Document::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(argument, item, &format!("{path}[{index}]"), faults);
            }
            true
        }
        ("properties", Document::Object(members)) => {
            for (key, value) in members {
                if let Some(property) = argument.get(key) {
                    check(property, value, &format!("{path}.{key}"), faults);
                }
            }
            true
        }
        ("required", Document::Object(_)) => {
            list(argument).iter().all(|key| document.get(string(key)).is_some())
        }
        ("additionalProperties", Document::Object(members)) => {
            *argument == Document::Bool(false) && members.iter().all(|(key, _)| lists(schema, key))
        }
        // A keyword of one type says nothing about values of another.
        (known, _) if ANNOTATIONS.contains(&known) || TYPED.contains(&known) => true,
        (unknown, _) => panic!("{path}: expected a keyword that is known here, got {unknown}"),
    }
}

/// Whether an object's schema lists a key.
fn lists(schema: &Document, key: &str) -> bool {
    schema.get("properties").is_some_and(|properties| properties.get(key).is_some())
}

fn text_holds(keyword: &str, argument: &Document, text: &str) -> bool {
    if keyword == "maxLength" {
        return text.chars().count() <= count(argument);
    }
    let pattern = string(argument);
    assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{pattern} is anchored");
    Regex::new(pattern).expect("a regular expression").is_match(text)
}

fn is_of_type(name: &str, document: &Document) -> bool {
    match name {
        "object" => matches!(document, Document::Object(_)),
        "array" => matches!(document, Document::List(_)),
        "string" => matches!(document, Document::Text(_)),
        "integer" => matches!(document, Document::Int(_)),
        "number" => matches!(document, Document::Int(_) | Document::Double(_)),
        "boolean" => matches!(document, Document::Bool(_)),
        "null" => matches!(document, Document::Null),
        other => panic!("expected a type of JSON Schema, got {other}"),
    }
}

fn string(document: &Document) -> &str {
    let Document::Text(text) = document else { panic!("expected text, got {document}") };
    text
}

fn list(document: &Document) -> &[Document] {
    let Document::List(items) = document else { panic!("expected a list, got {document}") };
    items
}

fn count(document: &Document) -> usize {
    let Document::Int(count) = document else { panic!("expected a count, got {document}") };
    usize::try_from(*count).expect("a count is not negative")
}

fn number(document: &Document) -> f64 {
    document.to_string().parse().expect("a number")
}
