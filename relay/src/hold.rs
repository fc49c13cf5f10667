//! Keeps the last values of the open days: on the disk while reports are on, in memory while they are not.

mod admit;
mod known;
mod left_out;
mod tell;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_contract::{Arrived, Collected, Contract, INSTANCE, Part, Scalar, Secret, Sorted};
use headcount_receiver::{
    Answer, Clock, Filter, InstanceKey, Keep, Keeper, Keys, Memory, Options, Pending, Refusal, Row,
    Sqlite, Store, Stored, StoredKey, Swept,
};
use jiff::civil::Date;
use tokio::sync::RwLock;

use crate::days::{day_of, first_open, open_days};
use crate::error::{Error, Kind};
use crate::label::Label;
use crate::place::{self, Place};
use crate::settings::Held;
use known::Known;
pub(crate) use left_out::{LeftOut, Told};
pub(crate) use tell::Nothing;

/// Rows that are read at once: one may be megabytes.
const PAGE: usize = 8;

/// What a relay holds.
pub(crate) struct Hold {
    contract: Arc<Contract>,
    place: Place,
    clock: Clock,
    limits: Held,
    in_use: RwLock<InUse>,
    /// The key for ids, which stays the same as long as the relay's secret does.
    ids: Mutex<Secret>,
    known: Mutex<Known>,
    /// Versions of the contract of which something is held, beside its own: that of the release before.
    older: Mutex<BTreeSet<String>>,
    left_out: Mutex<LeftOut>,
}

/// The store that is in use. Whoever changes it waits until nobody puts anything into it.
struct InUse {
    store: Arc<dyn Store>,
    keys: Keys,
    secret: [u8; 32],
    on_disk: bool,
}

impl InUse {
    /// A store in memory, under the relay's secret, or under one that is in memory as well.
    fn in_memory(place: &Place) -> Result<Self, Error> {
        let secret = match read_secret(place)? {
            Some(secret) => secret,
            None => random()?,
        };
        let (store, keys) = (Arc::new(Memory::new()), Keys::of(&secret));
        Ok(Self { store, keys, secret, on_disk: false })
    }
}

impl Hold {
    /// An empty one, in memory. Nothing is read but the relay's secret, and nothing is written.
    pub(crate) fn new(
        contract: Arc<Contract>,
        place: Place,
        clock: Clock,
        limits: Held,
    ) -> Result<Self, Error> {
        let in_use = InUse::in_memory(&place)?;
        let ids = Mutex::new(in_use.keys.ids().clone());
        let in_use = RwLock::new(in_use);
        let left_out = Mutex::new(LeftOut::new(clock.today()));
        let (known, older) = (Mutex::default(), Mutex::default());
        Ok(Self { contract, place, clock, limits, in_use, ids, known, older, left_out })
    }

    /// The key for ids that come in.
    pub(crate) fn ids(&self) -> Secret {
        lock(&self.ids).clone()
    }

    /// Whoever is known, and of which days.
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }

    /// What was left out.
    pub(crate) fn left_out(&self) -> MutexGuard<'_, LeftOut> {
        lock(&self.left_out)
    }

    /// From now on keeps everything on the disk, what is in memory as well. What was there already is known again.
    ///
    /// Errors: the files cannot be made or read. Then everything stays as it was.
    pub(crate) async fn keep_on_disk(&self) -> Result<(), Error> {
        let mut in_use = self.in_use.write().await;
        if in_use.on_disk {
            return Ok(());
        }
        Place::make(self.place.path()).map_err(Error::storage(self.place.path()))?;
        Keys::keep(&self.place.key(), &in_use.secret)?;
        let store: Arc<dyn Store> =
            Arc::new(Sqlite::open(&self.place.held(), &in_use.keys, Options::default())?);
        let mut after = None;
        loop {
            let rows = in_use.store.page(&Filter::default(), after.as_ref(), PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.key.clone());
            let of = |Row { key, part, .. }: Row| part.ok().map(|part| Stored::new(key, part));
            store.put(rows.into_iter().filter_map(of).collect()).await?;
        }
        *self.known() = self.list(&*store).await?;
        in_use.store = store;
        in_use.on_disk = true;
        Ok(())
    }

    /// Forgets everything that is held, also on the disk, and goes on in memory. `key`: the relay's secret goes, too, so
    /// that whoever comes later is hashed to somebody else.
    ///
    /// Errors: a file cannot be erased; it is tried again with the next call.
    pub(crate) async fn forget(&self, key: bool) -> Result<(), Error> {
        let mut in_use = self.in_use.write().await;
        in_use.store.close().await;
        *self.known() = Known::default();
        let mut files = self.place.held_files().to_vec();
        if key {
            files.push(self.place.key());
        }
        let erased = place::erase(&files);
        *in_use = InUse::in_memory(&self.place)?;
        *lock(&self.ids) = in_use.keys.ids().clone();
        erased
    }

    /// Goes on in memory, and leaves on the disk what is there: nobody knows what was decided.
    pub(crate) async fn suspend(&self) -> Result<(), Error> {
        let mut in_use = self.in_use.write().await;
        if in_use.on_disk {
            in_use.store.close().await;
            *self.known() = Known::default();
            *in_use = InUse::in_memory(&self.place)?;
        }
        Ok(())
    }

    /// Whether anything of it is on the disk.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.place.held_files().iter().any(|file| file.exists())
    }

    /// Everybody of whom a store holds something.
    async fn list(&self, store: &dyn Store) -> Result<Known, Error> {
        let filter =
            Filter { contract: Some(self.contract.name().to_owned()), ..Filter::default() };
        let (mut known, mut after) = (Known::default(), None);
        loop {
            let rows = store.page(&filter, after.as_ref(), PAGE).await?;
            let Some(last) = rows.last() else { return Ok(known) };
            after = Some(last.key.clone());
            for Row { key, part, .. } in rows {
                // The store's log names what is damaged.
                let Ok(part) = part else { continue };
                if key.version != self.contract.version() {
                    lock(&self.older).insert(key.version.clone());
                }
                let whose = Whose::of(id_of(&self.contract, &part), &key);
                let seen = known.put(&whose, self.clock.now());
                seen.receipts.insert(whose.date, part.receipt());
            }
        }
    }

    /// Forgets the days that cannot be reported any more.
    pub(crate) async fn sweep(&self) -> Result<Swept, Error> {
        let in_use = self.in_use.read().await;
        let now = self.clock.now();
        let contract = &self.contract;
        let keep = |version: String| Keep {
            contract: contract.name().to_owned(),
            version,
            days: open_days(contract),
        };
        let keeps: Vec<_> = self.versions().into_iter().map(keep).collect();
        let mut all = Swept::default();
        loop {
            let swept = in_use.store.sweep(now, keeps.clone()).await?;
            all.reports += swept.reports;
            all.doubted = swept.doubted;
            if !swept.more {
                break;
            }
        }
        if !all.doubted {
            self.known().forget_before(first_open(contract, day_of(now)));
        }
        Ok(all)
    }

    /// The versions of the contract of which something may be held: its own, then older ones.
    fn versions(&self) -> Vec<String> {
        let own = self.contract.version().to_owned();
        [own].into_iter().chain(lock(&self.older).iter().rev().cloned()).collect()
    }

    /// Lets the store go.
    pub(crate) async fn close(&self) {
        self.in_use.write().await.store.close().await;
    }

    async fn take(&self, sorted: Sorted) -> Result<Answer, Refusal> {
        let mut answer = Answer::of(&sorted);
        let Sorted { arrived, stripped, .. } = sorted;
        let in_use = self.in_use.read().await;
        let parts = self.admit(&in_use, arrived, &mut answer).await?;
        let put = self.put(&in_use, parts, &mut answer).await;
        self.left_out().note(&answer, stripped.metrics);
        put.map(|()| answer)
    }

    async fn put(
        &self,
        in_use: &InUse,
        parts: Vec<(Whose, Stored)>,
        answer: &mut Answer,
    ) -> Result<(), Refusal> {
        if parts.is_empty() {
            return Ok(());
        }
        let (whose, stored): (Vec<_>, _) = parts.into_iter().unzip();
        let kept = in_use.store.put(stored).await;
        let now = self.clock.now();
        let mut known = self.known();
        let Ok(kept) = kept else {
            known.forget_nobody();
            return Err(Refusal::Unavailable);
        };
        for (whose, merged) in whose.iter().zip(&kept.merged) {
            answer.duplicate += merged.duplicate;
            if merged.refused > 0 {
                answer.reject("too_many", merged.refused, admit::LIST_IS_FULL);
            }
            let seen = known.put(whose, now);
            if merged.added > 0 && whose.date < day_of(now) {
                seen.late.insert(whose.date);
            }
        }
        Ok(())
    }
}

/// Whose a part is, and of which day: known also after it was given away.
struct Whose {
    label: Label,
    /// The id as it travels.
    id: String,
    key: InstanceKey,
    date: Date,
}

impl Whose {
    fn of(id: String, key: &StoredKey) -> Self {
        Self { label: Label::of(&id), id, key: key.instance, date: key.date }
    }
}

impl InUse {
    /// A part in the form in which it is stored, and whose it is.
    fn stored(&self, Arrived { key, part }: Arrived) -> (Whose, Stored) {
        let instance = self.keys.instance(&key.contract, &key.instance);
        let (contract, version) = (key.contract, key.version);
        let stored = StoredKey { contract, version, date: key.date, instance };
        (Whose::of(key.instance, &stored), Stored::new(stored, part))
    }
}

impl Keeper for Hold {
    fn keep(&self, sorted: Sorted) -> Pending<'_, Result<Answer, Refusal>> {
        Box::pin(self.take(sorted))
    }

    fn ready(&self) -> Pending<'_, bool> {
        Box::pin(async { self.in_use.read().await.store.put(Vec::new()).await.is_ok() })
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("contract", &self.contract.label()).finish_non_exhaustive()
    }
}

/// The instance's id as it travels; none is empty.
fn id_of(contract: &Contract, part: &Part) -> String {
    // Of no time: the resource alone.
    let resource = Collected::of_part(contract, part, u64::MAX).resource;
    let id = resource.into_iter().find(|(name, _)| name == INSTANCE);
    match id {
        Some((_, Scalar::Text(id))) => id,
        _ => String::new(),
    }
}

fn read_secret(place: &Place) -> Result<Option<[u8; 32]>, Error> {
    let path = place.key();
    match fs::read(&path) {
        Ok(bytes) => {
            let whole = <[u8; 32]>::try_from(bytes).map_err(|bytes| {
                let came = bytes.len();
                let what = format!("expected the relay's secret of 32 bytes, got {came}");
                Error::storage(&path)(io::Error::new(ErrorKind::InvalidData, what))
            });
            whole.map(Some)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::storage(&path)(error)),
    }
}

fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Kind::Random(error.to_string()))?;
    Ok(bytes)
}

/// What is behind it is whole at any time: a panic elsewhere leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
