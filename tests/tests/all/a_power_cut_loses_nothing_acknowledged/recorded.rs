//! A receiver under load, recorded by strace, and what a store must hold at any place of the recording.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::{fs, thread};

use anyhow::{Context as _, anyhow, ensure};
use headcount_contract::Part;
use headcount_receiver::InstanceKey;
use headcount_tests::disk::{CALLS, Cut, Disk, Event, File, Recording};
use headcount_tests::{Numbered, Serving, trace};

use super::clients::{Fate, Plan, Said, speak};
use crate::expected::yesterday;
use crate::stored::{number, rows, scratch};

/// The first client is alone, and writes until the log is full, is written back, and is begun anew. Each erasure
/// empties it.
const ALONE: Plan = Plan { client: 1, exchanges: 130, reports: 20, erases: false };
const TOGETHER: Plan = Plan { client: 2, exchanges: 30, reports: 4, erases: true };
const CLIENTS: u64 = 6;

/// What a receiver did, and what its clients know.
pub(super) struct Recorded {
    pub(super) recording: Recording,
    pub(super) said: Vec<Said>,
    numbered: Numbered,
    /// The number of each report that was ever found, which is not read again where it is the same.
    found: Mutex<HashMap<InstanceKey, (Part, u64)>>,
}

/// The recording, made once for all tests.
pub(super) fn recorded() -> anyhow::Result<&'static Recorded> {
    static RECORDED: OnceLock<Result<Recorded, String>> = OnceLock::new();
    let recorded = RECORDED.get_or_init(|| record().map_err(|error| format!("{error:#}")));
    recorded.as_ref().map_err(|error| anyhow!("{error}"))
}

fn record() -> anyhow::Result<Recorded> {
    let numbered = Numbered::at(yesterday())?;
    let folder = Arc::new(tempfile::tempdir()?);
    let log = tempfile::NamedTempFile::new()?;
    let path = log.path().to_str().context("a path of our own")?;
    let strace = [&["strace"], &trace::OPTIONS[..], &["-e", CALLS, "-o", path]].concat();
    let mut receiver = Serving::in_folder(&folder).under(strace).start()?;
    let address = receiver.address();
    let mut said = vec![speak(address, &numbered, ALONE)?];
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (numbered, client) = (numbered.clone(), TOGETHER.client + number);
            thread::spawn(move || speak(address, &numbered, Plan { client, ..TOGETHER }))
        })
        .collect();
    for client in clients {
        said.push(client.join().map_err(|_| anyhow!("a client panicked"))??);
    }
    ensure!(receiver.stop()? == Some(0), "{}", receiver.log());
    let recording = Recording::read(&fs::read_to_string(&log)?, folder.path())?;
    Ok(Recorded { recording, said, numbered, found: Mutex::default() })
}

impl Recorded {
    /// The log that is written ahead of the database.
    pub(super) fn logs(&self) -> BTreeSet<File> {
        let names = self.recording.events.iter().filter_map(|event| match event {
            Event::Name(name, file) if name.ends_with("-wal") => Some(*file),
            _ => None,
        });
        names.collect()
    }

    /// The recording of a receiver that is the same but never waits for its log to be flushed.
    pub(super) fn without_flushes(&self) -> Vec<Event> {
        let logs = self.logs();
        let mut events = self.recording.events.clone();
        for event in &mut events {
            if let Event::Flushed(file, before) = event
                && logs.contains(file)
            {
                *before = 0;
            }
        }
        events
    }

    fn fates(&self, events: &[Event]) -> anyhow::Result<Vec<Fate>> {
        let answers = |port| {
            let places = events.iter().enumerate();
            let of_port =
                places.filter(|(_, event)| matches!(event, Event::Answer(other) if *other == port));
            of_port.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let mut fates = Vec::new();
        for said in &self.said {
            fates.extend(said.fates(&answers(said.port))?);
        }
        Ok(fates)
    }

    /// Cuts the power at these places, each in these ways, and gives what went wrong for how often.
    pub(super) fn cut(
        &self,
        events: &[Event],
        cuts: &BTreeMap<usize, Vec<Cut>>,
    ) -> anyhow::Result<Vec<String>> {
        let fates = self.fates(events)?;
        let mut disk = Disk::default();
        let mut wrong = Vec::new();
        for (place, event) in events.iter().enumerate() {
            for cut in cuts.get(&place).into_iter().flatten() {
                if let Err(error) = self.check(&disk, cut.clone(), &fates, place + 1) {
                    wrong.push(format!("{cut:?} at {place}, {event:?}: {error:#}"));
                }
            }
            disk.take(place, event);
        }
        Ok(wrong)
    }

    /// Opens the store on what is left, and compares it with what had been said by then.
    fn check(&self, disk: &Disk, cut: Cut, fates: &[Fate], now: usize) -> anyhow::Result<()> {
        let folder = scratch()?;
        disk.cut(cut, folder.path())?;
        let stored = self.stored(folder.path())?;
        fates.iter().try_for_each(|fate| fate.check(&stored, now))
    }

    /// The numbers of the reports that a store holds, opened as a receiver opens it.
    fn stored(&self, folder: &Path) -> anyhow::Result<BTreeSet<u64>> {
        rows(folder)?.into_iter().map(|(instance, part)| self.number(instance, part)).collect()
    }

    fn number(&self, instance: InstanceKey, part: Part) -> anyhow::Result<u64> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((same, number)) = found.get(&instance)
            && *same == part
        {
            return Ok(*number);
        }
        let number = number(&part, &self.numbered)?;
        found.insert(instance, (part, number));
        Ok(number)
    }
}
