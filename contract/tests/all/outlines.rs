//! What an application has to record, seen from the contract.

use headcount_contract::{Contract, Level, Type};

use crate::request::LIBRARY;

const SHOP: &str = r#"
contract: shop
version: "1"
brief: A shop.
identity: none
consent: { default: opt_in, environment: SHOP_TELEMETRY }
schedule: { covers: now, daily: random }
report:
  open: { $gauge: shop.open, type: boolean, brief: Whether it is open }
  branches:
    $each: shop.branch
    max: 10
    name: { $attribute: shop.branch, brief: The branch }
    city: { $attribute: shop.city, optional: omit, brief: Where it is }
    floor: { $attribute: shop.floor, type: integer, brief: Which floor, level: usage }
    size: { $gauge: shop.size, unit: m2, type: double, level: usage, brief: How large it is }
    tills:
      $each: shop.till
      max: 10
      id: { $id: shop.till, hash: hmac_sha256, encoding: hex, brief: The till }
      sales: { $gauge: shop.sales, unit: "{sale}", brief: Sales }
  modules:
    $each_point: shop.module
    max: 10
    name: { $attribute: shop.module.name, brief: The module }
    edition: { $attribute: shop.module.edition, optional: "null", brief: Its edition }
"#;

/// Name, type and the attributes of each gauge; those that a point may lack end in `?`.
fn outlines(contract: &Contract) -> Vec<String> {
    let outline = |gauge: headcount_contract::GaugeOutline<'_>| {
        let attributes: Vec<_> = gauge
            .attributes
            .iter()
            .map(|a| format!("{}{}", a.name, if a.required { "" } else { "?" }))
            .collect();
        format!("{} {:?} [{}]", gauge.name, gauge.kind, attributes.join(" "))
    };
    contract.gauges().map(outline).collect()
}

#[test]
fn a_gauge_names_the_attributes_of_every_list_that_it_lies_in() {
    let contract = Contract::parse("shop.yaml", SHOP).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        outlines(&contract),
        [
            "shop.open Boolean []",
            "shop.size Double [shop.branch shop.city? shop.floor]",
            "shop.sales Integer [shop.branch shop.city? shop.floor shop.till]",
            "shop.module Integer [shop.module.name shop.module.edition?]",
        ]
    );
    let gauges: Vec<_> = contract.gauges().collect();
    let kinds: Vec<_> = gauges[2].attributes.iter().map(|attribute| attribute.kind).collect();
    assert_eq!(kinds, [Type::Text, Type::Text, Type::Integer, Type::Text]);
    assert_eq!((gauges[1].unit, gauges[1].level), (Some("m2"), Level::Usage));
    assert_eq!((gauges[1].brief, gauges[3].brief), (Some("How large it is"), None));
    assert_eq!(gauges[3].entities().collect::<Vec<_>>(), ["shop.module.name"]);
    assert_eq!(contract.resource_attributes().count(), 0);
}

#[test]
fn every_wire_name_of_the_shipped_contracts_is_a_gauge_or_an_attribute() {
    for contract in LIBRARY.iter() {
        let gauges: Vec<_> = contract.gauges().collect();
        let known = |name: &str| {
            contract.resource_attributes().any(|attribute| attribute == name)
                || gauges.iter().any(|gauge| {
                    gauge.name == name || gauge.attributes.iter().any(|a| a.name == name)
                })
        };
        for (path, leaf) in contract.structure().leaves() {
            assert!(leaf.wire_name().is_none_or(known), "{}: {path}", contract.label());
        }
    }
}
