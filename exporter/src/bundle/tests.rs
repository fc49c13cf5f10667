use headcount_contract::{Anonymous, Library};

use super::*;
use crate::spool::tests::{MADE_AT, contract, report as acme, time};

fn spooled(report: &Anonymous) -> Spooled {
    Spooled::restore(report.contract(), report.otlp(), time(MADE_AT)).expect("its own bytes")
}

fn bundle() -> (Arc<Contract>, Vec<Spooled>) {
    let contract = contract("One");
    let reports = (1..=3).map(|seed| spooled(&acme(&contract, seed, seed.into()))).collect();
    (contract, reports)
}

fn refusal(text: &str, contracts: &[Arc<Contract>]) -> String {
    read(text, contracts, time(MADE_AT)).expect_err("refused").to_string()
}

#[test]
fn what_is_written_is_read_again() {
    let (contract, reports) = bundle();
    let text = write(&reports);
    assert_eq!(text.lines().count(), 3);
    for line in text.lines() {
        assert!(line.starts_with(r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"#));
    }
    let loose = format!("\n{}\r\n \n", text.replace('\n', "\r\n"));
    for text in [text, loose] {
        let read = read(&text, std::slice::from_ref(&contract), time(MADE_AT)).expect("a bundle");
        assert_eq!(read, reports);
    }
    assert_eq!(read("", &[contract], time(MADE_AT)).expect("an empty bundle"), []);
}

#[test]
fn a_bundle_may_hold_reports_of_several_contracts() {
    let (contract, reports) = bundle();
    let openfn = Library::built_in().find("openfn/2").expect("it ships").clone();
    let contracts = [openfn.clone(), contract];
    assert_eq!(read(&write(&reports), &contracts, time(MADE_AT)).expect("a bundle"), reports);
    let error = refusal(&write(&reports), &[openfn]);
    assert!(error.starts_with("line 1 of the bundle: expected exactly one report of openfn/2, "));
    let error = refusal(&write(&reports), &[]);
    assert_eq!(error, "line 1 of the bundle: expected contracts to check it by, got none");
}

#[test]
fn a_line_that_was_changed_is_named_and_nothing_is_taken() {
    let (contract, reports) = bundle();
    let text = write(&reports);
    let cases = [
        (r#""asInt":"12""#, r#""asInt":"12","flags":2"#, "say it in another way"),
        (r#""asInt":"12""#, r#""asInt":"twelve""#, "expected a 64-bit integer, got a string"),
        (r#""resource":{"#, r#""resource":{"droppedAttributesCount":1,"#, "in another way"),
        (r#""unit":"{report}""#, r#""unit":"secret""#, "say it in another way"),
        ("acme.users", "secret.users", "expected a metric of acme/1, got one that it does not"),
        (r#"{"resourceMetrics""#, "{secret", "malformed JSON"),
    ];
    for (before, after, expected) in cases {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert!(lines[1].contains(before), "{before} in {}", lines[1]);
        lines[1] = lines[1].replacen(before, after, 1);
        let error = refusal(&lines.join("\n"), std::slice::from_ref(&contract));
        assert!(error.starts_with("line 2 of the bundle: "), "{error}");
        assert!(error.contains(expected) && !error.contains("secret"), "{error}");
    }
}
