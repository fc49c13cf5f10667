//! What a figure would show if nothing spoke against it.

use headcount_contract::Figure;

use super::conceal::{Rule, conceal};
use super::{Freezing, fold, instances, round};
use crate::contribution::Key;
use crate::definition::Definition;
use crate::number::Fixed;
use crate::sketch::Sketch;
use crate::tally::Tally;
use crate::{Bucket, Value};

/// What a figure would show, and all that this tells about instances.
pub(super) struct Candidate {
    pub(super) value: Value,
    pub(super) states: Vec<(u64, Sketch)>,
}

impl Freezing<'_> {
    pub(super) fn candidate(&self, figure: &Figure) -> Candidate {
        let Some(definition) = Definition::of(figure) else {
            return Candidate { value: Value::Hidden, states: Vec::new() };
        };
        let tally = self.window(&definition, figure);
        match &definition {
            Definition::Members => {
                let shown = instances(&tally) >= self.min_count().into();
                let value = if shown { total(&tally, figure) } else { Value::Hidden };
                Candidate { value, states: vec![(definition.id(), tally.sketch)] }
            }
            Definition::Split { .. } | Definition::Spread { .. } => {
                self.split(figure, &definition, tally)
            }
            Definition::Sum { by: None, .. } | Definition::Median { by: None, .. } => {
                let all = tally.groups.get(&Key::All);
                let shown = all.is_some_and(|all| all.telling >= self.min_count().into());
                let value = if shown { total(&tally, figure) } else { Value::Hidden };
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
            _ if instances(members) < self.min_count().into() => Value::Hidden,
            Definition::Spread { from, .. } => self.buckets(&tally, from),
            _ => {
                let folded = fold::fold(tally.groups, tally.kind, self.min_count());
                folded.value(tally.kind, figure)
            }
        };
        let states = vec![(everyone, members.sketch.clone()), (definition.id(), tally.sketch)];
        Candidate { value, states }
    }

    /// Sums or medians by group: who is in which, what all tell, and what each group tells.
    fn by_group(&self, figure: &Figure, definition: &Definition, tally: Tally) -> Candidate {
        let split = definition.split().unwrap_or(Definition::Members);
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
            _ => folded.value(tally.kind, figure),
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
        let rule = Rule { least, outside, always: false };
        let bounds = std::iter::once(None).chain(from.iter().map(|bound| Some(bound.to_f64())));
        let buckets = bounds.zip(conceal(&counts, vec![false; counts.len()], &rule));
        let buckets = buckets.map(|(from, instances)| Bucket { from, instances });
        // What lies below the first bound is mostly impossible.
        Value::Buckets(buckets.skip(usize::from(counts[0] == 0)).collect())
    }
}

fn total(tally: &Tally, figure: &Figure) -> Value {
    let group = tally.groups.get(&Key::All);
    Value::Total(round::value(group.map_or(0.0, |group| group.value(tally.kind)), figure.round))
}
