//! What exporters are told of what is held.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount::Asked;
use headcount_contract::{Collected, Ids, Observation, Receipt};
use headcount_proto::Number;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::runtime::Handle;

use crate::days::day_of;
use crate::hold::{Hold, Nothing};
use crate::label::Label;

/// Tells exporters what is held of their instances.
pub(super) struct Telling {
    hold: Arc<Hold>,
    runtime: Handle,
    /// What a day's report was made of, of those that were asked for since the turn began.
    asked: Mutex<BTreeMap<Date, Receipt>>,
    /// What an announced withdrawal may tell of an instance after everything was forgotten.
    farewells: Mutex<BTreeMap<Label, Collected>>,
}

impl Telling {
    pub(super) fn new(hold: Arc<Hold>, runtime: Handle) -> Self {
        let (asked, farewells) = (Mutex::default(), Mutex::default());
        Self { hold, runtime, asked, farewells }
    }

    /// What is held of an instance; `None` where nothing came. Who only looks is shown the running day where nothing
    /// came on the day before, and the names of what was left out.
    pub(super) fn of(&self, label: &Label, asked: &Asked) -> Result<Option<Collected>, Nothing> {
        let key = self.hold.known().get(label).map(|seen| seen.key);
        let Some(key) = key else { return Ok(lock(&self.farewells).get(label).cloned()) };
        let today = day_of(asked.now);
        let days = [Some(asked.day), Some(today).filter(|_| asked.preview)];
        for day in days.into_iter().flatten() {
            match self.hold.tell(&self.runtime, key, (day, asked.now)) {
                Ok(told) if asked.preview => return Ok(Some(self.with_left_out(told.collected))),
                Ok(told) => {
                    lock(&self.asked).extend(told.receipt.map(|receipt| (day, receipt)));
                    return Ok(Some(told.collected));
                }
                Err(Nothing::Came) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// What is held of the relay's own instance, or else of the first: for a preview before anybody agreed.
    pub(super) fn any(&self, asked: &Asked) -> Result<Option<Collected>, Nothing> {
        // From then on each instance is asked itself, once it has its directory: it has its own id.
        if self.hold.is_on_disk() {
            return Ok(None);
        }
        let labels: Vec<_> = {
            let known = self.hold.known();
            let own = known.labels().find(|label| label.is_own());
            own.into_iter().chain(known.labels()).cloned().collect()
        };
        for label in &labels {
            if let Some(collected) = self.of(label, asked)? {
                return Ok(Some(collected));
            }
        }
        Ok(None)
    }

    /// Begins a turn.
    pub(super) fn begin(&self) {
        lock(&self.asked).clear();
    }

    /// What was asked for since the turn began.
    pub(super) fn asked(&self) -> BTreeMap<Date, Receipt> {
        std::mem::take(&mut *lock(&self.asked))
    }

    /// Remembers what withdrawals may tell, before everything is forgotten: what describes the instances, and no figure.
    pub(super) fn remember_farewells(&self, now: Timestamp) {
        let seen: Vec<_> = {
            let known = self.hold.known();
            let seen = |label: &Label| Some((label.clone(), known.get(label)?.key));
            known.labels().filter_map(seen).collect()
        };
        let farewells = seen.into_iter().filter_map(|(label, key)| {
            let told = self.hold.tell(&self.runtime, key, (day_of(now), now)).ok()?;
            Some((label, Collected { points: Vec::new(), ..told.collected }))
        });
        let farewells = farewells.collect();
        self.say_farewell(farewells);
    }

    /// Puts these in the place of what withdrawals may tell.
    pub(super) fn say_farewell(&self, farewells: BTreeMap<Label, Collected>) {
        *lock(&self.farewells) = farewells;
    }

    /// Forgets what the withdrawal of an instance may tell.
    pub(super) fn farewell_said(&self, label: &Label) {
        lock(&self.farewells).remove(label);
    }

    /// The same with the names of metrics that were left out, which the contract withholds and a preview shows. None of
    /// their values is known here.
    fn with_left_out(&self, mut collected: Collected) -> Collected {
        let of_name = |name: &str| Observation {
            metric: name.to_owned(),
            attributes: Vec::new(),
            value: Number::Int(0),
        };
        collected.points.extend(self.hold.left_out().names().map(of_name));
        debug_assert_eq!(collected.ids, Ids::Held, "what is held was hashed when it came");
        collected
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
