//! A report can be sent from every kind of host.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use headcount::{Exporter, Outcome, Protocol};

use crate::server::{Server, grpc_answer, http_ok};
use crate::service::{builder, consenting, service};

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
    use crate::service::{contract, data_directory};
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
