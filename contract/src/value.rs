//! Single values, as they travel.

mod admit;
mod html;
mod rules;

pub(crate) use rules::whole;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use headcount_proto::Number;
use uuid::Uuid;

use crate::model::Type;

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

/// The value as it stands in an element's key.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value:?}"),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Cow<'_, str>> for Scalar {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
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

/// A UUID in any of its textual forms.
pub(crate) fn uuid(text: &str) -> Result<Uuid, Unfit> {
    Uuid::try_parse(text).map_err(|_| Unfit("expected a UUID".to_owned()))
}
