//! A report can be sent from every kind of host.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headcount::contract::Level;
use headcount::{Exporter, Outcome, Protocol};

use crate::server::{Server, grpc_answer, http_ok};
use crate::service::{builder, consenting, contract, data_directory, record, service};

fn is_delivered(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered { rejected: 0, .. })
}

fn services() -> [(Server, Exporter); 2] {
    let http = Server::start(http_ok);
    let grpc = Server::start(|| grpc_answer(b""));
    let over_grpc = consenting(builder(&grpc.url("")).protocol(Protocol::Grpc));
    let over_http = service(&http.url(""));
    [(http, over_http), (grpc, over_grpc)]
}

#[test]
fn a_host_without_a_runtime_may_send() {
    for (_server, service) in services() {
        let outcome = service.send_now().expect("consent");
        assert!(is_delivered(&outcome), "{outcome}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_host_on_one_thread_may_send() {
    for (_server, service) in services() {
        let outcome = service.send_now().expect("consent");
        assert!(is_delivered(&outcome), "{outcome}");
        let sending = tokio::task::spawn_blocking(move || service.send_now());
        let outcome = sending.await.expect("no panic").expect("consent");
        assert!(is_delivered(&outcome), "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_on_many_threads_may_send() {
    for (_server, service) in services() {
        let sending: Vec<_> = (0..4)
            .map(|_| {
                let service = service.clone();
                tokio::spawn(async move { service.send_now() })
            })
            .collect();
        for sent in sending {
            let outcome = sent.await.expect("no panic").expect("consent");
            assert!(is_delivered(&outcome), "{outcome}");
        }
    }
}

#[test]
fn an_exporter_may_be_dropped_while_it_sends() {
    let server = Server::start(|| None);
    let service = consenting(builder(&server.url("")).timeout(Duration::from_secs(2)));
    let (sender, outcome) = mpsc::channel();
    let sending = service.clone();
    let thread = thread::spawn(move || {
        // The last handle goes with this thread.
        let _ = sender.send(sending.send_now());
    });
    server.request();
    drop(service);
    let outcome = outcome.recv().expect("an outcome").expect("consent");
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome}");
    thread.join().expect("no panic");
}

#[test]
fn an_incomplete_configuration_is_refused_with_what_is_missing() {
    let missing = [
        (Exporter::builder(contract(), data_directory()), "an endpoint"),
        (builder("not a url"), "an endpoint such as"),
    ];
    for (builder, part) in missing {
        let error = builder.build().expect_err("something is missing");
        assert!(error.is_configuration(), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_data_directory_that_cannot_be_made_stops_reports_and_nothing_else() {
    let file = data_directory();
    std::fs::create_dir_all(file.parent().expect("a folder around it")).expect("a folder");
    std::fs::write(&file, "a file where a directory should be").expect("a file");
    let server = Server::start(http_ok);
    let service = Exporter::builder(contract(), file.join("usage"))
        .endpoint(server.url(""))
        .attribute("service.version", "1.2.3")
        .attribute("os.type", "linux")
        .environment(|_| None)
        .show_notice(|_| ())
        .build()
        .expect("a whole configuration");
    record(&service);
    assert!(service.agree(Level::Basic).expect_err("nothing can be kept").is_storage());
    assert!(service.run_due(SystemTime::now()).is_err_and(|error| error.is_storage()));
    assert!(service.send_now().is_err());
    assert_eq!(server.connections(), 0);
    std::fs::remove_file(&file).expect("the file");
    // The disk heals, and so does the exporter.
    service.agree(Level::Basic).expect("a directory");
    assert!(is_delivered(&service.send_now().expect("consent")));
}

#[test]
fn a_clock_that_was_never_set_makes_nothing() {
    let server = Server::start(http_ok);
    let service = service(&server.url(""));
    for hours in [0, 1, 40 * 365 * 24] {
        let turn = service.run_due(UNIX_EPOCH + Duration::from_hours(hours)).expect("a turn");
        assert_eq!(turn.made, 0, "{hours} hours after 1970");
    }
    // Before 1970 there is no time that a report could tell.
    assert_eq!(
        service.run_due(UNIX_EPOCH - Duration::from_hours(25)).map_or(0, |turn| turn.made),
        0
    );
    assert_eq!(server.connections(), 0);
}
