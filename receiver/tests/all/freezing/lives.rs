//! Random lives of a store that freezes, each compared step by step with a model of what is to be counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_contract::Cutoff;
use headcount_receiver::{Erase, InstanceKey, Keys, Memory, Options, Sqlite, Store};
use jiff::SignedDuration;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::asking::{RELEASES, counting, date, day, ran, releases, settled, shown};
use crate::lives::scratch;
use crate::reports::{DAY, NOON};

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// Reports of instances for days.
    Put(Vec<(usize, u64)>),
    /// An instance asks to be erased, up to a day.
    Erase(usize, u64),
    /// So many steps of freezing.
    Freeze(usize),
    /// So many hours go by.
    Clock(i64),
    /// The receiver is ended and started again.
    Restart,
}

const INSTANCES: usize = 6;
const WINDOW: u64 = 7;

fn step() -> impl Strategy<Value = Step> {
    let report = (0..INSTANCES, 0..16_u64);
    prop_oneof![
        4 => proptest::collection::vec(report.clone(), 1..6).prop_map(Step::Put),
        1 => report.prop_map(|(who, day)| Step::Erase(who, day)),
        4 => (1..8_usize).prop_map(Step::Freeze),
        3 => prop_oneof![Just(5), Just(24), Just(48)].prop_map(Step::Clock),
        1 => Just(Step::Restart),
    ]
}

/// Which release an instance runs on a day.
fn release(who: usize, day: u64) -> usize {
    (who + usize::try_from(day / 3).unwrap()) % RELEASES.len()
}

/// What is to be counted, as simply as it can be said.
#[derive(Default)]
struct Model {
    /// Which release each report tells, by its day and instance.
    reports: BTreeMap<(u64, InstanceKey), usize>,
    erased: BTreeMap<InstanceKey, u64>,
    /// The day and the release of each instance's last report that was counted.
    ledger: BTreeMap<InstanceKey, (u64, usize)>,
    /// The day that is counted, and the last instance that was.
    counted: Option<(u64, Option<InstanceKey>)>,
    /// How many instances ran each release, by frozen day.
    frozen: Vec<Vec<(String, u64)>>,
    first: u64,
}

impl Model {
    fn put(&mut self, who: InstanceKey, day: u64, release: usize) {
        if self.erased.get(&who).is_none_or(|erased| day > *erased) {
            self.reports.insert((day, who), release);
        }
    }

    fn erase(&mut self, who: InstanceKey, day: u64) {
        if self.erased.get(&who).is_some_and(|erased| day <= *erased) {
            return;
        }
        self.erased.insert(who, day);
        let before = self.reports.len();
        self.reports.retain(|(of, whose), _| *whose != who || *of > day);
        if self.reports.len() < before {
            self.ledger.remove(&who);
        }
    }

    /// Counts at most so many reports, or freezes a day.
    fn freeze(&mut self, today: u64, most: usize) {
        let first = self.reports.keys().next().map(|(day, _)| (*day, None));
        let Some((day, last)) = self.counted.or(first) else { return };
        if day + 2 > today {
            return;
        }
        let next = self.reports.iter().filter(|((of, who), _)| *of == day && last < Some(*who));
        let next: Vec<_> = next.map(|((_, who), release)| (*who, *release)).take(most).collect();
        if let Some((last, _)) = next.last() {
            self.counted = Some((day, Some(*last)));
            self.ledger.extend(next.into_iter().map(|(who, release)| (who, (day, release))));
            return;
        }
        let counts = RELEASES.iter().enumerate().map(|(index, name)| {
            let runs = |(of, release): &&(u64, usize)| of + WINDOW > day && *release == index;
            ((*name).to_owned(), self.ledger.values().filter(runs).count() as u64)
        });
        self.frozen.push(counts.filter(|(_, count)| *count > 0).collect());
        if self.frozen.len() == 1 {
            self.first = day;
        }
        self.counted = Some((day + 1, None));
    }
}

/// A store beside its model.
struct Life<'l> {
    store: Arc<dyn Store>,
    open: &'l dyn Fn() -> Arc<dyn Store>,
    keys: &'l Keys,
    /// Reports that a step counts.
    most: usize,
    hour: i64,
    model: Model,
}

impl Life<'_> {
    fn now(&self) -> jiff::Timestamp {
        day(0) + SignedDuration::from_hours(self.hour)
    }

    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let today = u64::try_from(self.hour / 24).unwrap();
        match step {
            Step::Put(told) => {
                let parts = told.iter().map(|(who, day)| {
                    let report = ran(*who, *day, release(*who, *day)).stored(self.keys);
                    self.model.put(report.key.instance, *day, release(*who, *day));
                    report
                });
                let parts = parts.collect();
                self.store.put(parts).await.unwrap();
            }
            Step::Erase(who, day) => {
                let instance = ran(*who, 0, 0).stored(self.keys).key.instance;
                let time_unix_nano = NOON + day * DAY;
                let cutoff = Cutoff { report_id: String::new(), time_unix_nano };
                let erase = Erase { contract: "manyfold".to_owned(), instance, cutoff };
                self.store.erase(vec![erase], self.now()).await.unwrap();
                self.model.erase(instance, *day);
            }
            Step::Freeze(steps) => {
                for _ in 0..*steps {
                    self.store.freeze(counting(), self.now()).await.unwrap();
                    self.model.freeze(today, self.most);
                }
            }
            Step::Clock(hours) => {
                self.hour += hours;
                self.store.sweep(self.now(), Vec::new()).await.unwrap();
            }
            Step::Restart => {
                self.store.close().await;
                self.store = (self.open)();
            }
        }
        let shown = shown(&*self.store).await;
        let days: Vec<_> = shown.days.iter().map(|day| day.day).collect();
        let count = i64::try_from(self.model.frozen.len()).unwrap();
        let first = i64::try_from(self.model.first).unwrap();
        let expected: Vec<_> = (first..first + count).map(date).collect();
        prop_assert_eq!(days, expected);
        let seen: Vec<_> = shown.days.iter().map(releases).collect();
        prop_assert_eq!(&seen, &self.model.frozen);
        Ok(())
    }
}

/// Plays a life on a store that is opened, and opened again, in one way.
fn play(
    steps: &[Step],
    keys: &Keys,
    open: &dyn Fn() -> Arc<dyn Store>,
    most: usize,
) -> Result<(), TestCaseError> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, model) = (open(), Model::default());
        settled(&*store, day(0)).await;
        let mut life = Life { store, open, keys, most, hour: 0, model };
        let mut outcome = Ok(());
        for step in steps {
            outcome = life.step(step).await;
            if outcome.is_err() {
                break;
            }
        }
        life.store.close().await;
        outcome
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_store_in_memory_counts_what_the_model_counts(
        steps in proptest::collection::vec(step(), 1..40)
    ) {
        let store = Arc::new(Memory::new());
        // It forgets everything when it ends, so it goes on.
        play(&steps, &Keys::fresh().unwrap(), &|| store.clone(), 256)?;
    }

    #[test]
    fn a_durable_store_counts_what_the_model_counts(
        steps in proptest::collection::vec(step(), 1..40)
    ) {
        let directory = scratch();
        let keys = Keys::fresh().unwrap();
        let path = directory.path().join("reports.db");
        let options = Options { freeze: 2, ..Options::default() };
        play(&steps, &keys, &|| Arc::new(Sqlite::open(&path, &keys, options).unwrap()), 2)?;
    }
}
