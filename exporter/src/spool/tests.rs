use headcount_contract::{Collected, Header, Level, Observation, Scalar, Secret, anonymise};
use headcount_proto::Number;
use tempfile::TempDir;

use super::*;

pub(crate) const MADE_AT: &str = "2024-04-26T01:30:00Z";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A contract with an id, an attribute, a gauge and a list; `brief` makes it another.
pub(crate) fn contract(brief: &str) -> Arc<Contract> {
    let text = format!(
        "contract: acme
version: \"1\"
brief: {brief}
identity: stable
consent: {{ default: opt_in }}
schedule: {{ covers: previous_day, daily: random }}
report:
  id:    {{ $id: service.instance.id, hash: sha256, encoding: hex }}
  users: {{ $gauge: acme.users, brief: People }}
  projects:
    $each: acme.project.name
    max: 100000
    id:      {{ $id: acme.project.name, hash: hmac_sha256, encoding: hex }}
    members: {{ $gauge: acme.project.members, brief: People in the project }}
"
    );
    Arc::new(Contract::parse("acme.yaml", &text).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

/// A report of so many projects; `seed` makes its id.
pub(crate) fn report(contract: &Arc<Contract>, seed: u8, projects: usize) -> Anonymous {
    let id = "3cfb674b-e878-470d-b7c0-cfa8f7e003ae";
    let users = Observation {
        metric: "acme.users".to_owned(),
        attributes: Vec::new(),
        value: Number::Int(12),
    };
    let project = |number| Observation {
        metric: "acme.project.members".to_owned(),
        attributes: vec![("acme.project.name".to_owned(), Scalar::Text(format!("p{number}")))],
        value: Number::Int(3),
    };
    let collected = Collected {
        resource: vec![("service.instance.id".to_owned(), Scalar::from(id))],
        points: [users].into_iter().chain((0..projects).map(project)).collect(),
    };
    let time_unix_nano = 1_714_089_600_000_000_000;
    let header = Header {
        report_id: Header::report_id_at(time_unix_nano, 1, [seed; 8]),
        date: "2024-04-25".parse().expect("a date"),
        time_unix_nano,
        reason: Reason::Daily,
        dropped: 0,
    };
    anonymise(contract, &collected, &header, Level::Basic, &Secret::new([9; 32])).expect("whole")
}

fn spool() -> (TempDir, Directory, Spool) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Directory::at(folder.path().join("data"));
    let spool = Spool::new(&directory);
    (folder, directory, spool)
}

#[test]
fn what_is_put_is_found_again_as_it_was() {
    let (_folder, _directory, spool) = spool();
    let contract = contract("One");
    let report = report(&contract, 1, 3);
    let put = spool.put(&report, time(MADE_AT)).expect("put");
    assert_eq!(put.otlp(), report.otlp());
    let reading = spool.next(&[contract]).expect("read");
    assert_eq!(reading, Reading { spooled: vec![put], ..Reading::default() });
}
