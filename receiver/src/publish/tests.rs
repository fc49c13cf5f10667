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
