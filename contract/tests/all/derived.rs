//! What is derived from a contract.

use headcount_contract::Library;

use crate::golden::header;

#[test]
fn an_example_comes_back_from_the_wire_as_it_was() {
    for contract in Library::built_in().iter() {
        let label = contract.label();
        let example = contract.example();
        let part = contract
            .part(&example, &header())
            .unwrap_or_else(|e| panic!("{label}: {e}"));
        assert_eq!(contract.report(&part).as_ref(), Ok(&example), "{label}");
        assert_eq!(contract.example(), example, "{label}");
    }
}
