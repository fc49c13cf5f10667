//! The numbers of a day, when it is closed.

mod conceal;
mod fold;
mod months;

use headcount_contract::{Figure, Measure};
use jiff::civil::Date;

use crate::cells::Cells;
use crate::contribution::Key;
use crate::counting::Counting;
use crate::days::{after, before, days, month};
use crate::definition::{Definition, digest};
use crate::month::Month;
use crate::number::Fixed;
use crate::sketch::Sketch;
use crate::tally::Tally;
use crate::{Bucket, FrozenDay, Number, Shown, Value};

impl Cells {
    /// Freezes a day: makes its numbers, which never change again, and drops what no later day needs. Reports for it,
    /// or for days before it, do not count any more.
    ///
    /// Days are frozen one after the other, also those without reports; after a gap the windows begin to fill anew.
    pub fn freeze(
        &mut self,
        counting: &Counting,
        day: Date,
        frozen_on: Date,
        shown: &mut Shown,
    ) -> FrozenDay {
        shown.begin();
        self.begin(counting, day);
        let month = self.take_month(counting, day);
        let cells = &*self;
        let mut freezing = Freezing { cells, counting, day, shown, month, everyone_told: None };
        let figures = &counting.contract().publish().figures;
        let numbers = figures.iter().map(|figure| freezing.number(figure)).collect();
        let frozen = FrozenDay { day, frozen_on, numbers };
        self.close(day, before(after(day), counting.longest_window() - 1));
        shown.newest = Some(frozen.clone());
        frozen
    }

    /// Notes which definitions are counted from this day on.
    fn begin(&mut self, counting: &Counting, day: Date) {
        let since = &mut self.head.since;
        if self.head.frozen.is_some_and(|frozen| after(frozen) != day) {
            since.clear();
        }
        let definitions = &counting.layout().definitions;
        since.retain(|held, _| definitions.iter().any(|(id, _)| id == held));
        for (id, _) in definitions {
            since.entry(*id).or_insert(day);
        }
    }

    /// The month, if this is its last day.
    fn take_month(&mut self, counting: &Counting, day: Date) -> Option<Month> {
        if month(after(day)) == month(day) {
            return None;
        }
        self.month_changed();
        let open = self.month.take().filter(|open| open.first_day == month(day));
        Some(open.unwrap_or_else(|| Month::new(day, counting.min_count())))
    }

    /// Whether reports were counted on all days of the window.
    fn is_complete(&self, definition: &Definition, day: Date, window_days: u32) -> bool {
        let since = self.head.since.get(&definition.id()).copied().max(self.head.kept_from);
        since.is_some_and(|since| since <= before(day, window_days.saturating_sub(1)))
    }

    /// Whether reports of the window were counted before this was counted in them. It would leave out those who did not
    /// report since, and how many these are would come out, since all in the window are told.
    fn is_late(&self, definition: &Definition, day: Date, window_days: u32) -> bool {
        let since = |of: &Definition| self.head.since.get(&of.id()).copied();
        let first = before(day, window_days.saturating_sub(1));
        since(definition) > since(&Definition::Members).max(Some(first))
    }
}

/// A day while it is frozen.
struct Freezing<'f> {
    cells: &'f Cells,
    counting: &'f Counting,
    day: Date,
    shown: &'f mut Shown,
    /// The month that this day finishes.
    month: Option<Month>,
    /// Whether the number of all who reported in that month may be told.
    everyone_told: Option<bool>,
}

/// What a figure would show, and all that this tells about instances.
struct Candidate {
    value: Value,
    states: Vec<(u64, Sketch)>,
}

impl Freezing<'_> {
    fn min_count(&self) -> u32 {
        self.counting.min_count()
    }

    fn number(&mut self, figure: &Figure) -> Number {
        let definition = definition(figure);
        match &figure.measure {
            Measure::Retention => return self.monthly(figure, definition, Self::retention),
            Measure::ReportingDays => {
                return self.monthly(figure, definition, Self::reporting_days);
            }
            _ => {}
        }
        if self.min_count() > 1 && self.is_late(figure) {
            return self.hidden(figure, definition);
        }
        let candidate = self.candidate(figure);
        let allowed = |(measure, state): &(u64, Sketch)| {
            self.shown.allows(*measure, state, self.counting.min_count())
        };
        if !candidate.states.iter().all(allowed) {
            return self.last_shown(figure, &definition);
        }
        if candidate.value == Value::Hidden {
            return self.hidden(figure, definition);
        }
        for (measure, state) in candidate.states {
            self.shown.note(measure, &state);
        }
        let instances = self.instances(figure, &definition);
        let value = rounded(candidate.value, figure.round);
        Number { instances, value, ..self.hidden(figure, definition) }
    }

    /// The number of this day where nothing may be told.
    fn hidden(&self, figure: &Figure, definition: String) -> Number {
        Number {
            figure: figure.name.clone(),
            definition,
            as_of: self.day,
            complete: self.is_complete(figure),
            instances: None,
            value: Value::Hidden,
        }
    }

    /// The number that was shown last, since the new one would tell too much.
    fn last_shown(&self, figure: &Figure, definition: &str) -> Number {
        let previous = self.previous(figure, definition).cloned();
        previous.unwrap_or_else(|| self.hidden(figure, definition.to_owned()))
    }

    fn previous(&self, figure: &Figure, definition: &str) -> Option<&Number> {
        let number = self.shown.newest()?.number(&figure.name)?;
        (number.definition == definition).then_some(number)
    }

    fn is_complete(&self, figure: &Figure) -> bool {
        let definition = Definition::of(figure).unwrap_or(Definition::Members);
        self.cells.is_complete(&definition, self.day, figure.window_days)
    }

    fn is_late(&self, figure: &Figure) -> bool {
        let definition = Definition::of(figure).unwrap_or(Definition::Members);
        self.cells.is_late(&definition, self.day, figure.window_days)
    }

    /// How many instances reported within the figure's window. They are told by the same rule, apart from the value.
    fn instances(&mut self, figure: &Figure, definition: &str) -> Option<u64> {
        let (measure, members) = self.members(figure);
        let instances = instances(&members);
        if instances < self.min_count().into() {
            return None;
        }
        if !self.shown.allows(measure, &members.sketch, self.min_count()) {
            return self.previous(figure, definition)?.instances;
        }
        self.shown.note(measure, &members.sketch);
        Some(rounded_count(instances, figure.round))
    }

    fn members(&self, figure: &Figure) -> (u64, Tally) {
        let members = Definition::Members;
        (members.id(), self.window(&members, figure))
    }

    /// The counters of all days of the figure's window.
    fn window(&self, definition: &Definition, figure: &Figure) -> Tally {
        let (from, to) = (days(self.day) - i64::from(figure.window_days) + 1, days(self.day));
        let id = definition.id();
        let mut window = Tally::new(definition.kind(), self.min_count());
        for cell in self.cells.days.range(from..=to).map(|(_, cell)| cell) {
            if let Some(tally) = cell.get(&id) {
                window.merge(tally);
            }
        }
        window
    }

    fn candidate(&self, figure: &Figure) -> Candidate {
        let Some(definition) = Definition::of(figure) else {
            return Candidate { value: Value::Hidden, states: Vec::new() };
        };
        let tally = self.window(&definition, figure);
        match &definition {
            Definition::Members => {
                let shown = instances(&tally) >= self.min_count().into();
                let value = if shown { total(&tally) } else { Value::Hidden };
                Candidate { value, states: vec![(definition.id(), tally.sketch)] }
            }
            Definition::Split { .. } | Definition::Spread { .. } => {
                self.split(figure, &definition, tally)
            }
            Definition::Sum { by: None, .. } | Definition::Median { by: None, .. } => {
                let all = tally.groups.get(&Key::All);
                let shown = all.is_some_and(|all| all.telling >= self.min_count().into());
                let value = if shown { total(&tally) } else { Value::Hidden };
                let state = all.map_or_else(|| tally.sketch.none(), |all| all.sketch.clone());
                Candidate { value, states: vec![(definition.whole().id(), state)] }
            }
            Definition::Sum { .. } | Definition::Median { .. } => {
                self.by_group(figure, &definition, tally)
            }
        }
    }

    /// Instances by group or by bucket: who they are, and who is in which.
    fn split(&self, figure: &Figure, definition: &Definition, tally: Tally) -> Candidate {
        let (everyone, members) = self.members(figure);
        let value = match definition {
            _ if instances(&members) < self.min_count().into() => Value::Hidden,
            Definition::Spread { from, .. } => self.buckets(&tally, from),
            _ => {
                let folded = fold::fold(tally.groups, tally.kind, self.min_count());
                folded.value(tally.kind, figure.order)
            }
        };
        let states = vec![(everyone, members.sketch), (definition.id(), tally.sketch)];
        Candidate { value, states }
    }

    /// Sums or medians by group: who is in which, what all tell, and what each group tells.
    fn by_group(&self, figure: &Figure, definition: &Definition, tally: Tally) -> Candidate {
        let split = definition.split().map_or(Definition::Members, |split| split);
        let who = self.split(figure, &split, self.window(&split, figure));
        let (whole, mut all) = (definition.whole().id(), tally.sketch.none());
        tally.groups.values().for_each(|group| all.merge(&group.sketch));
        let telling: u64 = tally.groups.values().map(|group| group.telling).sum();
        let folded = fold::fold(tally.groups, tally.kind, self.min_count());
        let states = folded.groups().filter(|group| group.telling > 0);
        let states: Vec<_> = states.map(|group| (whole, group.sketch.clone())).collect();
        let value = match who.value {
            Value::Hidden => Value::Hidden,
            _ if telling < self.min_count().into() => Value::Hidden,
            _ => folded.value(tally.kind, figure.order),
        };
        Candidate { value, states: [who.states, vec![(whole, all)], states].concat() }
    }

    /// Instances by bucket. Those without a value are in none; where they are few, another bucket hides them.
    fn buckets(&self, tally: &Tally, from: &[Fixed]) -> Value {
        let count = |key: &Key| tally.groups.get(key).map_or(0, |group| group.instances);
        let missing = count(&Key::Missing);
        let places = (0..).take(from.len() + 1).map(Key::Bucket);
        let counts: Vec<_> = places.map(|place| count(&place)).collect();
        let least = u64::from(self.min_count());
        if counts.iter().sum::<u64>() < least {
            return Value::Hidden;
        }
        let outside = if missing < least { missing } else { 0 };
        let rule = conceal::Rule { least, outside, always: false };
        let bounds = std::iter::once(None).chain(from.iter().map(|bound| Some(bound.to_f64())));
        let buckets = bounds.zip(conceal::conceal(&counts, vec![false; counts.len()], &rule));
        let buckets = buckets.map(|(from, instances)| Bucket { from, instances });
        // What lies below the first bound is mostly impossible.
        Value::Buckets(buckets.skip(usize::from(counts[0] == 0)).collect())
    }
}

/// Tells definitions of figures apart, with their windows.
fn definition(figure: &Figure) -> String {
    let id = match (&figure.measure, Definition::of(figure)) {
        (_, Some(definition)) => definition.id(),
        (Measure::Retention, None) => digest(&["retention"]),
        (_, None) => digest(&["reporting days"]),
    };
    format!("{:016x}", digest(&[&id.to_string(), &figure.window_days.to_string()]))
}

fn instances(tally: &Tally) -> u64 {
    tally.groups.values().map(|group| group.instances).sum()
}

fn total(tally: &Tally) -> Value {
    let group = tally.groups.get(&Key::All);
    Value::Total(group.map_or(0.0, |group| group.value(tally.kind)))
}

/// The nearest multiple.
fn rounded_to(value: f64, round: Option<u32>) -> f64 {
    round.map(f64::from).map_or(value, |step| (value / step).round() * step)
}

fn rounded_count(count: u64, round: Option<u32>) -> u64 {
    let Some(step) = round.map(u64::from).filter(|step| *step > 0) else { return count };
    count.saturating_add(step / 2) / step * step
}

fn rounded(value: Value, round: Option<u32>) -> Value {
    match value {
        Value::Total(total) => Value::Total(rounded_to(total, round)),
        Value::Groups(mut groups) => {
            for group in &mut groups {
                group.instances = rounded_count(group.instances, round);
                group.value = rounded_to(group.value, round);
            }
            Value::Groups(groups)
        }
        other => other,
    }
}
