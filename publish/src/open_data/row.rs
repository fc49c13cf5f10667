//! The rows of the table: one for each number that is shown, or hidden.

use headcount_figures::{Bucket, Cohort, FrozenDay, Group, MonthOfDays, Number, Snapshot, Value};
use jiff::civil::Date;

/// A row. What a kind of row does not have is `None`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'s> {
    pub(super) frozen: &'s FrozenDay,
    pub(super) number: &'s Number,
    /// `hidden`, `total`, `value`, `missing`, `other`, `bucket`, `retention` or `reporting_days`.
    pub(super) kind: &'static str,
    /// The text that a group of instances has in common.
    pub(super) group: Option<&'s str>,
    /// The lower bound of a bucket, and the one of the next.
    pub(super) from: Option<f64>,
    pub(super) below: Option<f64>,
    /// The month in which instances first reported, or whose days are counted.
    pub(super) month: Option<Date>,
    /// Months after that.
    pub(super) months_later: Option<u64>,
    /// The instances behind the row. `None`: too few to show.
    pub(super) instances: Option<u64>,
    pub(super) value: Option<f64>,
}

/// All rows, day by day. A figure of finished months has rows for the days on which it moved alone.
pub(super) fn rows(snapshot: &Snapshot) -> impl Iterator<Item = Row<'_>> {
    let before = [None].into_iter().chain(snapshot.days.iter().map(Some));
    snapshot.days.iter().zip(before).flat_map(|(frozen, before)| {
        let numbers = frozen.numbers.iter().filter(move |number| moved(number, before));
        numbers.flat_map(move |number| of(frozen, number))
    })
}

fn moved(number: &Number, before: Option<&FrozenDay>) -> bool {
    let is_monthly = matches!(number.value, Value::Retention(_) | Value::ReportingDays(_));
    let before = before.and_then(|before| before.number(&number.figure));
    !is_monthly || before.is_none_or(|before| before.value != number.value)
}

fn of<'s>(frozen: &'s FrozenDay, number: &'s Number) -> Vec<Row<'s>> {
    let row = Row {
        frozen,
        number,
        kind: "hidden",
        group: None,
        from: None,
        below: None,
        month: None,
        months_later: None,
        instances: None,
        value: None,
    };
    match &number.value {
        Value::Hidden => vec![row],
        Value::Total(total) => {
            let instances = number.instances;
            vec![Row { kind: "total", instances, value: Some(*total), ..row }]
        }
        Value::Groups(groups) => {
            let group = |Group { name, instances, value }: &'s Group| Row {
                kind: name.kind(),
                group: name.text(),
                instances: Some(*instances),
                value: Some(*value),
                ..row
            };
            groups.iter().map(group).collect()
        }
        Value::Buckets(all) => buckets(all, Row { kind: "bucket", ..row }),
        Value::Retention(cohorts) => {
            let cohort = |cohort: &Cohort| {
                let row = Row { kind: "retention", month: Some(cohort.month), ..row };
                let active = (0..).zip(cohort.active.clone());
                active.map(move |(later, instances)| Row {
                    months_later: Some(later),
                    instances,
                    ..row
                })
            };
            cohorts.iter().flat_map(cohort).collect()
        }
        Value::ReportingDays(months) => {
            let month = |month: &MonthOfDays| {
                let row = Row { kind: "reporting_days", month: Some(month.month), ..row };
                buckets(&month.days, row)
            };
            months.iter().flat_map(month).collect()
        }
    }
}

fn buckets<'s>(buckets: &[Bucket], row: Row<'s>) -> Vec<Row<'s>> {
    let bucket = |(bucket, below): (&Bucket, Option<f64>)| Row {
        from: bucket.from,
        below,
        instances: bucket.instances,
        ..row
    };
    Bucket::bounded(buckets).map(bucket).collect()
}
