//! The same report, over either protocol: the second time nothing is new.

use std::time::{Duration, UNIX_EPOCH};

use headcount::contract::{Contract, Level, Reason};
use headcount::{Exporter, Protocol};

use crate::receiver::Receiver;

#[test]
fn a_report_is_stored_alike_over_either_protocol() {
    // 2024-04-26, at its start.
    let midnight = UNIX_EPOCH + Duration::from_hours(476_136);
    let stored = [Protocol::Http, Protocol::Grpc].map(|protocol| {
        let receiver = Receiver::start();
        let contract = include_str!("../../contracts/bookshelf.yaml");
        let contract = Contract::parse("bookshelf.yaml", contract).expect("a whole contract");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let exporter = Exporter::builder(contract, folder.path())
            .endpoint(receiver.url())
            .protocol(protocol)
            .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
            .attribute("service.version", "1.4.0")
            .environment(|_| None)
            .build()
            .expect("a whole configuration");
        exporter.agree(Level::Basic).expect("a folder to keep it in");
        exporter.meter().u64_gauge("bookshelf.readers").build().record(3, &[]);
        for _ in 0..2 {
            let outcome = exporter.send(Reason::Daily, midnight).expect("consent");
            assert_eq!(outcome.to_string(), "delivered", "{protocol:?}");
        }
        let reports = receiver.reports("bookshelf");
        assert_eq!(reports.len(), 1, "{protocol:?}");
        reports[0].to_string()
    });
    assert_eq!(stored[0], stored[1]);
    assert!(stored[0].ends_with(r#","version":"1.4.0","readers":3}"#), "{}", stored[0]);
}
