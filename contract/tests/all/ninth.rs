//! A ninth application is a file, and no code.

use std::sync::Arc;

use headcount_contract::{
    Anonymous, Collected, Contract, Level, Library, Observation, Scalar, Secret, anonymise, sort,
};
use headcount_proto::{Limits, Number};

use crate::golden::header;

fn contract() -> Contract {
    Contract::parse("library.yaml", include_str!("../golden/library.yaml"))
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn observe(metric: &str, value: i64, attributes: &[(&str, &str)]) -> Observation {
    let attribute = |(key, value): &(&str, &str)| ((*key).to_owned(), Scalar::from(*value));
    Observation {
        metric: metric.to_owned(),
        attributes: attributes.iter().map(attribute).collect(),
        value: Number::Int(value),
    }
}

fn collected() -> Collected {
    let branch = ("stacks.branch", "Main Street");
    Collected {
        resource: vec![
            ("service.instance.id".to_owned(), Scalar::from("library of Alexandria")),
            ("service.version".to_owned(), Scalar::from("2.x-local-build")),
            ("host.name".to_owned(), Scalar::from("alexandria-1")),
        ],
        points: vec![
            observe("stacks.titles", 457, &[]),
            observe("stacks.uptime", 86_400, &[("host.name", "alexandria-1")]),
            observe("stacks.search.enabled", 1, &[]),
            observe("stacks.queries", 5, &[("stacks.language", "en")]),
            observe("stacks.queries", 3, &[("stacks.language", "de")]),
            observe("stacks.queries", 1, &[("stacks.language", "mul")]),
            observe("stacks.queries", 1, &[("stacks.language", "tlh")]),
            observe("stacks.loans", 12, &[branch, ("stacks.medium", "b")]),
            observe("stacks.loans", 2, &[branch, ("stacks.medium", "scroll")]),
            observe("stacks.loans", 1, &[branch, ("stacks.medium", "tablet")]),
            observe("http.server.requests", 9, &[]),
        ],
        ..Collected::default()
    }
}

fn anonymous(level: Level) -> Anonymous {
    let contract = Arc::new(contract());
    anonymise(&contract, &collected(), &header(), level, &Secret::new([5; 32])).expect("reportable")
}

#[test]
fn its_report_comes_out_as_its_file_says() {
    let anonymous = anonymous(Level::Usage);
    let mut library = Library::empty();
    library.add(contract()).expect("the first of its name");
    let other = Secret::new([6; 32]);
    let sorted = sort(&library, &other, &anonymous.otlp(), &Limits::default()).expect("OTLP");
    assert_eq!(sorted.first, None);
    let report = library.find("stacks").expect("added").report(&sorted.arrived[0].part);
    let report = report.expect("whole");
    assert_eq!(report, anonymous.report().expect("whole"), "the preview is what arrives");
    insta::assert_snapshot!(report.pretty());
}

#[test]
fn what_it_does_not_list_stays_behind_and_is_named() {
    let withheld: Vec<_> =
        anonymous(Level::Usage).withheld().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(withheld.join("\n"));
}

#[test]
fn a_lower_level_leaves_its_part_out() {
    let anonymous = anonymous(Level::Basic);
    let report = anonymous.report().expect("whole").to_string();
    assert!(
        report.contains(r#""search":{"languages":[]}"#) || !report.contains("queries"),
        "{report}"
    );
    let withheld = anonymous.withheld().iter().filter(|w| w.why.contains("consent")).count();
    assert_eq!(withheld, 2, "{:?}", anonymous.withheld());
    assert!(!String::from_utf8_lossy(&anonymous.otlp()).contains("stacks.queries"));
}
