//! What is shown of an application: the frozen days that every surface speaks of.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Everything that is shown of one application. Whatever a page, a badge, a file or a metric says comes from here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The frozen days, oldest first, without a gap.
    pub days: Vec<FrozenDay>,
}

/// The numbers of one day, which never change again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenDay {
    /// The UTC day.
    pub day: Date,
    /// The UTC day on which it was frozen: two days later, or more where the receiver did not run.
    pub frozen_on: Date,
    /// A number for each figure of the contract, in its order.
    pub numbers: Vec<Number>,
}

/// What is shown for one figure on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// The figure's name.
    pub figure: String,
    /// Tells definitions apart: numbers of one figure with different ones do not compare.
    pub definition: String,
    /// The last day whose reports are in the value: the day itself, or an earlier one, since fewer instances than
    /// `min_count` changed since then.
    pub as_of: Date,
    /// Whether reports were counted on all days of the window.
    pub complete: bool,
    /// How many instances reported within the window: those that the value is made of are among them. It moves by the
    /// same rule as the value, and on its own. `None` where it may not be told, as with [`Value::Hidden`].
    pub instances: Option<u64>,
    /// The value.
    pub value: Value,
}

/// The value of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Too few instances to show anything.
    Hidden,
    /// A count, a sum, a median.
    Total(f64),
    /// The same, for each value of the leaf `by`.
    Groups(Vec<Group>),
    /// Instances in each bucket of a leaf's value, ascending.
    Buckets(Vec<Bucket>),
    /// Of the instances that first reported in a month, how many did in it and in each later one; finished months.
    Retention(Vec<Cohort>),
    /// On how many days instances reported; finished months, oldest first.
    ReportingDays(Vec<MonthOfDays>),
}

/// Instances with the same value of a leaf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Their value of the leaf.
    pub name: GroupName,
    /// How many they are.
    pub instances: u64,
    /// Their count, sum or median.
    pub value: f64,
}

/// The value that a group of instances has in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupName {
    /// This one, as the report shows it.
    Value(String),
    /// None: their reports lack it.
    Missing,
    /// Different ones, of which none has enough instances, or whose text is not fit to be shown.
    Other,
}

/// Instances whose value is at least `from`, and less than the next bucket's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// The lower bound. `None`: below the first one that the contract names.
    pub from: Option<f64>,
    /// How many they are. `None`: too few to show.
    pub instances: Option<u64>,
}

/// The instances that first reported in one month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// The first day of the month.
    pub month: Date,
    /// How many reported in that month and in each that followed. `None`: too few to show, or too few that did not.
    pub active: Vec<Option<u64>>,
}

/// On how many days of a month instances reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthOfDays {
    /// The first day of the month.
    pub month: Date,
    /// Instances by their number of days.
    pub days: Vec<Bucket>,
}

impl Snapshot {
    /// The newest frozen day.
    pub fn newest(&self) -> Option<&FrozenDay> {
        self.days.last()
    }

    /// The newest number of a figure.
    pub fn number(&self, figure: &str) -> Option<&Number> {
        self.newest()?.number(figure)
    }

    /// The numbers of a figure over time, as far back as it was defined as it is now.
    pub fn series(&self, figure: &str) -> Vec<(Date, &Number)> {
        let Some(newest) = self.number(figure) else { return Vec::new() };
        let numbers = self.days.iter().rev();
        let mut numbers: Vec<_> = numbers
            .map_while(|day| {
                let number = day.number(figure)?;
                (number.definition == newest.definition).then_some((day.day, number))
            })
            .collect();
        numbers.reverse();
        numbers
    }
}

impl FrozenDay {
    /// The number of a figure.
    pub fn number(&self, figure: &str) -> Option<&Number> {
        self.numbers.iter().find(|number| number.figure == figure)
    }
}

impl Number {
    /// The value, where it is a single number that is shown.
    pub fn total(&self) -> Option<f64> {
        match self.value {
            Value::Total(total) if total.is_finite() => Some(total),
            _ => None,
        }
    }
}

impl GroupName {
    /// What kind of name it is: `value`, `missing` or `other`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Value(_) => "value",
            Self::Missing => "missing",
            Self::Other => "other",
        }
    }

    /// The text that the instances have in common, where they have one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Value(text) => Some(text),
            Self::Missing | Self::Other => None,
        }
    }
}

impl Bucket {
    /// Each bucket, and the lower bound of the next, below which its values are; `None` for the last one.
    pub fn bounded(buckets: &[Self]) -> impl Iterator<Item = (&Self, Option<f64>)> {
        let below = buckets.iter().skip(1).map(|next| next.from).chain([None]);
        buckets.iter().zip(below)
    }
}
