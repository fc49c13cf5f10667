//! A receiver in this process, on a real file and a free port, by a clock that is set. It begins anew each day.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_contract::{Contract, Library};
use headcount_receiver::{Clock, Keys, Options, Receiver, Settings, Sqlite};
use headcount_tests::{Connection, Gauge, Point, Report};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::attacker::Instance;
use super::world;

/// What cannot take so long on any machine.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Makers {
    runtime: Runtime,
    folder: TempDir,
    keys: Keys,
    now: Arc<AtomicI64>,
    running: Option<Running>,
}

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    run: JoinHandle<()>,
}

impl Makers {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let (runtime, folder) = (Runtime::new()?, tempfile::tempdir()?);
        let (keys, now) = (Keys::fresh()?, Arc::default());
        Ok(Self { runtime, folder, keys, now, running: None })
    }

    /// Starts at noon of a day, and waits until another one is shown, if one is to be.
    pub(crate) fn begin(
        &mut self,
        today: Date,
        library: Library,
        frozen: Option<Date>,
    ) -> anyhow::Result<()> {
        let noon = today.at(12, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp();
        self.now.store(noon.as_second(), Ordering::Relaxed);
        let mut settings =
            Settings { listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))], ..Settings::default() };
        settings.admission.unlimited = vec!["127.0.0.0/8".parse()?];
        let now = self.now.clone();
        let clock = Clock::new(move || {
            Timestamp::from_second(now.load(Ordering::Relaxed)).expect("a time of this century")
        });
        let _guard = self.runtime.enter();
        let store = Arc::new(Sqlite::open(&self.database(), &self.keys, Options::default())?);
        let bound = Receiver::bind_at(clock, settings, Arc::new(library), self.keys.clone(), store);
        let receiver = self.runtime.block_on(bound)?;
        let address = receiver.addresses()[0];
        let (stop, stopped) = oneshot::channel::<()>();
        let run = self.runtime.spawn(receiver.run(async move {
            let _ = stopped.await;
        }));
        self.running = Some(Running { address, stop, run });
        frozen.map_or(Ok(()), |frozen| self.wait_for(frozen))
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("headcount.db")
    }

    fn wait_for(&self, frozen: Date) -> anyhow::Result<()> {
        let (begin, mark) = (Instant::now(), format!("\"day\":\"{frozen}\""));
        let mut connection = self.connect()?;
        loop {
            let about = connection.get("/colony/data.ndjson")?;
            let first = about.body.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if String::from_utf8_lossy(first).contains(&mark) {
                return Ok(());
            }
            ensure!(begin.elapsed() < PATIENCE, "{frozen} is not shown");
            std::thread::yield_now();
        }
    }

    pub(crate) fn connect(&self) -> anyhow::Result<Connection> {
        let running = self.running.as_ref().context("it runs")?;
        Ok(Connection::open(running.address)?)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> anyhow::Result<String> {
        let running = self.running.as_ref().context("it runs")?;
        Ok(format!("http://{}", running.address))
    }

    /// Sends reports, all of which are taken; those of days that are frozen, too.
    pub(crate) fn report(&self, reports: &[(&Contract, &world::Report)]) -> anyhow::Result<()> {
        // Requests one after the other are one request, by the rules of protobuf.
        let bytes = reports.iter().map(|(contract, report)| bytes(contract, report));
        let bytes = bytes.collect::<anyhow::Result<Vec<_>>>()?.concat();
        let reply = self.connect()?.post(&bytes)?;
        ensure!(reply.status == 200 && reply.body.is_empty(), "{reply:?}");
        Ok(())
    }

    /// Sends a report. Whether all of it is taken.
    pub(crate) fn takes(
        &self,
        contract: &Contract,
        report: &world::Report,
    ) -> anyhow::Result<bool> {
        let reply = self.connect()?.post(&bytes(contract, report)?)?;
        ensure!(reply.status == 200, "{reply:?}");
        Ok(reply.body.is_empty())
    }

    pub(crate) fn erase(&self, instance: Instance) -> anyhow::Result<()> {
        let id = id(instance);
        let body = format!(r#"{{"instance": {{"contract": "colony", "raw": "{id}"}}}}"#);
        let mut connection = self.connect()?;
        let path = "/v1/instances/erase";
        let reply = connection.post_to(path, "application/json", body.as_bytes())?;
        ensure!(reply.status == 200, "{reply:?}");
        Ok(())
    }

    /// Stops.
    pub(crate) fn end(&mut self) -> anyhow::Result<()> {
        let Running { stop, run, .. } = self.running.take().context("it runs")?;
        stop.send(()).map_err(|()| anyhow::anyhow!("it ended before"))?;
        Ok(self.runtime.block_on(run)?)
    }
}

/// A report as an OTLP request.
fn bytes(contract: &Contract, report: &world::Report) -> anyhow::Result<Vec<u8>> {
    // An erasure at noon does not reach it.
    let evening = report.day.at(23, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp();
    let time = u64::try_from(evening.as_nanosecond())?;
    let texts = report.values.texts.iter().map(|(&path, text)| (attribute(path), text.clone()));
    let id = ("service.instance.id".to_owned(), id(report.instance));
    let gauge = |name: String, unit: &str, value: i64| Gauge {
        name,
        unit: unit.to_owned(),
        points: vec![Point { value: value.into(), attributes: Vec::new(), time }],
    };
    let numbers = report.values.numbers.iter();
    let numbers = numbers.map(|(path, value)| gauge(format!("colony.{path}"), "", *value));
    let sent = Report {
        schema_url: contract.schema_url().to_owned(),
        resource: [id].into_iter().chain(texts).collect(),
        gauges: numbers.chain([gauge("headcount.report".to_owned(), "1", 1)]).collect(),
    };
    Ok(sent.protobuf())
}

fn id(instance: Instance) -> String {
    format!("00000000-0000-4000-8000-{instance:012}")
}

fn attribute(path: &str) -> String {
    match path {
        "version" => "service.version".to_owned(),
        "system" => "os.type".to_owned(),
        other => format!("colony.{other}"),
    }
}
