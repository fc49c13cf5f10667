//! What is derived from a contract: the example, the schema, the notice and the documentation.

use headcount_contract::{Contract, Document, Library};

use crate::golden::{GOLDEN, header};
use crate::validator::faults;

fn every(check: impl Fn(&Contract, &str)) {
    let library = Library::built_in();
    assert_eq!(library.iter().count(), 8);
    library.iter().for_each(|contract| check(contract, &contract.label()));
}

#[test]
fn an_example_comes_back_from_the_wire_as_it_was() {
    every(|contract, label| {
        let example = contract.example();
        let part = contract.part(&example, &header()).unwrap_or_else(|e| panic!("{label}: {e}"));
        assert_eq!(contract.report(&part).as_ref(), Ok(&example), "{label}");
        assert_eq!(contract.example(), example, "{label}");
    });
}

#[test]
fn a_schema_takes_the_example_and_the_documented_reports() {
    every(|contract, label| {
        let schema = contract.json_schema();
        assert_eq!(faults(&schema, &contract.example()), [] as [&str; 0], "{label}");
    });
    let library = Library::built_in();
    for (label, report) in GOLDEN {
        let schema = library.find(label).expect("it ships").json_schema();
        let report = Document::parse(report).expect("JSON");
        assert_eq!(faults(&schema, &report), [] as [&str; 0], "{label}");
    }
}
