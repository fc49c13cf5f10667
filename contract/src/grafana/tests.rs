use std::collections::BTreeSet;

use crate::{Contract, Document, Library};

fn list<'d>(document: &'d Document, key: &str) -> &'d [Document] {
    match document.get(key) {
        Some(Document::List(items)) => items,
        _ => &[],
    }
}

fn number(document: &Document, key: &str) -> i64 {
    match document.get(key) {
        Some(Document::Int(number)) => *number,
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn every_figure_of_every_shipped_contract_has_a_panel() {
    for contract in Library::built_in().iter() {
        let Some(dashboard) = contract.grafana_dashboard() else {
            assert!(contract.publish().figures.is_empty());
            continue;
        };
        let text = dashboard.to_string();
        for metric in contract.metrics() {
            assert!(
                text.contains(&format!("last_over_time({}", metric.family)),
                "{}",
                metric.family
            );
        }
    }
}

#[test]
fn panels_have_numbers_of_their_own_and_do_not_overlap() {
    for contract in Library::built_in().iter() {
        let Some(dashboard) = contract.grafana_dashboard() else { continue };
        let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
        for panel in list(&dashboard, "panels") {
            assert!(ids.insert(number(panel, "id")));
            let place = panel.get("gridPos").unwrap();
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| number(place, key));
            assert!(x + w <= 24);
            for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
                assert!(cells.insert(cell), "{}: {cell:?}", contract.label());
            }
            let refs: Vec<_> =
                list(panel, "targets").iter().map(|query| query.get("refId")).collect();
            for (place, one) in refs.iter().enumerate() {
                assert!(!refs[place + 1..].contains(one), "{one:?}");
            }
        }
    }
}

#[test]
fn a_contract_that_publishes_nothing_has_no_dashboard() {
    let text = "\
contract: shop
version: '1'
brief: A shop.
identity: stable
consent: { default: opt_out }
report:
  id: { $id: service.instance.id, hash: hmac_sha256 }
";
    assert_eq!(Contract::parse("shop.yaml", text).unwrap().grafana_dashboard(), None);
}

#[test]
fn the_same_contract_gives_the_same_dashboard() {
    let text = || {
        let library = Library::built_in();
        library.find("openfn").unwrap().grafana_dashboard().unwrap().pretty()
    };
    assert_eq!(text(), text());
}
