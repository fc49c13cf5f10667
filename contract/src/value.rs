//! What a single value may be: admitted on its way in, written in the report, read back from it.

use std::cmp::Ordering;
use std::fmt;

use headcount_proto::Number;
use uuid::Uuid;

use crate::document::Document;
use crate::model::{Leaf, Missing, Rules, Type};

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(f64),
}

/// A value that the contract does not allow: what was expected instead, never the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfit(pub(crate) String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn unfit<T>(expected: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit(expected.into()))
}

/// A total order, so that of two values at the same time the same one always wins.
impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => a.total_cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scalar {}

impl Scalar {
    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) => 1,
            Self::Double(_) => 2,
            Self::Text(_) => 3,
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Leaf {
    /// Admits text as it travels: cut, checked, or replaced by `other`.
    pub(crate) fn admit_text(&self, raw: &str) -> Result<String, Unfit> {
        if self.kind == Type::Uuid {
            return uuid(raw).map(|id| id.hyphenated().to_string());
        }
        let rules = &self.rules;
        let text = match &rules.cut_at {
            Some(mark) => raw.split(mark.as_str()).next().unwrap_or(raw),
            None => raw,
        };
        match (rules.refusal(text), &rules.other) {
            (None, _) => Ok(text.to_owned()),
            (Some(_), Some(other)) => Ok(other.clone()),
            (Some(expected), None) => unfit(expected),
        }
    }

    /// Admits a number as it travels: checked against its type and range, rounded down to its bucket.
    pub(crate) fn admit_number(&self, raw: Number) -> Result<Number, Unfit> {
        let value = match (self.kind, raw) {
            (Type::Boolean, Number::Int(0 | 1)) => return Ok(raw),
            (Type::Boolean, Number::Double(value)) => match whole(value) {
                Ok(value @ (0 | 1)) => return Ok(Number::Int(value)),
                _ => return unfit("expected 0 or 1"),
            },
            (Type::Boolean, Number::Int(_)) => return unfit("expected 0 or 1"),
            (Type::Double, number) => Number::Double(finite(number)?),
            (_, Number::Int(value)) => Number::Int(value),
            (_, Number::Double(value)) => Number::Int(whole(value)?),
        };
        let rules = &self.rules;
        let magnitude = finite(value)?;
        if rules.min.is_some_and(|min| magnitude < min)
            || rules.max.is_some_and(|max| magnitude > max)
        {
            return unfit(format!("expected a number {}", rules.range()));
        }
        let Some(bucket) = rules.bucket(magnitude) else {
            return Ok(value);
        };
        Ok(match value {
            Number::Int(_) => Number::Int(whole(bucket)?),
            Number::Double(_) => Number::Double(bucket),
        })
    }

    /// Admits the value of an attribute.
    pub(crate) fn admit(&self, raw: &Scalar) -> Result<Scalar, Unfit> {
        match (self.kind, raw) {
            (Type::Text | Type::Uuid, Scalar::Text(text)) => {
                self.admit_text(text).map(Scalar::Text)
            }
            (Type::Boolean, Scalar::Bool(value)) => Ok(Scalar::Bool(*value)),
            (Type::Integer | Type::Double, Scalar::Int(value)) => {
                self.admit_number(Number::Int(*value)).map(Scalar::from)
            }
            (Type::Integer | Type::Double, Scalar::Double(value)) => {
                self.admit_number(Number::Double(*value)).map(Scalar::from)
            }
            (kind, _) => unfit(format!("expected {}", kind.expected())),
        }
    }

    /// The value as the report writes it.
    pub(crate) fn render(&self, value: &Scalar) -> Document {
        match value {
            Scalar::Text(text) => {
                let mapped = self.rules.map.iter().find(|(wire, _)| wire == text);
                let text = mapped.map_or(text.as_str(), |(_, report)| report);
                Document::Text(if self.rules.escape_html {
                    escape(text)
                } else {
                    text.to_owned()
                })
            }
            Scalar::Bool(value) => Document::Bool(*value),
            Scalar::Int(value) if self.kind == Type::Boolean => Document::Bool(*value != 0),
            Scalar::Int(value) => Document::Int(*value),
            Scalar::Double(value) => Document::Double(*value),
        }
    }

    /// What the report writes where the value is missing: `Ok(None)` leaves the key out, `Err` makes the
    /// report incomplete.
    pub(crate) fn absent(&self) -> Result<Option<Document>, ()> {
        match self.missing {
            Missing::Null => Ok(Some(Document::Null)),
            Missing::Zero => Ok(Some(match self.kind {
                Type::Text | Type::Uuid => Document::Text(String::new()),
                Type::Integer => Document::Int(0),
                Type::Double => Document::Double(0.0),
                Type::Boolean => Document::Bool(false),
            })),
            Missing::Omit => Ok(None),
            Missing::Required if self.may_be_absent() => Ok(None),
            Missing::Required => Err(()),
        }
    }

    /// Reads a value of the report back into the form in which it travels.
    pub(crate) fn read(&self, document: &Document) -> Result<Scalar, Unfit> {
        match (self.kind, document) {
            (Type::Text | Type::Uuid, Document::Text(text)) => {
                let text = if self.rules.escape_html {
                    unescape(text)
                } else {
                    text.clone()
                };
                let mapped = self.rules.map.iter().find(|(_, report)| *report == text);
                self.admit_text(mapped.map_or(&text, |(wire, _)| wire))
                    .map(Scalar::Text)
            }
            (Type::Boolean, Document::Bool(value)) => Ok(Scalar::Bool(*value)),
            (Type::Integer | Type::Double, Document::Int(value)) => {
                self.admit_number(Number::Int(*value)).map(Scalar::from)
            }
            (Type::Double, Document::Double(value)) => {
                self.admit_number(Number::Double(*value)).map(Scalar::from)
            }
            (kind, _) => unfit(format!("expected {}", kind.expected())),
        }
    }
}

impl From<Number> for Scalar {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(value) => Self::Int(value),
            Number::Double(value) => Self::Double(value),
        }
    }
}

impl Type {
    /// The type in words, for an error text.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Uuid => "a UUID",
            Self::Integer => "a whole number",
            Self::Double => "a number",
            Self::Boolean => "true or false",
        }
    }
}

impl Rules {
    /// Why a text is refused; `None` where it fits.
    pub(crate) fn refusal(&self, text: &str) -> Option<String> {
        if text.chars().any(misleading) {
            return Some("expected text without control characters".to_owned());
        }
        if self.other.as_deref() == Some(text) || self.map.iter().any(|(wire, _)| wire == text) {
            return None;
        }
        let open = self.allowed.is_empty() && self.pattern.is_none();
        if open && self.other.is_some() {
            return Some("expected a value of the table".to_owned());
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == text) {
            return Some(format!("expected one of {}", self.allowed.join(", ")));
        }
        if let Some(max) = self.max_length.filter(|max| text.chars().count() > *max) {
            return Some(format!("expected at most {max} characters"));
        }
        let pattern = self
            .pattern
            .as_ref()
            .filter(|pattern| !pattern.is_match(text))?;
        Some(format!("expected text that matches {pattern}"))
    }

    fn range(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("of at least {min}"),
            (None, Some(max)) => format!("of at most {max}"),
            (None, None) => String::new(),
        }
    }

    /// The largest lower bound up to the value; the first bound for what lies below it.
    fn bucket(&self, value: f64) -> Option<f64> {
        let first = self.buckets.first()?;
        Some(
            *self
                .buckets
                .iter()
                .rev()
                .find(|bound| **bound <= value)
                .unwrap_or(first),
        )
    }
}

/// Characters that make text look like something else: controls, and those that turn or hide text.
pub(crate) fn misleading(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

fn finite(number: Number) -> Result<f64, Unfit> {
    // Beyond 2^53 the double is rounded, which no bound of a contract is fine enough to notice.
    #[allow(clippy::cast_precision_loss)]
    let value = match number {
        Number::Int(value) => value as f64,
        Number::Double(value) => value,
    };
    // Adding zero turns -0.0 into 0.0, so that equal numbers are the same bytes.
    if value.is_finite() {
        Ok(value + 0.0)
    } else {
        unfit("expected a finite number")
    }
}

/// A double that stands for a whole number; Collectors turn integers into doubles.
fn whole(value: f64) -> Result<i64, Unfit> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)]
        return Ok(value as i64);
    }
    unfit("expected a whole number")
}

/// A UUID in any of its textual forms.
pub(crate) fn uuid(text: &str) -> Result<Uuid, Unfit> {
    Uuid::try_parse(text).map_err(|_| Unfit("expected a UUID".to_owned()))
}

const ESCAPES: [(char, &str); 5] = [
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('"', "&quot;"),
    ('\'', "&#x27;"),
];

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match ESCAPES.iter().find(|(raw, _)| *raw == c) {
            Some((_, escaped)) => out.push_str(escaped),
            None => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    // `&amp;` comes last, so that `&amp;lt;` becomes `&lt;` and stays so.
    ESCAPES
        .iter()
        .rev()
        .fold(text.to_owned(), |text, (raw, escaped)| {
            text.replace(escaped, raw.encode_utf8(&mut [0; 4]))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_escaped_and_back() {
        let text = "<b a='1'>&amp;\"";
        assert_eq!(escape(text), "&lt;b a=&#x27;1&#x27;&gt;&amp;amp;&quot;");
        assert_eq!(unescape(&escape(text)), text);
    }

    #[test]
    fn doubles_are_whole_or_refused() {
        assert_eq!(whole(3.0), Ok(3));
        assert!(whole(3.5).is_err());
        assert!(whole(f64::NAN).is_err());
        assert!(whole(1e300).is_err());
    }
}
