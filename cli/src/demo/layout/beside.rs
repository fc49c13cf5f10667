//! A report line by line, and beside each value where the contract takes it from.

use headcount_contract::{
    Contract, Document, Element, Fact, HashAlgorithm, Leaf, List, Member, Node, Source, Structure,
};

use super::one_line;

/// A line of the report, and its source; empty where the line holds no value.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) json: String,
    pub(crate) source: String,
}

/// The report beside its contract.
pub(crate) fn beside(contract: &Contract, report: &Document) -> Vec<Line> {
    let mut lines = Vec::new();
    let whole = Place { each: "where the contract takes it from", ..Place::default() };
    structure(contract.structure(), report, &mut lines, whole);
    lines
}

/// Where a value stands.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    indent: usize,
    key: &'a str,
    comma: &'a str,
    /// What makes the element, where the value is one of a list.
    each: &'a str,
}

impl Place<'_> {
    fn line(self, text: &str, source: &str) -> Line {
        let Self { indent, key, .. } = self;
        Line { json: format!("{:indent$}{key}{text}", ""), source: source.to_owned() }
    }
}

fn structure(structure: &Structure, document: &Document, lines: &mut Vec<Line>, place: Place<'_>) {
    lines.push(place.line("{", place.each));
    let present: Vec<_> = structure
        .members
        .iter()
        .filter_map(|member| Some((member, document.get(&member.key)?)))
        .collect();
    for (index, (Member { key, node }, value)) in present.iter().enumerate() {
        let key = format!("{}: ", Document::Text(key.clone()));
        let comma = if index + 1 < present.len() { "," } else { "" };
        let place = Place { indent: place.indent + 2, key: &key, comma, each: "" };
        match node {
            Node::Structure(inner) => self::structure(inner, value, lines, place),
            Node::List(inner) => list(inner, value, lines, place),
            Node::Leaf(leaf) => {
                lines.push(place.line(&format!("{}{comma}", one_line(value)), &source(leaf)));
            }
        }
    }
    let end = Place { key: "", ..place };
    lines.push(end.line(&format!("}}{}", place.comma), ""));
}

fn list(list: &List, document: &Document, lines: &mut Vec<Line>, place: Place<'_>) {
    let items = match (document, list.elements.as_slice()) {
        (Document::List(items), [_]) if !items.is_empty() => items,
        // Nothing to tell apart, or elements of several kinds: the values alone.
        _ => return lines.push(place.line(&format!("{}{}", one_line(document), place.comma), "")),
    };
    let element = &list.elements[0];
    let each = match element {
        Element::One(_) => String::new(),
        Element::Each { attribute, .. } => format!("each {attribute}"),
        Element::EachPoint { gauge, .. } => format!("each point of {gauge}"),
    };
    lines.push(place.line("[", ""));
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        let place = Place { indent: place.indent + 2, key: "", comma, each: &each };
        structure(element.shape(), item, lines, place);
    }
    let end = Place { key: "", ..place };
    lines.push(end.line(&format!("]{}", place.comma), ""));
}

fn source(leaf: &Leaf) -> String {
    let hash = leaf.hash.map(|hash| hash.algorithm);
    match (&leaf.source, hash) {
        (Source::Id(name), Some(HashAlgorithm::Sha256)) => format!("SHA-256 of {name}"),
        (Source::Id(name), Some(HashAlgorithm::HmacSha256)) => format!("HMAC of {name}"),
        (Source::Gauge(name) | Source::Attribute(name) | Source::Id(name), _) => name.clone(),
        (Source::Const(_), _) => "constant".to_owned(),
        (Source::Value, _) => "the point's value".to_owned(),
        (Source::Report(fact), _) => match fact {
            Fact::Date => "the report's day",
            Fact::GeneratedAt(_) => "the newest value's time",
            Fact::PeriodStart(_) => "the period's start",
            Fact::PeriodEnd(_) => "the period's end",
            Fact::Reason => "the report's reason",
        }
        .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use headcount_contract::Library;

    use super::*;

    #[test]
    fn every_example_stands_beside_its_contract_whole() {
        for contract in Library::built_in().iter() {
            let example = contract.example();
            let lines = beside(contract, &example);
            let json: Vec<_> = lines.iter().map(|line| line.json.as_str()).collect();
            assert_eq!(Document::parse(&json.join("\n")).unwrap(), example, "{}", contract.label());
        }
    }

    #[test]
    fn a_value_names_its_source() {
        let library = Library::built_in();
        let contract = library.find("openfn/2").unwrap();
        let lines = beside(contract, &contract.example());
        let source = |start: &str| {
            let line = lines.iter().find(|line| line.json.trim_start().starts_with(start));
            line.map(|line| line.source.as_str())
        };
        assert_eq!(source(r#""version": "2""#), Some("constant"));
        assert_eq!(source(r#""no_of_users""#), Some("openfn.users"));
        assert_eq!(source(r#""hashed_uuid""#), Some("SHA-256 of service.instance.id"));
        assert_eq!(source(r#""projects""#), Some(""));
        let elements = lines.iter().filter(|line| line.source == "each openfn.project.id");
        assert!(elements.count() > 0);
    }
}
