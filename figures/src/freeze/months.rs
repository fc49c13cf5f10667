//! Figures of finished months: they change once a month, and what a month showed stays.

use headcount_contract::Figure;
use jiff::civil::Date;

use super::Freezing;
use super::conceal::{Rule, conceal};
use crate::cells::Cells;
use crate::days::months_between;
use crate::definition::{Definition, digest};
use crate::month::{Crowd, DAYS, MONTHS, Month};
use crate::{Bucket, Cohort, MonthOfDays, Number, Value};

impl Freezing<'_> {
    /// The number of a figure of months: with another month on the last day of it, and else the one of the day before.
    pub(super) fn monthly(
        &mut self,
        figure: &Figure,
        definition: String,
        add: fn(&mut Self, &Month, Option<Value>) -> Value,
    ) -> Number {
        let Some(month) = self.month.take() else { return self.last_shown(figure, &definition) };
        let told = self.everyone_is_told(&month.everyone);
        let before = self.previous(figure, &definition).map(|number| number.value.clone());
        let value = add(self, &month, before);
        let instances = (told && month.everyone.instances >= self.min_count().into())
            .then_some(month.everyone.instances);
        let complete = self.cells.counted_since(month.first_day);
        self.month = Some(month);
        Number {
            figure: figure.name.clone(),
            definition,
            as_of: self.day,
            complete,
            instances,
            value,
        }
    }

    /// Whether it may be told how many reported in the month; once asked, the answer stays.
    fn everyone_is_told(&mut self, everyone: &Crowd) -> bool {
        if let Some(told) = self.everyone_told {
            return told;
        }
        let measure = Definition::Members.id();
        let told = self.shown.allows(measure, &everyone.sketch, self.min_count());
        if told {
            self.shown.note(measure, everyone.sketch.clone());
        }
        *self.everyone_told.insert(told)
    }

    /// Adds how many of each cohort reported in the month.
    pub(super) fn retention(&mut self, month: &Month, before: Option<Value>) -> Value {
        let mut cohorts = match before {
            Some(Value::Retention(cohorts)) => cohorts,
            _ => Vec::new(),
        };
        cohorts.retain(|cohort| months_between(cohort.month, month.first_day) < MONTHS);
        cohorts.push(Cohort { month: month.first_day, active: Vec::new() });
        for cohort in &mut cohorts {
            // A month in which this figure was not there.
            let months = months_between(cohort.month, month.first_day);
            cohort.active.resize(usize::try_from(months).unwrap_or(0), None);
        }
        let nobody = Crowd { instances: 0, sketch: month.everyone.sketch.none() };
        let crowds: Vec<&Crowd> = cohorts
            .iter()
            .map(|cohort| month.cohorts.get(&cohort.month).unwrap_or(&nobody))
            .collect();
        let counts: Vec<u64> = crowds.iter().map(|crowd| crowd.instances).collect();
        let hidden = cohorts.iter().zip(&crowds).map(|(cohort, crowd)| {
            // What became of a cohort that is too small itself is not shown either.
            let hidden_before = cohort.active.first().is_some_and(Option::is_none);
            hidden_before
                || !self.shown.allows(measure_of(cohort.month), &crowd.sketch, self.min_count())
        });
        let outside = month.everyone.instances.saturating_sub(counts.iter().sum());
        let shown = conceal(&counts, hidden.collect(), &self.rule(outside));
        for ((cohort, crowd), instances) in cohorts.iter_mut().zip(crowds).zip(shown) {
            if instances.is_some() {
                self.shown.note(measure_of(cohort.month), crowd.sketch.clone());
            }
            cohort.active.push(instances);
        }
        Value::Retention(cohorts)
    }

    /// Adds how many reported on how many days of the month.
    pub(super) fn reporting_days(&mut self, month: &Month, before: Option<Value>) -> Value {
        let mut months = match before {
            Some(Value::ReportingDays(months)) => months,
            _ => Vec::new(),
        };
        months.retain(|held| months_between(held.month, month.first_day) < MONTHS);
        let counts: Vec<u64> = (0..)
            .take(DAYS.len())
            .map(|place| month.days.get(&place).copied().unwrap_or(0))
            .collect();
        let measure = digest(&["reporting days"]);
        let allowed = self.shown.allows(measure, &month.by_days, self.min_count());
        let shown = conceal(&counts, vec![!allowed; counts.len()], &self.rule(0));
        if allowed {
            self.shown.note(measure, month.by_days.clone());
        }
        let buckets = DAYS.iter().zip(shown);
        let days = buckets
            .map(|(from, instances)| Bucket { from: Some(f64::from(*from)), instances })
            .collect();
        months.push(MonthOfDays { month: month.first_day, days });
        Value::ReportingDays(months)
    }

    fn rule(&self, outside: u64) -> Rule {
        let always = self.everyone_told != Some(true);
        Rule { least: self.min_count().into(), outside, always }
    }
}

/// What the sketches of a cohort are kept under.
fn measure_of(cohort: Date) -> u64 {
    digest(&["cohort", &cohort.to_string()])
}

impl Cells {
    fn counted_since(&self, day: Date) -> bool {
        self.head.since.get(&Definition::Members.id()).is_some_and(|since| *since <= day)
    }
}
