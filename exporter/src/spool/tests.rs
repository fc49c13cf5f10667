mod child;
mod damage;
#[cfg(target_os = "linux")] // mounts, and a look at system calls
mod disk;
mod policy;
mod processes;

use headcount_contract::{
    Collected, Header, InstanceId, Level, Observation, Scalar, Secret, anonymise, erasure,
};
use headcount_proto::Number;
use sha2::{Digest as _, Sha256};
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
    report_of(contract, [seed; 8], projects)
}

pub(super) fn report_of(contract: &Arc<Contract>, random: [u8; 8], projects: usize) -> Anonymous {
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
        ..Collected::default()
    };
    let header = header(random, Reason::Daily);
    anonymise(contract, &collected, &header, Level::Basic, &Secret::new([9; 32])).expect("whole")
}

/// The header of a report for 2024-04-25.
pub(super) fn header(random: [u8; 8], reason: Reason) -> Header {
    let time_unix_nano = 1_714_089_600_000_000_000;
    Header {
        report_id: Header::report_id_at(time_unix_nano, 1, random),
        date: "2024-04-25".parse().expect("a date"),
        time_unix_nano,
        reason,
        dropped: 0,
    }
}

pub(super) fn spool() -> (TempDir, Directory, Spool) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Directory::at(folder.path().join("data"));
    let spool = Spool::new(&directory);
    (folder, directory, spool)
}

/// Seconds after the first report.
pub(super) fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(time(MADE_AT).as_second() + seconds).expect("a time")
}

pub(super) fn ids(reading: &Reading) -> Vec<&str> {
    reading.spooled.iter().map(|spooled| &*spooled.head.report_id).collect()
}

#[test]
fn asking_makes_nothing() {
    let (_folder, directory, spool) = spool();
    let contracts = [contract("One")];
    assert_eq!(spool.next(&contracts).expect("read"), Reading::default());
    assert_eq!(spool.waiting().expect("listed"), []);
    assert_eq!(spool.sweep(time(MADE_AT)).expect("swept"), Swept::default());
    spool.remove("018f").expect("nothing to remove");
    spool.clear().expect("nothing to clear");
    assert!(!directory.exists());
}

#[test]
fn what_is_put_is_found_again_as_it_was() {
    let (_folder, directory, spool) = spool();
    let contract = contract("One");
    let report = report(&contract, 1, 3);
    let made_at = Timestamp::from_millisecond(time(MADE_AT).as_millisecond() + 999);
    let put = spool.put(&report, made_at.expect("a time")).expect("put");
    let reading = spool.next(&[contract]).expect("read");
    let [spooled] = &reading.spooled[..] else { panic!("one report: {reading:?}") };
    assert_eq!(spooled.head(), &put);
    assert_eq!(spooled.otlp(), report.otlp());
    assert_eq!(spooled.report(), report.report().ok());
    assert_eq!((reading.set_aside.len(), reading.left), (0, 0));

    let name = format!("20240426T013000Z-daily-{}", report.report_id());
    let bytes = directory.read(&format!("spool/{name}")).expect("read").expect("there");
    let bytes_long = bytes.len() as u64;
    let (made_at, report_id) = (time(MADE_AT), report.report_id().to_owned());
    let waiting = Waiting { made_at, report_id, reason: Reason::Daily, bytes: bytes_long, name };
    assert_eq!(spool.waiting().expect("listed"), [waiting]);
}

#[test]
fn the_file_is_as_documented() {
    let (_folder, directory, spool) = spool();
    let report = report(&contract("One"), 1, 3);
    spool.put(&report, time(MADE_AT)).expect("put");
    let name = format!("spool/{}", directory.list("spool").expect("listed")[0].name);
    let bytes = directory.read(&name).expect("read").expect("there");
    let mut lines = bytes.splitn(3, |&byte| byte == b'\n');
    let mut line = || lines.next().expect("a line");
    let (first, second, rest) = (line(), line(), line());
    let checksum = crate::text::hex(&Sha256::digest(&bytes[first.len() + 1..]));
    assert_eq!(str::from_utf8(first), Ok(&*format!("headcount-spool 1 {checksum}")));
    let json = format!(
        r#"{{"report_id":"{}","contract":"acme/1","digest":"{}","date":"2024-04-25","reason":"daily","made_at":"2024-04-26T01:30:00Z","instance":"{}","receipt":"{}","points":5}}"#,
        report.report_id(),
        report.contract().digest(),
        report.instance().expect("an id"),
        report.receipt(),
    );
    assert_eq!(str::from_utf8(second), Ok(&*json));
    assert_eq!(rest, report.otlp());
}

#[test]
fn the_oldest_comes_first() {
    let (_folder, _directory, spool) = spool();
    let contract = contract("One");
    let made = [(4, 20), (3, 30), (2, 10), (1, 20)];
    for (seed, seconds) in made {
        spool.put(&report(&contract, seed, 1), after(seconds)).expect("put");
    }
    let id = |seed| report(&contract, seed, 1).report_id().to_owned();
    let contracts = [contract.clone()];
    let all = spool.entries(&contracts).expect("read");
    assert_eq!(ids(&all), [id(2), id(1), id(4), id(3)]);
    for expected in [id(2), id(1), id(4), id(3)] {
        assert_eq!(ids(&spool.next(&contracts).expect("read")), [expected.as_str()]);
        spool.remove(&expected).expect("removed");
    }
    assert_eq!(spool.next(&contracts).expect("read"), Reading::default());
}

#[test]
fn reports_of_another_contract_are_left_for_who_has_it() {
    let (_folder, directory, spool) = spool();
    let [old, new] = ["One", "Another"].map(contract);
    spool.put(&report(&old, 1, 1), after(0)).expect("put");
    spool.put(&report(&new, 2, 1), after(1)).expect("put");
    let reading = spool.next(std::slice::from_ref(&new)).expect("read");
    assert_eq!(ids(&reading), [report(&new, 2, 1).report_id()]);
    assert_eq!((reading.left, reading.set_aside), (1, Vec::new()));
    assert_eq!(spool.entries(&[new, old]).expect("read").spooled.len(), 2);
    assert_eq!(directory.list("spool").expect("listed").len(), 2);
}

#[test]
fn cleared_it_leaves_no_copy() {
    let (_folder, directory, spool) = spool();
    let contract = contract("One");
    spool.put(&report(&contract, 1, 1), after(0)).expect("put");
    directory.write("spool/foreign", b"").expect("written");
    directory.write("state.json", b"").expect("written");
    directory.set_aside("state.json").expect("set aside");
    spool.next(std::slice::from_ref(&contract)).expect("read");
    spool.put(&report(&contract, 2, 1), after(0)).expect("put");
    directory.write("spool/foreign", b"").expect("written");
    spool.clear().expect("cleared");
    assert_eq!(directory.list("spool").expect("listed"), []);
    let aside = directory.list("damaged").expect("listed");
    assert_eq!(aside.iter().map(|file| &*file.name).collect::<Vec<_>>(), ["state.json-1"]);
}

#[test]
fn deleting_the_folder_at_any_time_is_safe() {
    let (_folder, directory, spool) = spool();
    let contracts = [contract("One")];
    let delete = || std::fs::remove_dir_all(directory.path()).expect("deleted");
    spool.put(&report(&contracts[0], 1, 1), after(0)).expect("put");
    let found = spool.entries(&contracts).expect("read").spooled;
    delete();
    assert_eq!(spool.next(&contracts).expect("read"), Reading::default());
    assert_eq!(spool.sweep(after(0)).expect("swept"), Swept::default());
    spool.remove(&found[0].head.report_id).expect("gone already");
    spool.put(&report(&contracts[0], 2, 1), after(0)).expect("put");
    delete();
    spool.clear().expect("gone already");
}

#[test]
fn what_could_not_be_read_again_is_not_taken() {
    let (_folder, directory, spool) = spool();
    let report = report(&contract("One"), 1, 1);
    let before = Timestamp::from_second(-70_000_000_000).expect("a time");
    let error = spool.put(&report, before).expect_err("249 BC");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(!directory.exists());
}

#[test]
fn a_request_for_erasure_waits_as_a_report_does() {
    let (_folder, _directory, spool) = spool();
    let contract = contract("One");
    let id = report(&contract, 1, 0).instance().expect("an id").to_owned();
    let header = header([2; 8], Reason::Erase);
    let request = erasure(&contract, InstanceId::AsItTravels(&id), &header).expect("an id");
    let put = spool.put(&request, after(0)).expect("put");
    assert_eq!((put.reason, put.instance.as_deref()), (Reason::Erase, Some(&*id)));
    let reading = spool.next(&[contract]).expect("read");
    let [spooled] = &reading.spooled[..] else { panic!("one request: {reading:?}") };
    assert_eq!((spooled.head(), spooled.report()), (&put, None));
}
