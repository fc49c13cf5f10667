//! Which attributes the contract wants of a gauge's points, and what an application names instead.

use std::fmt;

use headcount_contract::{AttributeOutline, Contract, GaugeOutline, Type};
use opentelemetry::{Key, KeyValue, Value};

use crate::collect::Attributes;

/// The gauges of a contract.
pub(crate) struct Listing<'c> {
    contract: &'c Contract,
    gauges: Vec<GaugeOutline<'c>>,
}

/// The attributes of a gauge's points, in order of their keys.
#[derive(Debug)]
pub(crate) struct Shape {
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    key: Key,
    kind: Type,
    /// Which of the application's ids it is.
    index: usize,
}

/// A gauge that an application names and the contract does not have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GaugeError {
    #[error("expected a gauge of {contract} ({}), got `{gauge}`", Names(known))]
    Unlisted {
        contract: String,
        gauge: String,
        /// The contract's gauges, the one that was perhaps meant first.
        known: Vec<String>,
    },
    #[error("`{gauge}`: {wrong}")]
    Attributes { gauge: String, wrong: WrongAttributes },
}

/// The attributes that a gauge has, and others that came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WrongAttributes {
    required: Vec<String>,
    optional: Vec<String>,
    named: Vec<String>,
}

impl<'c> Listing<'c> {
    pub(crate) fn new(contract: &'c Contract) -> Self {
        Self { contract, gauges: contract.gauges().collect() }
    }

    /// The shape of this gauge's points, where these are the attributes that it asks for.
    pub(crate) fn shape(&self, gauge: &str, names: &[&str]) -> Result<Shape, GaugeError> {
        let Some(outline) = self.gauges.iter().find(|outline| outline.name == gauge) else {
            return Err(GaugeError::Unlisted {
                contract: self.contract.label(),
                gauge: gauge.to_owned(),
                known: self.nearest_first(gauge),
            });
        };
        shape(&outline.attributes, names)
            .map_err(|wrong| GaugeError::Attributes { gauge: gauge.to_owned(), wrong })
    }

    /// The gauges in the order of the document, but for the one that looks like what was named.
    fn nearest_first(&self, named: &str) -> Vec<String> {
        let mut known: Vec<_> = self.gauges.iter().map(|gauge| gauge.name.to_owned()).collect();
        let nearest = known.iter().enumerate().map(|(index, name)| (distance(named, name), index));
        if let Some((distance, index)) = nearest.min()
            && distance * 3 <= named.chars().count()
        {
            known[..=index].rotate_right(1);
        }
        known
    }
}

fn shape(listed: &[AttributeOutline<'_>], names: &[&str]) -> Result<Shape, WrongAttributes> {
    let mut places: Vec<Place> = Vec::with_capacity(names.len());
    for attribute in listed {
        let index = names.iter().position(|name| *name == attribute.name);
        match index {
            Some(index) => places.push(Place {
                key: attribute.name.to_owned().into(),
                kind: attribute.kind,
                index,
            }),
            None if attribute.required => return Err(wrong(listed, names)),
            None => {}
        }
    }
    // One that is not listed, or one that is named twice.
    if places.len() != names.len() {
        return Err(wrong(listed, names));
    }
    places.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Shape { places })
}

fn wrong(listed: &[AttributeOutline<'_>], names: &[&str]) -> WrongAttributes {
    let listed = |required| {
        let chosen = listed.iter().filter(move |attribute| attribute.required == required);
        chosen.map(|attribute| attribute.name.to_owned()).collect()
    };
    WrongAttributes {
        required: listed(true),
        optional: listed(false),
        named: names.iter().map(|&name| name.to_owned()).collect(),
    }
}

impl Shape {
    /// The attributes of the entity with these ids, which are as many as were named.
    pub(crate) fn attributes(&self, ids: &[impl AsRef<str>]) -> Attributes {
        let attribute = |place: &Place| {
            let id = ids.get(place.index).map_or("", AsRef::as_ref);
            KeyValue::new(place.key.clone(), value(place.kind, id))
        };
        self.places.iter().map(attribute).collect()
    }
}

/// The value that a text stands for. A text that stands for none remains one: the contract's gate
/// withholds its point, and says so.
fn value(kind: Type, text: &str) -> Value {
    let value = match kind {
        Type::Integer => text.parse().map(Value::I64).ok(),
        Type::Double => text.parse().ok().filter(|value: &f64| value.is_finite()).map(Value::F64),
        Type::Boolean => text.parse().map(Value::Bool).ok(),
        Type::Text | Type::Uuid => None,
    };
    value.unwrap_or_else(|| Value::from(text.to_owned()))
}

/// How many letters have to be added, taken away or changed to make one text the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, &candidate) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != candidate);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// Names in backquotes.
struct Names<'n>(&'n [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, name) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}`{name}`")?;
        }
        Ok(())
    }
}

impl fmt::Display for WrongAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { required, optional, named } = self;
        match required.as_slice() {
            [] => f.write_str("expected no attributes")?,
            required => write!(f, "expected the attributes {}", Names(required))?,
        }
        if !optional.is_empty() {
            write!(f, " (and, where they are known, {})", Names(optional))?;
        }
        write!(f, ", got {}", Names(named))
    }
}
