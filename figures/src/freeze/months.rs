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
        let Some(month) = self.month else { return self.last_shown(figure, &definition) };
        let told = self.everyone_is_told(&month.everyone);
        let before = self.previous(figure, &definition).map(|number| number.value.clone());
        let value = add(self, month, before);
        let instances = (told && month.everyone.instances >= self.min_count().into())
            .then_some(month.everyone.instances);
        let complete = self.cells.counted_since(month.first_day);
        Number { complete, instances, value, ..self.hidden(figure, definition) }
    }

    /// Whether it may be told how many reported in the month; once asked, the answer stays.
    fn everyone_is_told(&mut self, everyone: &Crowd) -> bool {
        if let Some(told) = self.everyone_told {
            return told;
        }
        let measure = Definition::Members.id();
        let told = self.shown.allows(measure, &everyone.sketch, self.min_count());
        if told {
            self.shown.note(measure, &everyone.sketch);
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
            hidden_before || !self.may_show(cohort, crowd)
        });
        let outside = month.everyone.instances.saturating_sub(counts.iter().sum());
        let mut shown = conceal(&counts, hidden.collect(), &self.rule(outside));
        if outside < self.min_count().into() {
            let fresh =
                cohorts.iter().zip(&crowds).map(|(cohort, crowd)| self.is_fresh(cohort, crowd));
            cover(&mut shown, &fresh.collect::<Vec<_>>());
        }
        for ((cohort, crowd), instances) in cohorts.iter_mut().zip(crowds).zip(shown) {
            let measure = measure_of(cohort.month, instances.is_some());
            self.shown.note(measure, &crowd.sketch);
            cohort.active.push(instances);
        }
        Value::Retention(cohorts)
    }

    /// Whether a cohort in this month is just as it was shown before, or differs enough; and from what was hidden, too:
    /// otherwise whoever knows it now could take it out of the sum of what was hidden then.
    fn may_show(&self, cohort: &Cohort, crowd: &Crowd) -> bool {
        let [hidden, shown] = [false, true].map(|shown| measure_of(cohort.month, shown));
        self.shown.allows(shown, &crowd.sketch, self.min_count())
            && self.shown.is_another(hidden, &crowd.sketch, self.min_count())
    }

    /// Whether nothing that was ever told comes near how a cohort is in this month.
    fn is_fresh(&self, cohort: &Cohort, crowd: &Crowd) -> bool {
        let another = |shown| {
            let measure = measure_of(cohort.month, shown);
            self.shown.is_another(measure, &crowd.sketch, self.min_count())
        };
        crowd.instances >= self.min_count().into() && another(false) && another(true)
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
            self.shown.note(measure, &month.by_days);
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

/// Hides more where all that is hidden in a month is much as it was before: the sum of it comes out, since everyone is
/// told, and beside the sum of before it would tell of the few that changed. One cohort of which nothing comparable was told
/// is enough; where there is none, all are hidden.
fn cover(shown: &mut [Option<u64>], fresh: &[bool]) {
    let covers = |(instances, fresh): (&Option<u64>, &bool)| instances.is_none() && *fresh;
    if shown.iter().all(Option::is_some) || shown.iter().zip(fresh).any(covers) {
        return;
    }
    let places = shown.iter().zip(fresh).enumerate().filter(|(_, (_, fresh))| **fresh);
    match places.min_by_key(|(_, (instances, _))| **instances).map(|(place, _)| place) {
        Some(place) => shown[place] = None,
        None => shown.fill(None),
    }
}

/// What the sketches of a cohort are kept under: those that were shown, and those that were not.
fn measure_of(cohort: Date, shown: bool) -> u64 {
    let kind = if shown { "cohort" } else { "hidden cohort" };
    digest(&[kind, &cohort.to_string()])
}

impl Cells {
    fn counted_since(&self, day: Date) -> bool {
        self.head.since.get(&Definition::Members.id()).is_some_and(|since| *since <= day)
    }
}
