//! Callbacks that misbehave, and what that costs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::super::*;
use super::{PATIENCE, collect, collector_of, left_out, points};

#[test]
fn a_panicking_callback_costs_its_own_gauge_only() {
    let collector = collector_of(&["broken", "whole"]);
    let meter = collector.meter();
    let panics = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&panics);
    let _ = meter
        .u64_observable_gauge("broken")
        .with_callback(move |observer| {
            observer.observe(1, &[]);
            assert!(!switch.load(Ordering::Relaxed), "a mistake of the host");
        })
        .build();
    let _ = meter.u64_observable_gauge("whole").with_callback(|o| o.observe(2, &[])).build();
    for _ in 0..2 {
        let collection = collect(&collector);
        assert_eq!(points(&collection), ["whole [] Int(2)"]);
        assert_eq!(left_out(&collection), ["broken: its callback panicked"]);
    }
    panics.store(false, Ordering::Relaxed);
    let collection = collect(&collector);
    assert_eq!(points(&collection), ["broken [] Int(1)", "whole [] Int(2)"]);
    assert!(collection.left_out.is_empty());
}

/// A payload whose own drop panics would end the thread after all.
#[test]
fn a_payload_that_panics_when_dropped_is_contained() {
    struct Mine;
    impl Drop for Mine {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "a mine in the payload");
        }
    }
    let collector = collector_of(&["mine"]);
    let throw = |_: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        std::panic::resume_unwind(Box::new(Mine));
    };
    let _ = collector.meter().u64_observable_gauge("mine").with_callback(throw).build();
    for _ in 0..2 {
        assert_eq!(left_out(&collect(&collector)), ["mine: its callback panicked"]);
    }
}

#[test]
fn a_gauge_that_is_created_in_a_callback_is_refused_instead_of_hanging() {
    let collector = collector_of(&["outer", "inner", "inner.too"]);
    let meter = collector.meter();
    let inside = meter.clone();
    let _ = meter
        .u64_observable_gauge("outer")
        .with_callback(move |observer| {
            inside.u64_gauge("inner").build().record(1, &[]);
            let _ = inside.u64_observable_gauge("inner.too").build();
            observer.observe(1, &[]);
        })
        .build();
    let collection = collect(&collector);
    assert_eq!(points(&collection), ["outer [] Int(1)"]);
    assert_eq!(
        left_out(&collection),
        [
            "inner: it was created inside a callback; create it at start",
            "inner.too: it was created inside a callback; create it at start",
        ]
    );
}

#[test]
fn a_callback_that_hangs_fails_the_collection_and_not_the_host() {
    let collector = collector_of(&["slow"]);
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let _ = collector
        .meter()
        .u64_observable_gauge("slow")
        .with_callback(move |observer| {
            // Ends when the test drops its end.
            let _ = wait.lock().map(|wait| wait.recv());
            observer.observe(1, &[]);
        })
        .build();
    let error = collector.collect(Instant::now() + Duration::from_millis(50));
    assert!(matches!(error, Err(CollectError::Slow(_))), "{error:?}");
    let error = collector.collect(Instant::now() + PATIENCE);
    assert!(matches!(error, Err(CollectError::StillRunning)), "{error:?}");
    drop(release);
    while collector.rounds.lock().expect("no panic").is_running() {
        thread::yield_now();
    }
    assert_eq!(points(&collect(&collector)), ["slow [] Int(1)"]);
}

#[test]
fn a_collector_is_dropped_at_once_while_a_callback_hangs() {
    let collector = collector_of(&["slow"]);
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let _ = collector
        .meter()
        .u64_observable_gauge("slow")
        .with_callback(move |_| {
            let _ = wait.lock().map(|wait| wait.recv());
        })
        .build();
    let error = collector.collect(Instant::now() + Duration::from_millis(50));
    assert!(matches!(error, Err(CollectError::Slow(_))), "{error:?}");
    let start = Instant::now();
    drop(collector);
    assert!(start.elapsed() < Duration::from_secs(4), "nothing is waited for");
    drop(release);
}

#[test]
fn callbacks_run_in_a_round_only() {
    let collector = collector_of(&["counted"]);
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let _ = collector
        .meter()
        .u64_observable_gauge("counted")
        .with_callback(move |observer| {
            counter.fetch_add(1, Ordering::Relaxed);
            observer.observe(1, &[]);
        })
        .build();
    collect(&collector);
    drop(collector);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn a_round_that_was_given_up_runs_no_other_callback() {
    let collector = collector_of(&["slow", "next"]);
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let slow = move |_: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        let _ = wait.lock().map(|wait| wait.recv());
    };
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let _ = collector.meter().u64_observable_gauge("slow").with_callback(slow).build();
    let _ = collector
        .meter()
        .u64_observable_gauge("next")
        .with_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    let error = collector.collect(Instant::now() + Duration::from_millis(50));
    assert!(matches!(error, Err(CollectError::Slow(_))), "{error:?}");
    drop(release);
    while collector.rounds.lock().expect("no panic").is_running() {
        thread::yield_now();
    }
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    collect(&collector);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn a_callback_that_asks_for_a_report_gets_an_error() {
    let collector = Arc::new(collector_of(&["users"]));
    let (weak, errors) = (Arc::downgrade(&collector), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&errors);
    let _ = collector
        .meter()
        .u64_observable_gauge("users")
        .with_callback(move |observer| {
            let collector = weak.upgrade().expect("the test holds it");
            let error = collector.collect(Instant::now() + PATIENCE).expect_err("inside");
            seen.lock().expect("no panic").push(error.to_string());
            observer.observe(1, &[]);
        })
        .build();
    assert_eq!(points(&collect(&collector)), ["users [] Int(1)"]);
    assert_eq!(
        *errors.lock().expect("no panic"),
        ["expected to be asked outside of a gauge callback, got asked inside of one"]
    );
}
