//! JSON for people: compact where it fits, or beside the contract that it follows.

mod beside;
mod packed;

pub(super) use beside::beside;
pub(super) use packed::packed;

use headcount_contract::Document;

/// The document on one line, with a space behind each colon and comma.
fn one_line(document: &Document) -> String {
    match document {
        Document::List(items) => {
            format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        Document::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, value)| member(key, &one_line(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn member(key: &str, value: &str) -> String {
    format!("{}: {value}", Document::Text(key.to_owned()))
}

fn is_scalar(document: &Document) -> bool {
    !matches!(document, Document::List(_) | Document::Object(_))
}
