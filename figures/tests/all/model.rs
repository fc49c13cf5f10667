//! What figures are, told in the plainest way: from all reports, anew each day, each instance shown.

use std::collections::{BTreeMap, BTreeSet};

use headcount_figures::{Bucket, Cohort, Group, GroupName, MonthOfDays, Value};
use jiff::civil::Date;

use crate::lives::Today;
use crate::shop::{Report, day};

/// Every report that counts, of every instance that is not erased.
#[derive(Default)]
pub(crate) struct Model {
    reports: BTreeMap<u32, BTreeMap<(Date, u32), Report>>,
    cohorts: Vec<Cohort>,
    months: Vec<MonthOfDays>,
}

const DAYS: [u32; 6] = [1, 2, 8, 15, 22, 28];

pub(crate) fn window_of(figure: &str) -> i64 {
    match figure {
        "instances_day" => 1,
        "median" => 2,
        "systems" | "orders_by_system" => 3,
        "medians" => 28,
        _ => 7,
    }
}

impl Model {
    pub(crate) fn live(&mut self, number: i64, today: &Today) {
        for ((instance, version), report) in &today.reports {
            let reports = self.reports.entry(*instance).or_default();
            reports.insert((day(number), *version), report.clone());
        }
        for instance in &today.erased {
            self.reports.remove(instance);
        }
        if day(number + 1).day() == 1 {
            self.finish_month(day(number).first_of_month());
        }
    }

    fn finish_month(&mut self, month: Date) {
        let mut active: BTreeMap<Date, u64> = BTreeMap::new();
        let mut by_days = [0; DAYS.len()];
        for reports in self.reports.values() {
            let days: BTreeSet<Date> = reports.keys().map(|(day, _)| *day).collect();
            let first = days.first().expect("an instance has a report").first_of_month();
            let in_month = days.iter().filter(|day| day.first_of_month() == month).count();
            if in_month > 0 {
                *active.entry(first).or_default() += 1;
                let place = DAYS.iter().rposition(|from| *from as usize <= in_month);
                by_days[place.expect("a day at least")] += 1;
            }
        }
        self.cohorts.push(Cohort { month, active: Vec::new() });
        for cohort in &mut self.cohorts {
            cohort.active.push(Some(active.get(&cohort.month).copied().unwrap_or(0)));
        }
        let days = DAYS.iter().zip(by_days);
        let days = days.map(|(from, count)| bucket(Some((*from).into()), count)).collect();
        self.months.push(MonthOfDays { month, days });
    }

    /// The last reports of the instances that have one in the window.
    pub(crate) fn window(&self, today: i64, days: i64) -> Vec<&Report> {
        let last = self.reports.values().filter_map(|reports| reports.last_key_value());
        let last = last.filter(|((last, _), _)| *last > day(today - days));
        last.map(|(_, report)| report).collect()
    }

    pub(crate) fn value(&self, figure: &str, today: i64) -> Value {
        let reports = self.window(today, window_of(figure));
        let (release, system) =
            (|report: &Report| report.release.clone(), |report: &Report| report.system.clone());
        match figure {
            "retention" if self.cohorts.is_empty() => Value::Hidden,
            "reporting_days" if self.months.is_empty() => Value::Hidden,
            "retention" => Value::Retention(self.cohorts.clone()),
            "reporting_days" => Value::ReportingDays(self.months.clone()),
            _ if reports.is_empty() => Value::Hidden,
            "instances_day" | "instances" => Value::Total(count(&reports)),
            "systems" => by_value(groups(reports, system, count)),
            "releases" => by_release(groups(reports, release, count)),
            _ if told(&reports).is_empty() => Value::Hidden,
            "orders" => Value::Total(sum(&reports)),
            "median" => Value::Total(median(&reports)),
            "sizes" => sizes(&reports),
            "orders_by_system" => by_value(groups(telling(reports), system, sum)),
            _ => by_value(groups(telling(reports), system, median)),
        }
    }
}

fn bucket(from: Option<f64>, count: u64) -> Bucket {
    Bucket { from, instances: Some(count) }
}

#[allow(clippy::cast_precision_loss, reason = "there are few")]
fn count(reports: &[&Report]) -> f64 {
    reports.len() as f64
}

fn told(reports: &[&Report]) -> Vec<f64> {
    reports.iter().filter_map(|report| report.orders).collect()
}

/// Without the systems of which nobody tells the number: these are in no group.
fn telling(reports: Vec<&Report>) -> Vec<&Report> {
    let tell = |report: &Report| report.orders.map(|_| report.system.clone());
    let systems: BTreeSet<_> = reports.iter().filter_map(|report| tell(report)).collect();
    reports.into_iter().filter(|report| systems.contains(&report.system)).collect()
}

fn sum(reports: &[&Report]) -> f64 {
    told(reports).into_iter().sum()
}

/// The lower one of those in the middle, of numbers with two digits.
fn median(reports: &[&Report]) -> f64 {
    let mut numbers: Vec<f64> = told(reports).into_iter().map(two_digits).collect();
    numbers.sort_by(f64::total_cmp);
    numbers[(numbers.len() - 1) / 2]
}

/// Of eighths, which are whole in thousandths.
fn two_digits(number: f64) -> f64 {
    let (thousandths, mut unit) = (number * 1000.0, 1.0);
    while (thousandths / unit).floor() >= 100.0 {
        unit *= 10.0;
    }
    (thousandths / unit).round() * unit / 1000.0
}

fn sizes(reports: &[&Report]) -> Value {
    let bounds = [f64::NEG_INFINITY, 8.0, 100.0, 1000.0, f64::INFINITY];
    let buckets = bounds.windows(2).map(|range| {
        let within = |orders: &f64| range[0] <= *orders && *orders < range[1];
        let instances = told(reports).into_iter().filter(within).count() as u64;
        bucket(range[0].is_finite().then_some(range[0]), instances)
    });
    Value::Buckets(buckets.filter(|at| at.from.is_some() || at.instances != Some(0)).collect())
}

fn groups(
    reports: Vec<&Report>,
    by: impl Fn(&Report) -> Option<String>,
    value: impl Fn(&[&Report]) -> f64,
) -> Vec<Group> {
    let mut groups: BTreeMap<GroupName, Vec<&Report>> = BTreeMap::new();
    for report in reports {
        let name = match by(report) {
            None => GroupName::Missing,
            Some(text) if text.contains('<') => GroupName::Other,
            Some(text) => GroupName::Value(text),
        };
        groups.entry(name).or_default().push(report);
    }
    let group = |(name, reports): (_, Vec<&Report>)| {
        let instances = reports.len() as u64;
        Group { name, instances, value: value(&reports) }
    };
    groups.into_iter().map(group).collect()
}

/// The largest first; then those that lack the value, then the others.
fn by_value(mut groups: Vec<Group>) -> Value {
    groups.sort_by(|one, two| two.value.total_cmp(&one.value));
    groups.sort_by_key(|group| match group.name {
        GroupName::Value(_) => 0,
        GroupName::Missing => 1,
        GroupName::Other => 2,
    });
    Value::Groups(groups)
}

fn by_release(mut groups: Vec<Group>) -> Value {
    let releases = ["2.0", "v2.0.0-rc.1", "1.1", "1.0"];
    groups.sort_by_key(|group| match &group.name {
        GroupName::Value(name) => releases.iter().position(|release| release == name),
        GroupName::Missing => Some(4),
        GroupName::Other => Some(5),
    });
    Value::Groups(groups)
}
