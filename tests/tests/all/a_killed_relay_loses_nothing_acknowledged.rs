//! Killed under load again and again, a relay reports every acknowledged value of the day, once and as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_receiver::Clock;
use headcount_tests::{Connection, Gauge, Point, Receiver, Relay, Report, hex};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

const KILLS: usize = 25;
const CONNECTIONS: u64 = 4;
/// Acknowledgements that are waited for in each life: fewer in all than a report may have projects.
const ACKNOWLEDGEMENTS: usize = 20;

/// What the applications know.
#[derive(Debug, Default)]
struct Oracle {
    known: Mutex<Known>,
    acknowledgement: Condvar,
}

#[derive(Debug, Default)]
struct Known {
    sent: u64,
    acknowledged: BTreeSet<u64>,
    connected: u64,
}

impl Oracle {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One application on one connection, until that breaks: each request tells of another project.
    fn send(&self, base: &Report, to: SocketAddr, at: u64) {
        let mut connection = Connection::open(to).ok();
        while let Some(open) = &mut connection {
            let number = {
                let mut known = self.known();
                known.sent += 1;
                known.sent
            };
            let Ok(reply) = open.post(&about(base, number, at).protobuf()) else { break };
            if reply.acknowledges() {
                self.known().acknowledged.insert(number);
                self.acknowledgement.notify_all();
            }
        }
        self.known().connected -= 1;
        self.acknowledgement.notify_all();
    }

    fn wait(&self, more: usize) -> anyhow::Result<()> {
        let known = self.known();
        let until = known.acknowledged.len() + more;
        let short = |known: &mut Known| known.acknowledged.len() < until && known.connected > 0;
        let waited = self.acknowledgement.wait_while(known, short);
        let known = waited.unwrap_or_else(PoisonError::into_inner);
        ensure!(known.acknowledged.len() >= until, "no application is left: {known:?}");
        Ok(())
    }
}

fn project(number: u64) -> String {
    format!("6b2f1a70-1c9e-4d7b-9a77-{number:012x}")
}

/// What an instance tells of itself and of one project, whose users are its number.
fn about(base: &Report, number: u64, at: u64) -> Report {
    let gauge = |name: &str, value: u64, attributes: &[(String, String)]| Gauge {
        name: name.to_owned(),
        unit: "{user}".to_owned(),
        points: vec![Point {
            value: value.into(),
            attributes: attributes.to_vec(),
            time: at + number,
        }],
    };
    let of = [("openfn.project.id".to_owned(), project(number))];
    let gauges = vec![
        gauge("openfn.users", 7, &[]),
        gauge("openfn.users.active", 5, &[]),
        gauge("openfn.project.users", number, &of),
        gauge("openfn.project.users.active", 1, &of),
    ];
    Report { gauges, ..base.clone() }
}

/// Has what is in a relay's directory reported, as in the next night.
async fn report(data: &Path, upstream: String, today: Timestamp) -> anyhow::Result<()> {
    let library = Library::built_in();
    let contract = library.find("openfn/2").context("it ships")?.clone();
    let tomorrow = today.checked_add(SignedDuration::from_hours(24))?;
    let night: Timestamp = format!("{}T01:30:00Z", tomorrow.strftime("%F")).parse()?;
    let settings = headcount_relay::Settings {
        listen: vec![([127, 0, 0, 1], 0).into()],
        ..headcount_relay::Settings::default()
    };
    let clock = Arc::new(Mutex::new(night));
    let told = clock.clone();
    let now = move || *told.lock().unwrap_or_else(PoisonError::into_inner);
    let relay = headcount_relay::Relay::builder(contract, data)
        .upstream(upstream)
        .settings(settings)
        .environment(|_| None)
        .clock(Clock::new(now));
    let mut apart = relay.bind().await?.apart();
    *clock.lock().unwrap_or_else(PoisonError::into_inner) =
        night.checked_add(SignedDuration::from_secs(31))?;
    tokio::task::spawn_blocking(move || apart.tender.round()).await??;
    apart.held.close().await;
    Ok(())
}

#[test]
fn each_value_is_in_the_report_once() -> anyhow::Result<()> {
    let (receiver, folder) = (Receiver::start()?, tempfile::tempdir()?);
    let (oracle, today) = (Oracle::default(), Timestamp::now());
    let at: u64 = today.as_nanosecond().try_into()?;
    let base = Report::read("openfn-2", at)?;
    for _ in 0..KILLS {
        let relay = Relay::start(folder.path(), ("openfn/2", &receiver.endpoint()), |_| {})?;
        let address = relay.address();
        oracle.known().connected = CONNECTIONS;
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| oracle.send(&base, address, at));
            }
            oracle.wait(ACKNOWLEDGEMENTS)?;
            relay.kill()
        })?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(report(&folder.path().join("data"), receiver.endpoint(), today))?;

    let reported = receiver.only_report()?;
    assert_eq!(reported["report_date"], today.strftime("%F").to_string());
    let projects = reported["projects"].as_array().context("projects")?;
    let users: BTreeMap<_, _> = projects
        .iter()
        .map(|project| (project["hashed_uuid"].as_str(), project["no_of_users"].as_u64()))
        .collect();
    assert_eq!(users.len(), projects.len(), "a project is there twice");
    let known = oracle.known();
    assert!(known.acknowledged.len() >= KILLS * ACKNOWLEDGEMENTS);
    let hashed = |number: u64| hex(&Sha256::digest(project(number))).to_uppercase();
    for number in &known.acknowledged {
        let told = users.get(&Some(hashed(*number).as_str())).copied();
        assert_eq!(told, Some(Some(*number)), "{number} was acknowledged");
    }
    let sent: BTreeSet<_> = (1..=known.sent).map(hashed).collect();
    assert!(users.keys().all(|hash| hash.is_some_and(|hash| sent.contains(hash))));
    Ok(())
}
