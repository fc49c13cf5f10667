//! What was shown so far, as far as the next day has to know.

use std::collections::BTreeMap;

use crate::FrozenDay;
use crate::bytes::{Reader, Unreadable, Writer};
use crate::sketch::Sketch;
use crate::state::State;

/// What was shown of an application: the newest frozen day, and the sketches of every state that was shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    pub(crate) newest: Option<FrozenDay>,
    states: BTreeMap<u64, Vec<State>>,
    /// Those that came with the newest day.
    fresh: Vec<(u64, State)>,
}

impl Shown {
    /// Reads what is kept: the newest frozen day, and of all days what [`Shown::encode_newest`] gave.
    pub fn decode<B: AsRef<[u8]>>(
        newest: Option<FrozenDay>,
        days: impl IntoIterator<Item = B>,
    ) -> Result<Self, Unreadable> {
        let mut shown = Self { newest, ..Self::default() };
        for bytes in days {
            let mut from = Reader::open(bytes.as_ref(), "the states that a day shows")?;
            for _ in 0..from.len()? {
                let (measure, state) = (from.fixed()?, State::read(&mut from)?);
                shown.states.entry(measure).or_default().push(state);
            }
            from.finish()?;
        }
        Ok(shown)
    }

    /// The newest frozen day.
    pub fn newest(&self) -> Option<&FrozenDay> {
        self.newest.as_ref()
    }

    /// What the newest day showed that was not shown before, in its stored form, to be kept beside its [`FrozenDay`].
    pub fn encode_newest(&self) -> Vec<u8> {
        let mut to = Writer::new();
        to.len(self.fresh.len());
        for (measure, state) in &self.fresh {
            to.fixed(*measure);
            state.write(&mut to);
        }
        to.into_bytes()
    }

    /// A new day begins.
    pub(crate) fn begin(&mut self) {
        self.fresh.clear();
    }

    /// Whether a state may be shown: against each that was shown of the same measure nobody changed, or at least so
    /// many did.
    pub(crate) fn allows(&self, measure: u64, state: &Sketch, min_count: u32) -> bool {
        let enough = usize::try_from(min_count).unwrap_or(usize::MAX);
        let (state, mut shown) = (State::of(state), self.states(measure));
        shown.all(|shown| shown.is_same(&state) || shown.differences(&state) >= enough)
    }

    /// Whether at least so many changed against each state that was noted of a measure.
    pub(crate) fn is_another(&self, measure: u64, state: &Sketch, min_count: u32) -> bool {
        let enough = usize::try_from(min_count).unwrap_or(usize::MAX);
        let (state, mut noted) = (State::of(state), self.states(measure));
        noted.all(|noted| noted.differences(&state) >= enough)
    }

    fn states(&self, measure: u64) -> impl Iterator<Item = &State> {
        self.states.get(&measure).into_iter().flatten()
    }

    /// Notes that a state is shown.
    pub(crate) fn note(&mut self, measure: u64, state: &Sketch) {
        let state = State::of(state);
        let states = self.states.entry(measure).or_default();
        if !states.contains(&state) {
            states.push(state.clone());
            self.fresh.push((measure, state));
        }
    }
}
