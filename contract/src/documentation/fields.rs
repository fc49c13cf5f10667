//! The table of every value of the report.

use super::markdown::{code, escape, table};
use crate::model::{
    Element, Encoding, Fact, Hash, HashAlgorithm, Leaf, Level, List, Member, Node, Source,
    Stability, Structure,
};
use crate::vocabulary::Reasons;
use crate::wording::{coarsened, json_type, made_by, pattern, reasons, source, told, when_missing};

const HEAD: [&str; 10] = [
    "Path",
    "Type",
    "Unit",
    "What it tells",
    "From",
    "Treatment",
    "If there is none",
    "From level",
    "Since",
    "Stability",
];

/// The table, in the order of the report.
pub(super) fn table_of(report: &Structure) -> String {
    let mut rows = Vec::new();
    structure("", report, &Reasons::of_reports(), &mut rows);
    let mut once: Vec<Vec<String>> = Vec::new();
    for row in rows {
        // The elements of a mixed list say many things alike.
        if row[1] == "object" || !once.contains(&row) {
            once.push(row);
        }
    }
    table(&HEAD, &once)
}

fn structure(prefix: &str, shape: &Structure, outer: &Reasons, rows: &mut Vec<Vec<String>>) {
    let known = outer.within(&shape.when);
    for Member { key, node } in &shape.members {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match node {
            Node::Leaf(leaf) => rows.push(row(&path, leaf, &known)),
            Node::List(list) => elements(&path, list, &known, rows),
            Node::Structure(inner) => {
                if !inner.when.is_empty() {
                    rows.push(object(&path, &format!("In reports made {}", reasons(&inner.when))));
                }
                structure(&path, inner, &known, rows);
            }
        }
    }
}

fn elements(path: &str, list: &List, outer: &Reasons, rows: &mut Vec<Vec<String>>) {
    let path = format!("{path}[]");
    for element in &list.elements {
        let mut parts = vec![made_by(element)];
        if let Element::Each { max, .. } | Element::EachPoint { max, .. } = element {
            parts.push(format!("{max} at most"));
        }
        let when = &element.shape().when;
        if !when.is_empty() {
            parts.push(format!("in reports made {}", reasons(when)));
        }
        rows.push(object(&path, &parts.join(", ")));
        structure(&path, element.shape(), outer, rows);
    }
}

fn object(path: &str, text: &str) -> Vec<String> {
    let mut row = vec![String::new(); HEAD.len()];
    row[0] = code(path);
    "object".clone_into(&mut row[1]);
    row[3] = escape(text);
    row
}

fn row(path: &str, leaf: &Leaf, known: &Reasons) -> Vec<String> {
    let mut sentences = vec![escape(&told(leaf))];
    sentences.extend(leaf.note.as_deref().map(escape));
    sentences.extend(leaf.deprecated.iter().map(|why| format!("Deprecated: {}", escape(why))));
    vec![
        code(path),
        json_type(leaf).to_owned(),
        leaf.unit.as_deref().map(code).unwrap_or_default(),
        sentences.join(". "),
        code(&source(leaf)),
        treatment(leaf, known),
        when_missing(leaf).as_deref().map(shown).unwrap_or_default(),
        if leaf.level > Level::Basic { leaf.level.as_str().to_owned() } else { String::new() },
        leaf.since.as_deref().map(escape).unwrap_or_default(),
        leaf.stability.map(stability).unwrap_or_default(),
    ]
}

fn stability(stability: Stability) -> String {
    let word = Stability::WORDS.into_iter().find(|(_, known)| *known == stability);
    word.map(|(word, _)| escape(word)).unwrap_or_default()
}

/// What is written for a missing value: a word of ours, or JSON.
fn shown(missing: &str) -> String {
    if missing == "no key" { missing.to_owned() } else { code(missing) }
}

/// How a value is changed, and what it may be.
fn treatment(leaf: &Leaf, known: &Reasons) -> String {
    let mut parts = Vec::new();
    parts.extend(hashing(leaf));
    parts.extend(coarsened(leaf).as_deref().map(escape));
    match leaf.source {
        Source::Report(Fact::Reason) => parts.push(one_of(&known.shown(leaf))),
        _ => texts(leaf, &mut parts),
    }
    parts.extend(range(leaf));
    parts.join("; ")
}

/// What a text may be.
fn texts(leaf: &Leaf, parts: &mut Vec<String>) {
    let rules = &leaf.rules;
    if leaf.is_closed() {
        parts.push(one_of(&leaf.shown_words()));
    } else {
        parts.extend(pattern(leaf).map(|pattern| format!("matches {}", code(pattern))));
        parts.extend(rules.max_length.map(|max| format!("{max} characters at most")));
    }
    let words = leaf.words().into_iter().filter(|word| word.wire != word.shown);
    let words: Vec<_> =
        words.map(|word| format!("{} becomes {}", code(&word.wire), code(&word.shown))).collect();
    if !words.is_empty() {
        parts.push(words.join(", "));
    }
    parts.extend(rules.other.iter().map(|other| format!("any other becomes {}", code(other))));
    if rules.escape_html {
        parts.push("escaped as HTML".to_owned());
    }
}

fn one_of(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| code(word)).collect();
    match words.as_slice() {
        [only] => only.clone(),
        words => format!("one of {}", words.join(", ")),
    }
}

fn hashing(leaf: &Leaf) -> Option<String> {
    if !matches!(leaf.source, Source::Id(_)) {
        return None;
    }
    let Some(Hash { algorithm, encoding }) = leaf.hash else {
        return Some("in clear".to_owned());
    };
    let form = match encoding {
        Encoding::HexLower => "64 lower-case hexadecimal digits",
        Encoding::HexUpper => "64 upper-case hexadecimal digits",
        Encoding::Base64 => "base64",
    };
    Some(match algorithm {
        HashAlgorithm::Sha256 => format!("SHA-256 of the UUID's lower-case text, {form}"),
        HashAlgorithm::HmacSha256 => {
            format!("HMAC-SHA-256 of the text under a secret that never leaves, {form}")
        }
    })
}

fn range(leaf: &Leaf) -> Option<String> {
    match (leaf.rules.min, leaf.rules.max) {
        (Some(min), Some(max)) => Some(format!("from {min} to {max}")),
        // A count is never negative; nobody has to be told.
        (Some(0.0) | None, None) => None,
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
    }
}
