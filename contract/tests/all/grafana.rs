//! The committed dashboards are those of the contracts that ship.

use std::path::Path;
use std::{env, fs};

use headcount_contract::Library;

/// The applications whose dashboards `deploy/grafana/` has: of the newest version of each contract.
const APPLICATIONS: [&str; 5] = ["openfn", "openwisp", "flowforge", "flowfuse", "manyfold"];

#[test]
fn the_dashboards_of_deploy_are_those_of_the_contracts() {
    let library = Library::built_in();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/grafana");
    for name in APPLICATIONS {
        let contract = library.find(name).expect("it ships");
        let dashboard = contract.grafana_dashboard().expect("it publishes figures").pretty() + "\n";
        let file = folder.join(format!("headcount-{name}.json"));
        if env::var_os("HEADCOUNT_BLESS").is_some_and(|bless| bless == "1") {
            fs::write(&file, &dashboard).expect("it can be written");
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        assert!(written == dashboard, "{file:?} is another; HEADCOUNT_BLESS=1 writes it anew");
    }
}

#[test]
fn every_application_that_ships_has_one() {
    let library = Library::built_in();
    assert!(library.iter().all(|contract| APPLICATIONS.contains(&contract.name())));
}
