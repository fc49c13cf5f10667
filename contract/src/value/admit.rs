//! A leaf's value: admitted on its way in, written in the report, read back from it.

use std::borrow::Cow;

use headcount_proto::{Number, Value};

use super::html::{escape, unescape};
use super::rules::{finite, whole};
use super::{Scalar, Unfit, unfit, uuid};
use crate::document::Document;
use crate::model::{Leaf, Missing, Type};

impl Leaf {
    /// Admits text as it travels: cut, checked, or replaced by `other`.
    pub(crate) fn admit_text<'r>(&self, raw: &'r str) -> Result<Cow<'r, str>, Unfit> {
        if self.kind == Type::Uuid {
            return uuid(raw).map(|id| id.hyphenated().to_string().into());
        }
        let rules = &self.rules;
        let text = match &rules.cut_at {
            _ if rules.other.as_deref() == Some(raw) => raw,
            Some(mark) => raw.split(mark.as_str()).next().unwrap_or(raw),
            None => raw,
        };
        match (rules.refusal(text), &rules.other) {
            (None, _) => Ok(text.into()),
            (Some(_), Some(other)) => Ok(other.clone().into()),
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
    pub(crate) fn admit(&self, raw: &Value<'_>) -> Result<Scalar, Unfit> {
        match (self.kind, raw) {
            (Type::Text | Type::Uuid, Value::Text(text)) => self.admit_text(text).map(Scalar::from),
            (Type::Boolean, Value::Bool(value)) => Ok(Scalar::Bool(*value)),
            (Type::Integer | Type::Double, Value::Int(value)) => {
                self.admit_number(Number::Int(*value)).map(Scalar::from)
            }
            (Type::Integer | Type::Double, Value::Double(value)) => {
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
                Document::Text(if self.rules.escape_html { escape(text) } else { text.to_owned() })
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
                let text = if self.rules.escape_html { unescape(text) } else { text.clone() };
                let mapped = self.rules.map.iter().find(|(_, report)| *report == text);
                self.admit_text(mapped.map_or(&text, |(wire, _)| wire)).map(Scalar::from)
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
