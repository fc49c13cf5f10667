use std::sync::Mutex;

use headcount_figures::Snapshot;
use headcount_publish::sample;

use super::*;
use crate::settings::{Admission, Publish};

fn settings(contracts: &[&str], root: Option<&str>) -> Settings {
    let contracts = contracts.iter().map(ToString::to_string).collect();
    let publish = Publish { root: root.map(ToOwned::to_owned), ..Publish::default() };
    let admission = Admission { contracts, ..Admission::default() };
    Settings { admission, publish, ..Settings::default() }
}

#[test]
fn an_application_is_published_where_its_reports_are_taken() {
    let library = Library::built_in();
    let names = |contracts: &[&str]| {
        let applications = applications(&settings(contracts, None), &library);
        applications.iter().map(|versions| versions[0].name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["manyfold", "openfn/2"]), ["openfn", "manyfold"]);
    let publishing = library.iter().filter(|contract| !contract.publish().figures.is_empty());
    let all: std::collections::BTreeSet<_> = publishing.map(|contract| contract.name()).collect();
    assert_eq!(names(&[]).len(), all.len());
}

#[test]
fn a_root_that_is_not_published_is_a_mistake_that_names_those_that_are() {
    let settings = settings(&["manyfold"], Some("openfn"));
    let (_, shown) = watch::channel(Arc::default());
    let library = Library::built_in();
    let of = Publishing::of(&settings, &library, shown, Durability::Volatile, Clock::system());
    assert_eq!(
        of.expect_err("it is not published").to_string(),
        "expected publish.root to name an application that is published (manyfold), got `openfn`"
    );
}

#[tokio::test(start_paused = true)]
async fn it_is_written_when_a_day_begins_and_not_over_and_over() {
    let noon: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let now = Arc::new(Mutex::new(noon));
    let told = now.clone();
    let clock = Clock::new(move || *told.lock().unwrap());
    let (settings, library) = (settings(&["manyfold"], None), Library::built_in());
    for frozen in [true, false] {
        let (freezing, shown) = watch::channel(Arc::default());
        let of = Publishing::of(&settings, &library, shown, Durability::Volatile, clock.clone());
        let publishing = of.unwrap();
        let mut site = publishing.as_ref().expect("something is published").site();
        let running = tokio::spawn(run(publishing));
        site.changed().await.unwrap();
        // Once more where a day is frozen, or else when one begins, as where nothing is frozen any more.
        if frozen {
            freezing.send_replace(Arc::default());
        } else {
            drop(freezing);
            sleep(Duration::from_mins(1)).await;
            assert!(!site.has_changed().unwrap());
            *now.lock().unwrap() += Duration::from_hours(24);
        }
        site.changed().await.unwrap();
        sleep(Duration::from_mins(1)).await;
        assert!(!site.has_changed().unwrap());
        running.abort();
    }
}

#[test]
fn a_cache_keeps_what_is_shown_until_the_next_day_is_frozen() {
    let application = sample::harbour();
    let until = |today: Date| true_until(std::slice::from_ref(&application), today);
    assert_eq!(until(sample::TODAY).to_string(), "2026-11-22T00:00:00Z");
    // A day is due.
    assert_eq!(until(sample::TODAY + 1.day()), Timestamp::MIN);
    let begun = Application { snapshot: Arc::new(Snapshot::default()), ..application.clone() };
    assert!(true_until(&[begun], sample::TODAY) > Timestamp::MIN);
}
