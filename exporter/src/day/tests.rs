use headcount_contract::Library;
use jiff::civil::date;

use super::*;
use crate::collect::tests::{left_out, points};

const PROJECT: &str = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";
const WORKFLOW: &str = "0e7b8c1d-2f3a-4b5c-8d6e-9f0a1b2c3d4e";

fn ask(
    callback: impl Fn(Date, &mut Day) -> Result<(), Failure> + Send + Sync + 'static,
) -> Result<Collection, CollectError> {
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("built in");
    let resource = [("os.type".to_owned(), Scalar::from("linux"))];
    collect_day(&report_for(callback), date(2024, 2, 29), contract, &resource)
}

#[test]
fn a_day_has_what_was_told_of_it_and_the_resource() {
    let collection = ask(|date, day| {
        day.set("openfn.users", [], 12);
        day.set("openfn.project.users", [("openfn.project.id", PROJECT)], 3_usize);
        day.set("openfn.project.users", [("openfn.project.id", PROJECT)], 4_usize);
        // The order does not matter.
        let (project, workflow) =
            (("openfn.project.id", PROJECT), ("openfn.workflow.id", WORKFLOW));
        day.set("openfn.workflow.runs", [workflow, project], date.day());
        day.set("openfn.workflow.jobs", [project, workflow], 7_u64);
        Ok(())
    });
    let collection = collection.expect("figures");
    let project = format!("(\"openfn.project.id\", Text(\"{PROJECT}\"))");
    let workflow = format!("(\"openfn.workflow.id\", Text(\"{WORKFLOW}\"))");
    assert_eq!(
        points(&collection),
        [
            format!("openfn.project.users [{project}] Int(4)"),
            "openfn.users [] Int(12)".to_owned(),
            format!("openfn.workflow.jobs [{project}, {workflow}] Int(7)"),
            format!("openfn.workflow.runs [{project}, {workflow}] Int(29)"),
        ]
    );
    assert!(collection.left_out.is_empty());
    assert_eq!(collection.collected.resource.len(), 1);
}

#[test]
fn what_the_contract_does_not_have_is_left_out_with_its_gauge() {
    let collection = ask(|_, day| {
        day.set("openfn.user", [], 12);
        day.set("openfn.users", [], 12);
        day.set("openfn.users", [("openfn.project.id", PROJECT)], 3);
        day.set("openfn.project.users", [("openfn.project.uuid", PROJECT)], 3);
        day.set("openfn.users.active", [], f64::INFINITY);
        day.set("openfn.project.users.active", [("openfn.project.id", PROJECT)], 3);
        Ok(())
    });
    let collection = collection.expect("figures");
    assert_eq!(points(&collection).len(), 1);
    assert_eq!(
        left_out(&collection),
        [
            "openfn.project.users: expected the attributes `openfn.project.id`, got \
             `openfn.project.uuid`",
            "openfn.user: not in the contract",
            "openfn.users: expected no attributes, got `openfn.project.id`",
            "openfn.users.active: expected a finite number, it has one that is NaN or infinite",
        ]
    );
}

#[test]
fn an_application_that_cannot_tell_says_why() {
    let error = ask(|_, day| {
        day.set("openfn.users", [], 12);
        Err("the database is away".into())
    });
    assert_eq!(
        error.expect_err("no figures").to_string(),
        "expected the application to tell the figures of 2024-02-29: the database is away"
    );
}

#[test]
fn a_panic_is_contained_whatever_it_throws() {
    struct Mine;
    impl Drop for Mine {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "a mine in the payload");
        }
    }
    let error = ask(|_, _| std::panic::resume_unwind(Box::new(Mine)));
    assert_eq!(
        error.expect_err("no figures").to_string(),
        "expected the application to tell the figures of 2024-02-29, its callback panicked"
    );
}

#[test]
fn a_callback_may_have_an_error_of_its_own_type() {
    let callback = report_for(|_, _: &mut Day| Err::<(), _>(std::fmt::Error));
    let library = Library::built_in();
    let contract = library.get("openfn", "2").expect("built in");
    let error = collect_day(&callback, date(2024, 2, 29), contract, &[]);
    assert!(matches!(error, Err(CollectError::Day { why, .. }) if why.is::<std::fmt::Error>()));
}
