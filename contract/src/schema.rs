//! The JSON Schema (2020-12) of a contract's report.

mod value;

use crate::document::Document;
use crate::model::{Contract, Element, Level, List, Member, Missing, Node, Structure};
use crate::vocabulary::Reasons;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl Contract {
    /// The JSON Schema (2020-12) of the report, its keys in the order of the report.
    ///
    /// A key is required where every report has it: a value that is absent as `null` or as zero still has
    /// its key. A key that the contract does not list is refused. Text that the report shows escaped
    /// (`escape: html`) is not held against its pattern, which speaks of the text before.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("openfn/2").expect("it ships");
    /// let id = contract.json_schema().get("$id").cloned();
    /// assert_eq!(id.expect("every schema has one").to_string(), format!("{:?}", contract.schema_url()));
    /// ```
    pub fn json_schema(&self) -> Document {
        let head = [
            ("$schema", text(DIALECT)),
            ("$id", text(&self.schema_url)),
            ("title", Document::Text(format!("Usage report {}", self.label()))),
            ("description", text(&self.brief)),
        ];
        let head = head.map(|(key, value)| (key.to_owned(), value));
        let body = object(&self.report, &Reasons::of_reports());
        Document::Object(head.into_iter().chain(body).collect())
    }
}

/// The keywords of an object's schema.
fn object(structure: &Structure, reasons: &Reasons) -> Vec<(String, Document)> {
    let reasons = reasons.within(&structure.when);
    let mut properties = Vec::new();
    let mut required = Vec::new();
    for Member { key, node } in &structure.members {
        let schema = match node {
            Node::Leaf(leaf) => value::schema(leaf, &reasons),
            Node::List(list) => array(list, &reasons),
            Node::Structure(inner) => object(inner, &reasons),
        };
        properties.push((key.clone(), Document::Object(schema)));
        if always_there(node) {
            required.push(Document::Text(key.clone()));
        }
    }
    keywords([
        ("type", text("object")),
        ("properties", Document::Object(properties)),
        ("required", Document::List(required)),
        ("additionalProperties", Document::Bool(false)),
    ])
}

/// Whether every report has the key.
fn always_there(node: &Node) -> bool {
    match node {
        Node::List(_) => true,
        Node::Structure(inner) => inner.when.is_empty(),
        Node::Leaf(leaf) => match leaf.missing {
            Missing::Null | Missing::Zero => true,
            Missing::Omit => false,
            Missing::Required => leaf.level == Level::Basic,
        },
    }
}

/// The keywords of an array's schema: each item is one of the elements.
fn array(list: &List, reasons: &Reasons) -> Vec<(String, Document)> {
    let mut shapes = Vec::new();
    let (mut least, mut most) = (0, 0);
    for element in &list.elements {
        shapes.push(Document::Object(object(element.shape(), reasons)));
        match element {
            Element::One(shape) => {
                least += usize::from(shape.when.is_empty());
                most += 1;
            }
            Element::Each { max, .. } | Element::EachPoint { max, .. } => most += max,
        }
    }
    let items = match shapes.len() {
        1 => shapes.swap_remove(0),
        _ => Document::Object(keywords([("anyOf", Document::List(shapes))])),
    };
    let mut schema = keywords([("type", text("array")), ("items", items)]);
    if least > 0 {
        schema.push(("minItems".to_owned(), count(least)));
    }
    schema.push(("maxItems".to_owned(), count(most)));
    schema
}

fn keywords<const N: usize>(pairs: [(&str, Document); N]) -> Vec<(String, Document)> {
    pairs.map(|(key, value)| (key.to_owned(), value)).into()
}

fn text(text: &str) -> Document {
    Document::Text(text.to_owned())
}

fn count(count: usize) -> Document {
    Document::Int(i64::try_from(count).unwrap_or(i64::MAX))
}
