//! JSON documents, their keys in the order in which people read them.

use headcount_contract::{Document, visible_json};
use jiff::civil::Date;

/// Beyond this not every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// An object.
pub(crate) fn object<const N: usize>(members: [(&str, Document); N]) -> Document {
    Document::Object(members.map(|(key, value)| (key.to_owned(), value)).into())
}

/// A list.
pub(crate) fn list(items: impl IntoIterator<Item = Document>) -> Document {
    Document::List(items.into_iter().collect())
}

pub(crate) fn text(text: &str) -> Document {
    Document::Text(text.to_owned())
}

/// A text, or `null`.
pub(crate) fn maybe(value: Option<&str>) -> Document {
    value.map_or(Document::Null, text)
}

/// A number that is written without a fraction where it has none.
#[allow(
    clippy::cast_possible_truncation,
    reason = "it is whole and within what a double holds exactly"
)]
pub(crate) fn number(value: f64) -> Document {
    if value.fract() == 0.0 && value.abs() <= EXACT {
        Document::Int(value as i64)
    } else if value.is_finite() {
        Document::Double(value)
    } else {
        Document::Null
    }
}

pub(crate) fn count(count: u64) -> Document {
    Document::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A count, or `null`.
pub(crate) fn counted(value: Option<u64>) -> Document {
    value.map_or(Document::Null, count)
}

pub(crate) fn day(day: Date) -> Document {
    Document::Text(day.to_string())
}

/// A document as it is served, on several lines.
pub(crate) fn pretty(document: &Document) -> String {
    visible_json(&document.pretty()) + "\n"
}

/// A document on one line, with its end.
pub(crate) fn line(document: &Document) -> String {
    visible_json(&document.to_string()) + "\n"
}

#[cfg(test)]
mod tests {
    use headcount_contract::misleading;

    use super::*;

    #[test]
    fn what_misleads_is_escaped_and_reads_as_the_same() {
        let document = list(crate::sample::HOSTILE.map(text));
        for written in [pretty(&document), line(&document)] {
            let shown: Vec<_> = written.chars().filter(|c| *c != '\n' && misleading(*c)).collect();
            assert!(shown.is_empty(), "{shown:?}");
            assert_eq!(Document::parse(&written).expect("JSON"), document);
        }
    }

    #[test]
    fn a_number_without_a_fraction_is_written_without_one() {
        let written =
            [7.0, -0.0, 2.5, 1e15, 1e300, f64::NAN].map(|value| number(value).to_string());
        assert_eq!(written, ["7", "0", "2.5", "1000000000000000", "1e+300", "null"]);
    }
}
