//! The registry of a contract; that it says what the contract says is shown end to end, by another parser.

use headcount_contract::{Contract, Reason};

use crate::request::LIBRARY;

/// What the shipped contracts have no example of.
const SHOP: &str = r#"
contract: shop
version: "1"
brief: A shop.
identity: { rotating: 30d }
consent: { default: opt_in, announce: true, grace: 24h }
schedule: { covers: now, daily: ["01:30"], events: [install] }
report:
  id: { $id: service.instance.id, hash: hmac_sha256, optional: omit }
  plan: { $attribute: shop.plan, brief: The plan, map: { a: "on", A: "off" }, other: "~", level: usage }
  open: { $gauge: shop.open, type: boolean, brief: Whether it is open, deprecated: "nobody asks: it is", since: "1.1" }
  size: { $gauge: shop.size, unit: m2, type: double, brief: How large, range: { max: 0.5 }, buckets: [0, 0.25] }
  branches:
    $each: shop.branch
    max: 10
    name: { $attribute: shop.branch, brief: The branch, cut_at: "-", pattern: '\w+', example: Oslo }
    floor: { $attribute: shop.floor, type: integer, optional: omit, brief: Which floor, stability: alpha }
    sales: { $gauge: shop.sales, unit: "{sale}", level: statistics, brief: "Sales:\ntheirs" }
  tills:
    $each: shop.till
    id: { $id: shop.till, hash: none, type: uuid, brief: The till }
    floor: { $attribute: shop.floor, brief: The till's floor }
    count: { $gauge: shop.count, brief: A count }
"#;

/// The files of a registry, one after the other.
fn registry(contract: &Contract) -> String {
    let files = contract.weaver_registry();
    files.iter().flat_map(|file| ["--- ", file.name, "\n", &file.text]).collect()
}

#[test]
fn a_registry_of_a_list_of_points() {
    let openwisp = LIBRARY.find("openwisp/1").expect("it ships");
    insta::assert_snapshot!(registry(openwisp));
}

#[test]
fn a_registry_of_all_that_a_contract_can_say() {
    let shop = Contract::parse("shop.yaml", SHOP).unwrap_or_else(|e| panic!("{e}"));
    insta::assert_snapshot!(registry(&shop));
}

#[test]
fn the_envelope_knows_every_reason() {
    let openwisp = LIBRARY.find("openwisp/1").expect("it ships");
    let files = openwisp.weaver_registry();
    let envelope =
        files.iter().find(|file| file.name == "envelope.yaml").expect("every report has one");
    let known: Vec<_> =
        envelope.text.lines().filter_map(|line| line.split("value: ").nth(1)).collect();
    let known: Vec<_> = known.iter().filter_map(|rest| rest.split(',').next()).collect();
    assert_eq!(known, Reason::ALL.map(Reason::as_str));
}
