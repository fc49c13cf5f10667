//! More requests than can be served: what is kept of the capacity, and what the others are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::{self, Answer, Connection, Instances, Load};
use crate::cores::Cores;
use crate::process::{Kind, Server};
use crate::reports::{Size, Template};
use crate::table::Table;

const CONNECTIONS: usize = 64;
/// Requests that are under way at once: twice as many as the receiver takes, and half of what its limit of streams
/// lets these connections have. More would wait in the client.
const UNDER_WAY: usize = 2048;
/// Requests are sent in bursts, one each so often.
const BURST: Duration = Duration::from_millis(10);
/// How long too many requests are sent.
const LASTS: Duration = Duration::from_secs(8);
/// An exporter waits 30 s for an answer; who waited for so long counts as not answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of the requests.
#[derive(Debug, Default)]
struct Outcome {
    sent: u64,
    taken: u64,
    /// Those that were taken while more were being sent.
    in_time: u64,
    later: u64,
    unanswered: u64,
    /// Those that were not sent, since so many were under way already.
    held_back: u64,
}

pub(crate) fn run(cores: &Cores) -> Table {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let mut table = Table::new(
        "Small reports, three times as many as can be taken",
        [
            "store",
            "peak",
            "offered",
            "taken in time",
            "of the peak",
            "told to come later",
            "not sent",
            "unanswered",
        ],
    );
    let path = directory.path().join("reports.db");
    for (name, kind) in [("memory", Kind::Memory), ("SQLite", Kind::Sqlite(&path))] {
        let server = Server::start(kind, cores.apart());
        let (template, instances) = (Arc::new(Template::new(Size::Small)), Arc::default());
        let load = Load { connections: CONNECTIONS, requests: 60_000 };
        let peak = client::run(client::send(server.address, &template, &instances, load));
        let peak = peak.per_second();
        eprintln!("  {name}: peak {peak:.0} a second");
        let outcome = client::run(flood(&server, &template, &instances, 3.0 * peak));
        let accepted = server.stop().accepted;
        let kept = (outcome.taken + load.requests) * template.points;
        assert_eq!(accepted, kept, "what is kept is what was acknowledged");
        table.row(cells(name, peak, &outcome));
    }
    table
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn cells(name: &str, peak: f64, outcome: &Outcome) -> [String; 8] {
    let per_second = |count: u64| count as f64 / LASTS.as_secs_f64();
    let taken = per_second(outcome.in_time);
    [
        name.to_owned(),
        format!("{peak:.0}/s"),
        format!("{:.0}/s", per_second(outcome.sent)),
        format!("{taken:.0}/s"),
        format!("{:.0} %", 100.0 * taken / peak),
        outcome.later.to_string(),
        outcome.held_back.to_string(),
        outcome.unanswered.to_string(),
    ]
}

/// Sends so many requests a second, whether or not those before were answered.
async fn flood(
    server: &Server,
    template: &Arc<Template>,
    instances: &Arc<Instances>,
    per_second: f64,
) -> Outcome {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(server.address).await);
    }
    let mut connections = connections.iter().cycle();
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    let (mut requests, mut outcome) = (JoinSet::new(), Outcome::default());
    let mut burst = tokio::time::interval(BURST);
    let begin = Instant::now();
    while begin.elapsed() < LASTS {
        burst.tick().await;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand"
        )]
        let due = (begin.elapsed().as_secs_f64() * per_second) as u64;
        while outcome.sent < due {
            outcome.sent += 1;
            let Ok(place) = places.clone().try_acquire_owned() else {
                outcome.held_back += 1;
                continue;
            };
            let mut connection = connections.next().expect("they are a cycle").clone();
            let report = template.of(instances.next());
            requests.spawn(async move {
                let answer = tokio::time::timeout(PATIENCE, connection.send(report)).await;
                drop(place);
                (answer, begin.elapsed() < LASTS)
            });
        }
    }
    while let Some(answered) = requests.join_next().await {
        match answered.expect("no answer is wrong") {
            (Ok(Answer::Taken), in_time) => {
                outcome.taken += 1;
                outcome.in_time += u64::from(in_time);
            }
            (Ok(Answer::Later), _) => outcome.later += 1,
            (Ok(Answer::Nothing) | Err(_), _) => outcome.unanswered += 1,
        }
    }
    outcome
}
