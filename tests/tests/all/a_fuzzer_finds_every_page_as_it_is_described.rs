//! What everybody may look at, by its own description: a fuzzer asks for everything in it, rightly and wrongly, and Shields
//! draws the badges.
//!
//! The receiver runs in this process, by a clock that is set, so that days are frozen while the test waits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_receiver::settings::Admission;
use headcount_receiver::{Clock, Keys, Memory, Receiver, Settings};
use headcount_tests::{Encoding, Gauge, Peer, Point, Report, Way, get, run, send};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

const PATIENCE: Duration = Duration::from_mins(1);
/// As many as it takes for a figure of `OpenFn` to be shown, and some more.
const INSTANCES: u64 = 12;
/// Days with reports. All but the last two are frozen in the end.
const DAYS: i64 = 4;

/// A receiver of two applications, and the runtime that it lives in.
struct Public {
    address: SocketAddr,
    now: Arc<AtomicI64>,
    _runtime: Runtime,
}

impl Public {
    /// Starts it on the first day, without a report.
    fn start() -> anyhow::Result<Self> {
        let first: Timestamp = "2026-11-01T12:00:00Z".parse()?;
        let now = Arc::new(AtomicI64::new(first.as_second()));
        let shows = now.clone();
        let clock = Clock::new(move || {
            Timestamp::from_second(shows.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX)
        });
        let contracts = ["manyfold", "openfn"].map(ToOwned::to_owned).to_vec();
        let unlimited = vec!["127.0.0.0/8".parse()?];
        let admission = Admission { contracts, unlimited, ..Admission::default() };
        let listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
        let settings = Settings { listen, admission, ..Settings::default() };
        let library = Arc::new(Library::built_in());
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let store = Arc::new(Memory::new());
        let bound = Receiver::bind_at(clock, settings, library, Keys::fresh()?, store);
        let receiver = runtime.block_on(bound)?;
        let address = receiver.addresses()[0];
        runtime.spawn(receiver.run(std::future::pending()));
        Ok(Self { address, now, _runtime: runtime })
    }

    /// Has every instance report on every day.
    fn live(&self) -> anyhow::Result<()> {
        for day in 0..DAYS {
            let seconds = u64::try_from(self.now.load(Ordering::Relaxed))?;
            let time = seconds * 1_000_000_000;
            for instance in 0..INSTANCES {
                for report in [manyfold(instance, time), openfn(instance, time)] {
                    let answer = send(self.address, &report, Way::Json, Encoding::Identity)?;
                    ensure!(answer.status == 200, "{answer:?}");
                }
            }
            if day + 1 < DAYS {
                self.now.fetch_add(24 * 3_600, Ordering::Relaxed);
                self.frozen(day - 1)?;
            }
        }
        Ok(())
    }

    /// Waits until the day with this place is shown; those before the first are at once.
    fn frozen(&self, place: i64) -> anyhow::Result<()> {
        if place < 0 {
            return Ok(());
        }
        let first: jiff::civil::Date = "2026-11-01".parse()?;
        let expected = (first + place.days()).to_string();
        let deadline = Instant::now() + PATIENCE;
        while self.json("/openfn/stats")?["day"] != expected {
            ensure!(Instant::now() < deadline, "waited for {expected} for {PATIENCE:?}");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn json(&self, path: &str) -> anyhow::Result<Value> {
        let answer = get(self.address, path)?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

fn manyfold(instance: u64, time: u64) -> Report {
    let resource = [
        ("service.name", "manyfold".to_owned()),
        ("service.instance.id", id(instance)),
        ("service.version", format!("v0.{}.0", 66 + instance % 2)),
        ("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2".to_owned()),
        ("manyfold.platform", "x86_64-linux".to_owned()),
    ];
    report("", resource, &["headcount.report"], time)
}

fn openfn(instance: u64, time: u64) -> Report {
    let resource = [
        ("service.name", "openfn".to_owned()),
        ("service.instance.id", id(instance)),
        ("service.version", format!("v2.1{}.0:match:f1bd9ae", instance % 2)),
        ("os.type", "linux".to_owned()),
    ];
    let gauges = ["openfn.users", "openfn.users.active"];
    report("https://example.org/schemas/openfn/2", resource, &gauges, time)
}

fn id(instance: u64) -> String {
    format!("fdb45536-cba8-4204-b352-{instance:012}")
}

/// A report with a point of each gauge.
fn report<const N: usize>(
    schema_url: &str,
    resource: [(&str, String); N],
    gauges: &[&str],
    time: u64,
) -> Report {
    let gauge = |name: &&str| Gauge {
        name: (*name).to_owned(),
        unit: String::new(),
        points: vec![Point { value: 7.into(), attributes: Vec::new(), time }],
    };
    Report {
        schema_url: schema_url.to_owned(),
        resource: resource.map(|(key, text)| (key.to_owned(), text)).into(),
        gauges: gauges.iter().map(gauge).collect(),
    }
}

/// What schemathesis says of everything that is described.
fn fuzz(address: SocketAddr) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let description = format!("http://{address}/openapi.json");
    let mut fuzzer = Peer::Python.command()?;
    fuzzer
        .args(["-m", "schemathesis.cli", "run", &description])
        .args(["--checks", "all", "--phases", "examples,coverage,fuzzing"])
        // Enough of everything, and the same every time.
        .args(["--max-examples", "3", "--seed", "1", "--workers", "2", "--no-color"])
        .current_dir(folder.path())
        .env("HOME", folder.path());
    Ok(run(&mut fuzzer)?.success()?.stdout)
}

/// The width of a picture, in pixels.
fn width(picture: &str) -> anyhow::Result<f64> {
    let (_, rest) = picture.split_once(" width=\"").context("a width")?;
    let (width, _) = rest.split_once('"').context("a width")?;
    Ok(width.parse()?)
}

/// Shields' own drawing of what the endpoint answers, beside ours.
fn badge(public: &Public, application: &str) -> anyhow::Result<()> {
    let endpoint = public.json(&format!("/{application}/badge"))?;
    ensure!(endpoint["message"].as_str() == Some("12"), "{endpoint}");
    let mut shields = Peer::ShieldsBadge.command()?;
    let theirs = run(shields.arg(endpoint.to_string()))?.success()?.stdout;
    ensure!(theirs.contains("<title>instances: 12</title>"), "{theirs}");
    let ours = get(public.address, &format!("/{application}/badge.svg"))?;
    let ours = String::from_utf8(ours.body.to_vec())?;
    ensure!(ours.contains(&format!("<title>{application}: 12 instances, as of ")), "{ours}");
    // We leave a pixel more at each side of a text.
    let wider = width(&ours)? - width(&theirs)?;
    ensure!((0.0..=10.0).contains(&wider), "expected up to 10 pixels more, got {wider}");
    Ok(())
}

#[test]
fn everything_is_as_it_is_described_before_the_first_day_and_after() -> anyhow::Result<()> {
    let public = Public::start()?;
    let hidden = public.json("/openfn/badge")?;
    ensure!(hidden["isError"] == true, "{hidden}");
    public.live()?;
    let stats = public.json("/manyfold/stats")?;
    let documented = json!({
        "instances": 12,
        "versions": {"v0.67.0": 6, "v0.66.0": 6},
        "images": {"": 12},
        "architectures": {"x86_64-linux": 12},
    });
    ensure!(stats == documented, "{stats}");
    badge(&public, "manyfold")?;
    badge(&public, "openfn")?;
    let said = fuzz(public.address)?;
    ensure!(said.contains("No issues found"), "{said}");
    Ok(())
}
