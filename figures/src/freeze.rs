//! The numbers of a day, when it is closed.

mod candidate;
mod conceal;
mod fold;
mod months;
mod round;

use std::collections::{BTreeMap, BTreeSet};

use headcount_contract::{Figure, Measure};
use jiff::civil::Date;

use crate::cells::Cells;
use crate::counting::Counting;
use crate::days::{after, before, days, month};
use crate::definition::{Definition, digest};
use crate::month::Month;
use crate::sketch::Sketch;
use crate::tally::Tally;
use crate::{FrozenDay, Number, Shown, Value};

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
        let members = self.members(counting, day);
        let mut freezing = Freezing {
            cells: &*self,
            counting,
            day,
            shown,
            members: &members,
            month: month.as_ref(),
            everyone_told: None,
        };
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

    /// Who reported within each of the figures' windows, by its days: all figures tell something of them.
    fn members(&self, counting: &Counting, day: Date) -> BTreeMap<u32, Tally> {
        let figures = counting.contract().publish().figures.iter();
        let windows: BTreeSet<u32> = figures.map(|figure| figure.window_days).collect();
        let members =
            |window_days| self.window(&Definition::Members, day, window_days, counting.min_count());
        windows.into_iter().map(|window_days| (window_days, members(window_days))).collect()
    }

    /// The counters of so many days, of which this is the last.
    fn window(
        &self,
        definition: &Definition,
        day: Date,
        window_days: u32,
        min_count: u32,
    ) -> Tally {
        let (from, to) = (days(day) - i64::from(window_days) + 1, days(day));
        let id = definition.id();
        let mut window = Tally::new(definition.kind(), min_count);
        for cell in self.days.range(from..=to).map(|(_, cell)| cell) {
            if let Some(tally) = cell.get(&id) {
                window.merge(tally);
            }
        }
        window
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
    /// Who reported within each of the figures' windows, by its days.
    members: &'f BTreeMap<u32, Tally>,
    /// The month that this day finishes.
    month: Option<&'f Month>,
    /// Whether the number of all who reported in that month may be told.
    everyone_told: Option<bool>,
}

impl<'f> Freezing<'f> {
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
        let value = candidate.value;
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
        let instances = instances(members);
        if instances < self.min_count().into() {
            return None;
        }
        if !self.shown.allows(measure, &members.sketch, self.min_count()) {
            return self.previous(figure, definition)?.instances;
        }
        self.shown.note(measure, &members.sketch);
        Some(round::count(instances, figure.round))
    }

    fn members(&self, figure: &Figure) -> (u64, &'f Tally) {
        (Definition::Members.id(), &self.members[&figure.window_days])
    }

    /// The counters of all days of the figure's window.
    fn window(&self, definition: &Definition, figure: &Figure) -> Tally {
        match definition {
            Definition::Members => self.members(figure).1.clone(),
            _ => self.cells.window(definition, self.day, figure.window_days, self.min_count()),
        }
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
