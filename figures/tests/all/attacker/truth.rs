//! What was really behind the numbers. Only the judge sees it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use headcount_contract::{Figure, Measure};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// An instance, by its number in the world.
pub(crate) type Instance = u32;

/// The values of a report, by the paths of their leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values {
    /// Texts.
    pub texts: BTreeMap<&'static str, String>,
    /// Numbers.
    pub numbers: BTreeMap<&'static str, i64>,
}

/// What is known of an instance when a day is frozen.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// Which one.
    pub instance: Instance,
    /// The first day for which it reported.
    pub first: Date,
    /// The last one.
    pub last: Date,
    /// What it said on the last.
    pub values: Values,
}

/// A finished month: each instance that reported in it, the first day of the month of its first report, and on how
/// many days it reported.
pub(crate) type Month = Vec<(Instance, Date, u32)>;

/// The world as it was whenever a day was frozen.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    days: BTreeMap<Date, Vec<Counted>>,
    months: BTreeMap<Date, Month>,
    held: BTreeMap<Instance, Counted>,
    /// On how many days of each month it reported.
    reported: BTreeMap<Instance, BTreeMap<Date, u32>>,
}

/// An instance behind a number, and what of it is in the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'t> {
    pub instance: Instance,
    /// Its value of the leaf `by`, cut where the figure cuts it.
    pub group: Option<&'t str>,
    /// Its value of the leaf that is measured; in a distribution the number of the bucket, for a median rounded.
    pub value: Option<i64>,
}

impl Truth {
    /// A report of a day that is about to be frozen.
    pub(crate) fn count(&mut self, day: Date, instance: Instance, values: &Values) {
        let first = self.held.get(&instance).map_or(day, |held| held.first);
        let again = self.held.get(&instance).is_some_and(|held| held.last == day);
        let counted = Counted { instance, first, last: day, values: values.clone() };
        self.held.insert(instance, counted);
        if !again {
            let months = self.reported.entry(instance).or_default();
            *months.entry(day.first_of_month()).or_default() += 1;
        }
    }

    /// An instance is erased.
    pub(crate) fn erase(&mut self, instance: Instance) {
        self.held.remove(&instance);
        self.reported.remove(&instance);
    }

    /// A day is frozen, all reports of which were counted.
    pub(crate) fn freeze(&mut self, day: Date) {
        self.days.insert(day, self.held.values().cloned().collect());
        if day == day.last_of_month() {
            let month = day.first_of_month();
            let active = self.held.values().filter_map(|held| {
                let days = *self.reported.get(&held.instance)?.get(&month)?;
                Some((held.instance, held.first.first_of_month(), days))
            });
            self.months.insert(month, active.collect());
        }
    }

    /// Those behind a figure on a day, which is counted since another.
    pub(crate) fn members(&self, figure: &Figure, as_of: Date, since: Date) -> Vec<Member<'_>> {
        let Some(counted) = self.days.get(&as_of) else { return Vec::new() };
        let from = since.max(as_of - i64::from(figure.window_days - 1).days());
        let within = counted.iter().filter(|counted| (from..=as_of).contains(&counted.last));
        within.map(|counted| Member::of(figure, counted)).collect()
    }

    /// A finished month.
    pub(crate) fn month(&self, month: Date) -> Option<&Month> {
        self.months.get(&month)
    }

    /// The finished months, by their first days.
    pub(crate) fn months(&self) -> impl Iterator<Item = (Date, &Month)> {
        self.months.iter().map(|(first, month)| (*first, month))
    }
}

impl<'t> Member<'t> {
    fn of(figure: &Figure, counted: &'t Counted) -> Self {
        let by = figure.by.as_deref();
        let group = by.and_then(|path| counted.values.texts.get(path)).map(String::as_str);
        let group = match figure.cut_at.as_deref() {
            Some(mark) => group.map(|text| text.split(mark).next().unwrap_or(text)),
            None => group,
        };
        let value =
            figure.measure.path().and_then(|path| counted.values.numbers.get(path).copied());
        let value = match &figure.measure {
            Measure::Distribution(_, bounds) => value.map(|value| bucket(value, bounds)),
            Measure::Median(_) => value.map(two_digits),
            _ => value,
        };
        Self { instance: counted.instance, group, value }
    }
}

/// As medians see values.
fn two_digits(value: i64) -> i64 {
    let unit = 10_i64.pow(value.max(1).ilog10().saturating_sub(1));
    (value + unit / 2) / unit * unit
}

/// How many lower bounds a value reaches.
fn bucket(value: i64, bounds: &[serde_json::Number]) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "values of tests are small")]
    let value = value as f64;
    let reached = bounds.iter().filter_map(serde_json::Number::as_f64).filter(|&b| value >= b);
    i64::try_from(reached.count()).expect("a contract has few buckets")
}

/// How many instances are behind one of two numbers and not, or with something else, behind the other. Both are in the
/// order of their instances.
pub(crate) fn differing<'t>(one: &[Member<'t>], other: &[Member<'t>]) -> usize {
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    let mut differing = 0;
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return differing,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.instance.cmp(&other.instance),
        };
        let one = if order.is_le() { left.next() } else { None };
        let other = if order.is_ge() { right.next() } else { None };
        let within =
            |member: Option<&Member<'t>>| member.map(|member| (member.group, member.value));
        differing += usize::from(within(one) != within(other));
    }
}
