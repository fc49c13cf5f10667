//! What a contract says, in words: shared by the notice, the documentation and the list of changes.

mod figures;
mod sections;

pub(crate) use figures::{definition, small_groups};
pub(crate) use sections::{
    envelope, identity, keeping, reasons, redirect, required, schedule, times_of_day, withdrawal,
};

use crate::document::Document;
use crate::model::{
    Element, Fact, HashAlgorithm, INSTANCE, Leaf, Level, Missing, Source, Structure, Type,
};

/// `a`, `b` and `c`, with the last joined by a word of its own.
pub(crate) fn listed<T: AsRef<str>>(items: &[T], last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., end] => {
            let first: Vec<_> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", first.join(", "), end.as_ref())
        }
    }
}

/// `1 day`, `2 days`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// A number of seconds in the largest unit that fits.
pub(crate) fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.iter().find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size));
    unit.map_or_else(|| counted(seconds, "second"), |(size, noun)| counted(seconds / size, noun))
}

impl Leaf {
    /// What the value tells, in words: its brief, where it has one.
    ///
    /// ```
    /// let library = headcount_contract::Library::built_in();
    /// let contract = library.find("manyfold").expect("it ships");
    /// let release = contract.leaf("version.app").expect("a leaf");
    /// assert_eq!(release.told(), "The release that you run, or unknown in development");
    /// ```
    pub fn told(&self) -> String {
        told(self)
    }
}

/// What a leaf tells.
pub(crate) fn told(leaf: &Leaf) -> String {
    if let Some(brief) = &leaf.brief {
        return brief.clone();
    }
    match &leaf.source {
        Source::Id(name) if name == INSTANCE => "The id of the instance".to_owned(),
        Source::Id(name) => format!("An id: {name}"),
        Source::Const(value) => format!("Always {value}"),
        Source::Report(fact) => fact_told(*fact).to_owned(),
        Source::Value => "The value of the data point".to_owned(),
        Source::Gauge(name) | Source::Attribute(name) => name.clone(),
    }
}

fn fact_told(fact: Fact) -> &'static str {
    match fact {
        Fact::Date => "The UTC day that the report is for",
        Fact::GeneratedAt(_) => "The time for which the report is true",
        Fact::PeriodStart(_) => "The start of the time that the report is for",
        Fact::PeriodEnd(_) => "The end of the time that the report is for",
        Fact::Reason => "Why the report was made",
    }
}

/// How an id is treated; nothing for what is no id.
pub(crate) fn hidden(leaf: &Leaf) -> Option<&'static str> {
    if !matches!(leaf.source, Source::Id(_)) {
        return None;
    }
    Some(match leaf.hash.map(|hash| hash.algorithm) {
        Some(HashAlgorithm::Sha256) => "as a SHA-256 hash",
        Some(HashAlgorithm::HmacSha256) => "as a hash under a secret key",
        None => "in clear",
    })
}

/// How coarse a value is told; nothing where it is told as it is.
pub(crate) fn coarsened(leaf: &Leaf) -> Option<String> {
    let rules = &leaf.rules;
    if !rules.buckets.is_empty() {
        let bounds: Vec<_> = rules.buckets.iter().map(ToString::to_string).collect();
        return Some(format!("rounded down to {}", listed(&bounds, "or")));
    }
    let mark = rules.cut_at.as_ref()?;
    Some(format!("without the first “{mark}” and what follows it"))
}

/// What a text can be, where its rules name all of it.
pub(crate) fn choice(leaf: &Leaf) -> Option<String> {
    let words = leaf.is_closed().then(|| leaf.shown_words())?;
    Some(listed(&words, "or"))
}

/// The pattern as the contract has it; it always holds for the whole text.
pub(crate) fn pattern(leaf: &Leaf) -> Option<&str> {
    let anchored = leaf.rules.pattern.as_ref()?.as_str();
    let inner = anchored.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$"));
    Some(inner.unwrap_or(anchored))
}

/// Where a value comes from, as a contract writes it.
pub(crate) fn source(leaf: &Leaf) -> String {
    match &leaf.source {
        Source::Gauge(name) => format!("$gauge {name}"),
        Source::Attribute(name) => format!("$attribute {name}"),
        Source::Id(name) => format!("$id {name}"),
        Source::Const(value) => format!("$const {value}"),
        Source::Report(fact) => format!("$report {}", fact_name(*fact)),
        Source::Value => "$value".to_owned(),
    }
}

fn fact_name(fact: Fact) -> &'static str {
    match fact {
        Fact::Date => "date",
        Fact::GeneratedAt(_) => "generated_at",
        Fact::PeriodStart(_) => "period_start",
        Fact::PeriodEnd(_) => "period_end",
        Fact::Reason => "reason",
    }
}

/// The JSON type of a leaf's value.
pub(crate) fn json_type(leaf: &Leaf) -> &'static str {
    match &leaf.source {
        Source::Const(Document::Null) => "null",
        Source::Const(Document::Bool(_)) => "boolean",
        Source::Const(Document::Int(_)) => "integer",
        _ => match leaf.kind {
            Type::Text | Type::Uuid => "string",
            Type::Integer => "integer",
            Type::Double => "number",
            Type::Boolean => "boolean",
        },
    }
}

/// What stands in the place of a missing value; nothing where the report is incomplete without it.
pub(crate) fn when_missing(leaf: &Leaf) -> Option<String> {
    match leaf.missing {
        Missing::Null => Some("null".to_owned()),
        Missing::Zero => leaf.absent().ok().flatten().map(|zero| zero.to_string()),
        Missing::Omit => Some("no key".to_owned()),
        Missing::Required if leaf.level > Level::Basic => Some("no key".to_owned()),
        Missing::Required => None,
    }
}

/// What makes the elements of a list.
pub(crate) fn made_by(element: &Element) -> String {
    match element {
        Element::One(_) => "one element".to_owned(),
        Element::Each { attribute, .. } => format!("one element for each {attribute}"),
        Element::EachPoint { gauge, .. } => format!("one element for each data point of {gauge}"),
    }
}

/// Whether any value is told from a higher level of consent only.
pub(crate) fn has_levels(structure: &Structure) -> bool {
    structure.leaves().iter().any(|(_, leaf)| leaf.level > Level::Basic)
}
