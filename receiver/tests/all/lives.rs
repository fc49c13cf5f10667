//! Random lives of a store, each compared step by step with a model of what a store is.

mod model;

use std::path::Path;
use std::sync::Arc;

use headcount_contract::Cutoff;
use headcount_receiver::{Erase, InstanceKey, Keep, Keys, Memory, Options, Sqlite, Store, Stored};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::conformance::all;
use crate::reports::{DAY, NOON, Report, id, openfn};
use model::Model;

/// Something that happens to a store.
#[derive(Clone, Debug)]
enum Step {
    /// A request with reports, and parts of reports.
    Put(Vec<Told>),
    /// An earlier request comes again; which, counted from the last one.
    Replay(usize),
    /// An instance asks to be erased, up to this report and hour.
    Erase { who: usize, report: usize, hour: u64 },
    /// The clock is set so many hours on, or back.
    Clock(i64),
    /// What is to be forgotten now is.
    Sweep,
    /// The receiver is ended and started again.
    Restart,
}

/// A report, or a part of one.
#[derive(Clone, Debug)]
struct Told {
    who: usize,
    version: &'static str,
    day: u64,
    hour: u64,
    /// The report's id; 0 for none.
    report: usize,
    /// Which gauges.
    gauges: std::ops::Range<usize>,
}

const IDS: [&str; 4] = ["", "a", "b", "c"];

impl Told {
    fn stored(&self, keys: &Keys) -> Stored {
        let Self { who, version, day, hour, report, gauges } = self.clone();
        let time = NOON + day * DAY + hour * DAY / 24;
        let mut told = Report { version, time, ..openfn(&id(who), 1) }.piece(gauges);
        if report > 0 {
            told.resource.push(("headcount.report.id", IDS[report].to_owned()));
        }
        told.stored(keys)
    }
}

fn told() -> impl Strategy<Value = Told> {
    let gauges = prop_oneof![Just(0..8), Just(0..2), Just(1..5), Just(4..8)];
    let version = prop_oneof![Just("2"), Just("3")];
    (0..3_usize, version, 0..5_u64, 0..12_u64, 0..IDS.len(), gauges).prop_map(
        |(who, version, day, hour, report, gauges)| Told {
            who,
            version,
            day,
            hour,
            report,
            gauges,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let hours = prop_oneof![
        Just(1),
        Just(13),
        Just(24),
        Just(48),
        Just(8 * 24),
        Just(31 * 24),
        Just(10 * 365 * 24),
        Just(-30),
        Just(-60 * 365 * 24),
    ];
    prop_oneof![
        6 => proptest::collection::vec(told(), 1..4).prop_map(Step::Put),
        2 => (0..6_usize).prop_map(Step::Replay),
        2 => (0..3_usize, 0..IDS.len(), 0..130_u64)
            .prop_map(|(who, report, hour)| Step::Erase { who, report, hour }),
        3 => hours.prop_map(Step::Clock),
        3 => Just(Step::Sweep),
        1 => Just(Step::Restart),
    ]
}

/// How long each version is kept.
fn keeps() -> Vec<Keep> {
    let keep = |version: &str, days| {
        let (contract, version) = ("openfn".to_owned(), version.to_owned());
        Keep { contract, version, days }
    };
    vec![keep("2", 3), keep("3", 30)]
}

/// A store beside its model.
struct Life<'l> {
    store: Arc<dyn Store>,
    open: &'l dyn Fn() -> Arc<dyn Store>,
    keys: &'l Keys,
    model: Model,
    now: Timestamp,
    put: Vec<Vec<Stored>>,
    instances: [InstanceKey; 3],
}

impl Life<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Put(told) => {
                let parts = told.iter().map(|told| told.stored(self.keys)).collect();
                self.put(parts).await?;
            }
            Step::Replay(back) => {
                if let Some(at) = self.put.len().checked_sub(back + 1) {
                    self.put(self.put[at].clone()).await?;
                }
            }
            Step::Erase { who, report, hour } => {
                let instance = self.instances[*who];
                let time_unix_nano = NOON + hour * DAY / 24;
                let cutoff = Cutoff { report_id: IDS[*report].to_owned(), time_unix_nano };
                let erase = Erase { contract: "openfn".to_owned(), instance, cutoff };
                let expected = self.model.erase(&erase, self.now);
                let erased = self.store.erase(vec![erase], self.now).await.unwrap();
                prop_assert_eq!(erased, [expected]);
            }
            Step::Clock(hours) => {
                let moved = self.now.checked_add(SignedDuration::from_hours(*hours));
                self.now = moved.unwrap_or(self.now).max(Timestamp::UNIX_EPOCH);
            }
            Step::Sweep => self.sweep().await?,
            Step::Restart => {
                self.store.close().await;
                self.store = (self.open)();
            }
        }
        self.compare().await
    }

    async fn put(&mut self, parts: Vec<Stored>) -> Result<(), TestCaseError> {
        let expected = self.model.put(parts.clone());
        let kept = self.store.put(parts.clone()).await.unwrap();
        prop_assert_eq!(&kept, &expected);
        for (part, merged) in parts.iter().zip(&kept.merged) {
            prop_assert_eq!(merged.added + merged.duplicate + merged.refused, part.part.points());
        }
        self.put.push(parts);
        Ok(())
    }

    async fn sweep(&mut self) -> Result<(), TestCaseError> {
        let expected = self.model.sweep(self.now, &keeps());
        let mut forgot = (0, 0, 0);
        loop {
            let swept = self.store.sweep(self.now, keeps()).await.unwrap();
            forgot.0 += swept.erasures;
            forgot.1 += swept.reports;
            forgot.2 += swept.instances;
            if !swept.more {
                break;
            }
        }
        prop_assert_eq!(forgot, expected);
        Ok(())
    }

    async fn compare(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(all(&*self.store).await, self.model.stored());
        let known = self.store.known(&self.instances).await.unwrap();
        let expected: Vec<_> = self.instances.iter().map(|who| self.model.knows(who)).collect();
        prop_assert_eq!(known, expected);
        for instance in &self.instances {
            let tombstone = self.store.tombstone(instance).await.unwrap();
            prop_assert_eq!(tombstone.as_ref(), self.model.tombstone(instance));
        }
        Ok(())
    }
}

/// Plays a life on a store that is opened, and opened again, in one way.
fn play(
    steps: &[Step],
    keys: &Keys,
    open: &dyn Fn() -> Arc<dyn Store>,
) -> Result<(), TestCaseError> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let now = Timestamp::from_nanosecond((NOON + 2 * DAY).into()).unwrap();
        let (store, model) = (open(), Model::default());
        let instances = [0, 1, 2].map(|who| openfn(&id(who), 1).stored(keys).key.instance);
        let mut life = Life { store, open, keys, model, now, put: Vec::new(), instances };
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
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_store_in_memory_does_what_the_model_does(
        steps in proptest::collection::vec(step(), 1..40)
    ) {
        let store = Arc::new(Memory::new());
        // It forgets everything when it ends, so it goes on.
        play(&steps, &Keys::fresh().unwrap(), &|| store.clone())?;
    }

    #[test]
    fn a_durable_store_does_what_the_model_does(
        steps in proptest::collection::vec(step(), 1..40)
    ) {
        let directory = scratch();
        let keys = Keys::fresh().unwrap();
        let path = directory.path().join("reports.db");
        let options = Options { sweep: 2, ..Options::default() };
        play(&steps, &keys, &|| Arc::new(Sqlite::open(&path, &keys, options).unwrap()))?;
    }
}

/// A folder in memory, where there is one: nothing here is about flushing.
pub fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let directory =
        if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    directory.unwrap()
}
