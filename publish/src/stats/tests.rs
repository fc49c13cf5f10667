use super::*;
use crate::sample;

#[test]
fn flat_is_exactly_what_manyfold_documents() {
    use headcount_figures::{Group, GroupName, Snapshot, Value};
    let mut application = sample::built_in("manyfold", 30);
    let mut snapshot = Snapshot::clone(&application.snapshot);
    let numbers = &mut snapshot.days.last_mut().expect("there are 30").numbers;
    let group = |name, value| Group { name, instances: 1, value };
    let text = |text: &str| GroupName::Value(text.to_owned());
    numbers[0].value = Value::Total(9.0);
    numbers[1].value =
        Value::Groups(vec![group(text("v0.67.0"), 7.0), group(GroupName::Other, 2.0)]);
    numbers[2].value = Value::Groups(vec![
        group(GroupName::Missing, 4.0),
        group(text("ghcr.io/manyfold3d/manyfold"), 5.0),
    ]);
    numbers[3].value = Value::Groups(vec![group(text("x86_64-linux"), 9.0)]);
    application.snapshot = snapshot.into();
    assert_eq!(
        flat::flat(&application).to_string(),
        r#"{"instances":9,"versions":{"v0.67.0":7,"other":2},"images":{"":4,"ghcr.io/manyfold3d/manyfold":5},"architectures":{"x86_64-linux":9}}"#
    );
}

#[test]
fn a_figure_has_the_unit_that_it_has_as_a_metric() {
    for name in ["openfn", "openwisp"] {
        let application = sample::built_in(name, 3);
        let full = full(&application);
        let figures = full.get("figures").expect("they are there");
        for metric in application.newest().metrics() {
            let figure = figures.get(&metric.figure.name).expect("it is published");
            assert_eq!(figure.get("unit"), Some(&text(&metric.unit)), "{}", metric.name);
        }
    }
}

#[test]
fn flat_has_its_keys_before_the_first_day_too() {
    let application = sample::built_in("manyfold", 0);
    let nothing = r#"{"instances":0,"versions":{},"images":{},"architectures":{}}"#;
    assert_eq!(flat::flat(&application).to_string(), nothing);
}
