//! Relays in this process, whose clock is set forward: real SDKs tell them what is now, and what they report is due at the
//! end of the day, and after it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use headcount_contract::{Contract, Covers, Library};
use headcount_receiver::Clock;
use headcount_relay::{Apart, Held, Relay, Settings, Tender};
use headcount_tests::{files_below, headcount, run};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Cell, Made};
use crate::stored::scratch;

/// Far beyond what a loaded machine needs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A relay for each contract that tells instances apart, and one for each instance of the others.
pub(crate) struct Relays {
    runtime: Runtime,
    relays: BTreeMap<Of, Relaying>,
}

/// Of which contract, and of which cell where a relay cannot tell instances apart.
type Of = (&'static str, Option<usize>);

struct Relaying {
    address: SocketAddr,
    covers: Covers,
    time: Time,
    tender: Tender,
    held: Held,
    stop: oneshot::Sender<()>,
    intake: JoinHandle<()>,
    folder: TempDir,
}

impl Relays {
    /// Starts the relays that these cells need, with an operator's agreement.
    pub(crate) fn start(cells: &[Cell], upstream: &str) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let library = Library::built_in();
        let mut relays = BTreeMap::new();
        for cell in cells {
            let contract = library.find(cell.application.contract()).context("it ships")?;
            if let Entry::Vacant(missing) = relays.entry(of(cell)?) {
                missing.insert(Relaying::start(&runtime, contract, upstream)?);
            }
        }
        Ok(Self { runtime, relays })
    }

    /// Where the cell's relay listens.
    pub(crate) fn address(&self, cell: &Cell) -> anyhow::Result<SocketAddr> {
        Ok(self.relays.get(&of(cell)?).context("each cell has a relay")?.address)
    }

    /// Lets time pass until every report is due that is about the day that has been: the last second of this day, or
    /// some hours of the next. Ends when all have `arrived`, and says when they were made.
    pub(crate) fn report(
        &mut self,
        started: Timestamp,
        arrived: impl Fn() -> anyhow::Result<bool>,
    ) -> anyhow::Result<Made> {
        let tomorrow = midnight_after(Timestamp::now())?;
        let later = tomorrow + SignedDuration::from_hours(18);
        // They get to know the instances, and let each start.
        self.round()?;
        for relay in self.relays.values() {
            relay.time.set(match relay.covers {
                Covers::Now => tomorrow - SignedDuration::from_secs(1),
                Covers::PreviousDay => later,
            });
        }
        let deadline = Instant::now() + PATIENCE;
        // A round ends after some seconds, done or not. What has not come by then is missed by whoever looks.
        while !arrived()? && Instant::now() < deadline {
            self.round()?;
        }
        // Nothing more is due.
        self.round()?;
        Ok(Made { at: started..=later, by_a_relay: true })
    }

    fn round(&mut self) -> anyhow::Result<()> {
        self.relays.values_mut().try_for_each(|relay| Ok(relay.tender.round()?))
    }

    /// Every file that they have, with its content.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let of_each = self.relays.values().map(|relay| files_below(relay.folder.path()));
        Ok(of_each.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Ends them.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        for relay in self.relays.into_values() {
            let _ = relay.stop.send(());
            self.runtime.block_on(relay.intake)?;
            drop(relay.tender);
            self.runtime.block_on(relay.held.close());
        }
        Ok(())
    }
}

impl Relaying {
    fn start(runtime: &Runtime, contract: &Arc<Contract>, upstream: &str) -> anyhow::Result<Self> {
        let folder = scratch()?;
        let data = folder.path().join("data");
        let time = Time::default();
        let relay = Relay::builder(Arc::clone(contract), &data)
            .upstream(upstream)
            .settings(Settings { listen: vec![([127, 0, 0, 1], 0).into()], ..Settings::default() })
            .environment(|_| None)
            .show_notice(|_| {})
            .clock(time.clock());
        let relay = runtime.block_on(relay.bind())?;
        let address = *relay.addresses().first().context("it listens")?;
        let Apart { intake, mut tender, held } = relay.apart();
        let agree = ["operator", "agree", "--yes", "--level", "diagnostics"];
        run(headcount()?.args(agree).arg(&data).env_remove("CI"))?.success()?;
        tender.round()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let intake = runtime.spawn(intake.run(async move {
            let _ = stopped.await;
        }));
        let covers = contract.schedule().covers;
        Ok(Self { address, covers, time, tender, held, stop, intake, folder })
    }
}

/// The system's time until another is set.
#[derive(Clone, Default)]
struct Time(Arc<Mutex<Option<Timestamp>>>);

impl Time {
    fn set(&self, time: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
    }

    fn clock(&self) -> Clock {
        let set = self.clone();
        let set = move || *set.0.lock().unwrap_or_else(PoisonError::into_inner);
        Clock::new(move || set().unwrap_or_else(Timestamp::now))
    }
}

fn of(cell: &Cell) -> anyhow::Result<Of> {
    let alone = cell.application.id()?.is_none();
    Ok((cell.application.contract(), alone.then_some(cell.number)))
}

fn midnight_after(time: Timestamp) -> anyhow::Result<Timestamp> {
    let date = time.to_zoned(TimeZone::UTC).date();
    Ok(date.tomorrow()?.to_zoned(TimeZone::UTC)?.timestamp())
}
