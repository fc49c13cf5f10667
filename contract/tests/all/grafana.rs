//! The committed dashboards are those of the contracts that ship.

use std::path::Path;

use headcount_contract::Library;

use crate::derived::generated;

/// The applications whose dashboards `deploy/grafana/` has: of the newest version of each contract.
const APPLICATIONS: [&str; 5] = ["openfn", "openwisp", "flowforge", "flowfuse", "manyfold"];

#[test]
fn the_dashboards_of_deploy_are_those_of_the_contracts() {
    let library = Library::built_in();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/grafana");
    for name in APPLICATIONS {
        let contract = library.find(name).expect("it ships");
        let dashboard = contract.grafana_dashboard().expect("it publishes figures").pretty() + "\n";
        generated(&folder.join(format!("headcount-{name}.json")), &dashboard);
    }
}

#[test]
fn every_application_that_ships_has_one() {
    let library = Library::built_in();
    assert!(library.iter().all(|contract| APPLICATIONS.contains(&contract.name())));
}
