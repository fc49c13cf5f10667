//! Tends the exporters: the one that decides, and one for each instance. One round looks at all of them.

mod instance;
mod log;
mod note;
mod telling;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use headcount::{Exporter, Switch};
use headcount_contract::{Covers, OnWithdrawal};
use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use tokio::runtime::Handle;

use crate::days::day_of;
use crate::error::Error;
use crate::hold::Hold;
use crate::label::Label;
use crate::setup::Setup;
use instance::Instance;
use telling::Telling;

/// How long a round works on reports before it looks again at what an operator asks: a receiver that does not answer takes
/// its time for each instance.
const ROUND: std::time::Duration = std::time::Duration::from_secs(5);
/// How often what cannot be reported any more is forgotten, and directories of instances that are gone are removed.
const SWEEP: SignedDuration = SignedDuration::from_hours(1);
/// How soon what failed is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// What decides about what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Reports are made: values are kept.
    On,
    /// Nobody agreed, or somebody declined: nothing is kept.
    Off,
    /// What was decided cannot be read: nothing is kept, and nothing forgotten.
    Unknown,
}

/// Tends all exporters of a relay. It blocks on files and the network: it has a thread of its own.
pub struct Tender {
    setup: Setup,
    hold: Arc<Hold>,
    runtime: Handle,
    telling: Arc<Telling>,
    leader: Exporter,
    standing: Option<Standing>,
    instances: BTreeMap<Label, Instance>,
    /// When the exporter that decides is to have its next turn.
    next: Timestamp,
    swept: Option<Timestamp>,
    /// Whether to end a round early.
    stopping: Arc<AtomicBool>,
}

impl Tender {
    /// Nothing is read or written before the first round.
    ///
    /// Errors: a URL that is none.
    pub(crate) fn new(setup: Setup, hold: Arc<Hold>, runtime: Handle) -> Result<Self, Error> {
        let telling = Arc::new(Telling::new(Arc::clone(&hold), runtime.clone()));
        let told = Arc::clone(&telling);
        let leader = setup.exporter(setup.place.path());
        let leader = leader.decides_only().recorded(move |asked| told.any(asked)).build()?;
        let (instances, next) = (BTreeMap::new(), Timestamp::MIN);
        Ok(Self {
            setup,
            hold,
            runtime,
            telling,
            leader,
            standing: None,
            instances,
            next,
            swept: None,
            stopping: Arc::default(),
        })
    }

    /// The exporter that shows the notice and has the operator's decision.
    pub(crate) fn leader(&self) -> &Exporter {
        &self.leader
    }

    /// Has a round that is under way end early.
    pub(crate) fn stopping(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopping)
    }

    /// When the next report is due, of any instance.
    pub(crate) fn next_report(&self) -> Option<Timestamp> {
        let next = |instance: &Instance| instance.exporter.status().ok()?.next;
        self.instances.values().filter_map(next).min()
    }

    /// Looks at everything once: what was decided, what an operator asks, which reports are due, what waits to be
    /// sent, what is to be forgotten.
    ///
    /// Errors: the decision or what is held cannot be read or written. It is tried again with the next round.
    pub fn round(&mut self) -> Result<(), Error> {
        let now = self.setup.clock.now();
        self.decide(now)?;
        self.tend(now);
        if self.swept.is_none_or(|swept| now.duration_since(swept).abs() >= SWEEP) {
            self.swept = Some(now);
            let swept = self.runtime.block_on(self.hold.sweep())?;
            if swept.reports > 0 {
                tracing::info!(
                    days = swept.reports,
                    "forgot values that cannot be reported any more"
                );
            }
            self.remove_idle(now)?;
        }
        log::daily(&mut self.hold.left_out(), day_of(now));
        Ok(())
    }

    /// What a round begins with: shows the notice where it is due, and has everything go by what was decided. It waits for
    /// no network.
    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        self.decide(self.setup.clock.now())
    }

    fn decide(&mut self, now: Timestamp) -> Result<(), Error> {
        let asked = self.leader.answer();
        // A clock that was set back keeps nobody waiting: turns are an hour apart at most.
        let far = self.next.duration_since(now) > SignedDuration::from_hours(2);
        if asked || far || now >= self.next {
            self.next = self.leader.run_due(now.into())?.next.try_into().unwrap_or(now);
        }
        let changed = self.follow(now)?;
        self.meet(now)?;
        if asked || changed {
            self.instances.values_mut().for_each(Instance::hurry);
        }
        Ok(())
    }

    /// Has what is held go by what was decided. Says whether that is something else than before.
    fn follow(&mut self, now: Timestamp) -> Result<bool, Error> {
        let standing = self.look(now)?;
        if self.standing == Some(standing) {
            return Ok(false);
        }
        match standing {
            Standing::On => {
                self.runtime.block_on(self.hold.keep_on_disk())?;
                self.telling.say_farewell(BTreeMap::new());
            }
            Standing::Off => {
                if self.setup.contract.consent().announce {
                    self.telling.remember_farewells(now);
                }
                let key = self.setup.contract.consent().on_withdrawal == OnWithdrawal::DeleteId;
                let left = self.hold.is_on_disk() || (key && self.setup.place.key().exists());
                if self.standing == Some(Standing::On) || left {
                    self.runtime.block_on(self.hold.forget(key))?;
                }
            }
            Standing::Unknown => self.runtime.block_on(self.hold.suspend())?,
        }
        self.standing = Some(standing);
        Ok(true)
    }

    fn look(&self, now: Timestamp) -> Result<Standing, Error> {
        if self.leader.reports(now.into())? {
            return Ok(Standing::On);
        }
        Ok(match self.leader.status()?.declined_by {
            Some(Switch::Unreadable(_) | Switch::Damage) => Standing::Unknown,
            _ => Standing::Off,
        })
    }

    /// Makes the exporters of those who have none yet. While reports are off, nobody has a directory who has none.
    fn meet(&mut self, now: Timestamp) -> Result<(), Error> {
        let mut labels = self.setup.place.instances()?;
        if self.standing == Some(Standing::On) {
            labels.extend(self.hold.known().labels().cloned());
        }
        for label in labels {
            if !self.instances.contains_key(&label)
                && let Some(instance) = self.open(&label, now)?
            {
                self.instances.insert(label, instance);
            }
        }
        Ok(())
    }

    /// The exporter of an instance; `None` where nobody knows its id, as after the withdrawal that deleted it.
    fn open(&self, label: &Label, now: Timestamp) -> Result<Option<Instance>, Error> {
        let path = self.setup.place.instance(label);
        // What its exporter keeps from its first turn on: a relay that was killed before that begins again.
        let new = !path.join("state.json").exists();
        let mut note = note::Note::read(&path);
        let seen = self.hold.known().get(label).cloned();
        if let Some(seen) = &seen {
            note.id.clone_from(&seen.id);
            note.last = note.last.max(seen.days.last().copied());
        }
        if note.id.is_empty() && !label.is_own() {
            return Ok(None);
        }
        if self.standing == Some(Standing::On) && seen.is_some() {
            note.write(&path)?;
        }
        let told = Arc::clone(&self.telling);
        let of = label.clone();
        let mut exporter = self.setup.exporter(&path).follows(&self.leader);
        exporter = exporter.recorded(move |asked| told.of(&of, asked));
        if !label.is_own() {
            exporter = exporter.traveling_id(note.id.clone());
        }
        let since = seen.as_ref().map_or(now, |seen| seen.since);
        let mut instance = Instance::new(exporter.build()?, path, note, since);
        if self.looks_back() {
            instance.compare(self.hold.known().take_receipts(label), now);
            let first = seen.and_then(|seen| seen.days.first().copied());
            if let Some(first) = first.filter(|day| new && *day < day_of(now)) {
                let next = now.saturating_add(self.settles()).unwrap_or(now);
                instance.begin(first, next)?;
            }
        }
        Ok(Some(instance))
    }

    /// Answers what was asked, then makes and sends what is due, whoever waited longest first.
    fn tend(&mut self, now: Timestamp) {
        let today = day_of(now);
        let looks_back = self.looks_back();
        // Where the contract has a delay, the exporter waits itself; and a withdrawal waits for nothing.
        let delayed = self.setup.contract.schedule().startup_delay_seconds > 0;
        let waits = self.standing == Some(Standing::On) && !delayed;
        let settles = if waits { self.settles() } else { SignedDuration::ZERO };
        let mut due = Vec::new();
        for (label, instance) in &mut self.instances {
            let late = self.hold.known().take_late(label);
            if looks_back {
                instance.late(late.into_iter().filter(|day| *day < today), now);
            }
            if instance.exporter.answer() {
                instance.hurry();
            }
            if instance.is_due(now, settles) {
                due.push((instance.due(), label.clone()));
            }
        }
        due.sort();
        let begun = Instant::now();
        for (_, label) in due {
            self.turn(&label, now);
            if begun.elapsed() >= ROUND || self.stopping.load(Ordering::Relaxed) {
                break;
            }
        }
    }

    /// Whether reports are about days that are over.
    fn looks_back(&self) -> bool {
        self.setup.contract.schedule().covers == Covers::PreviousDay
    }

    /// How long the first report of an instance waits for all that it tells.
    fn settles(&self) -> SignedDuration {
        match self.setup.contract.schedule().startup_delay_seconds {
            0 => instance::SETTLES,
            delay => SignedDuration::from_secs(i64::try_from(delay).unwrap_or(i64::MAX)),
        }
    }

    /// Has an instance have its turn.
    fn turn(&mut self, label: &Label, now: Timestamp) {
        let Some(instance) = self.instances.get_mut(label) else { return };
        instance.turn(label, &self.telling, now);
        self.telling.farewell_said(label);
        let last = self.hold.known().get(label).and_then(|seen| seen.days.last().copied());
        instance.note_last(last);
        let forgets = self.setup.contract.consent().on_withdrawal == OnWithdrawal::DeleteId;
        let leaves = self.standing == Some(Standing::Off) && forgets && instance.has_left();
        // The relay's own needs no note, and is there again if it comes back.
        if leaves && !label.is_own() {
            self.instances.remove(label);
        }
    }

    /// Removes the directories of those of whom nothing came for long, and of whom nothing waits.
    fn remove_idle(&mut self, now: Timestamp) -> Result<(), Error> {
        let days = Span::new().try_days(self.setup.limits.idle_days);
        let before = days.map_or(Date::MIN, |days| day_of(now).saturating_sub(days));
        for label in self.setup.place.instances()? {
            if label.is_own() || self.hold.known().get(&label).is_some() {
                continue;
            }
            let path = self.setup.place.instance(&label);
            let idle = match self.instances.get(&label) {
                Some(instance) => instance.is_idle(before)?,
                None => note::modified(&path).is_some_and(|day| day < before),
            };
            if idle {
                self.instances.remove(&label);
                fs::remove_dir_all(&path).map_err(Error::storage(&path))?;
                tracing::info!(instance = %label, "removed the directory of an instance of which nothing comes any more");
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Tender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tender").field("instances", &self.instances.len()).finish_non_exhaustive()
    }
}
