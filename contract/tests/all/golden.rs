//! Reports of the contracts that ship, both ways: report to OTLP, and OTLP to report.

use headcount_contract::{Document, Header, Reason, Secret, sort};
use headcount_proto::Limits;

use crate::request::LIBRARY;

const GOLDEN: [(&str, &str); 6] = [
    ("openfn/2", include_str!("../golden/openfn-2.json")),
    ("openwisp/1", include_str!("../golden/openwisp-1.json")),
    (
        "openwisp/1",
        include_str!("../golden/openwisp-1-opt-out.json"),
    ),
    (
        "flowforge/0.2",
        include_str!("../golden/flowforge-0.2.json"),
    ),
    ("flowfuse/1.5", include_str!("../golden/flowfuse-1.5.json")),
    (
        "manyfold/0.90",
        include_str!("../golden/manyfold-0.90.json"),
    ),
];

pub(crate) fn header() -> Header {
    let time_unix_nano = 1_714_089_600_000_000_000;
    Header {
        report_id: Header::report_id_at(time_unix_nano, [3; 10]),
        date: "2024-04-25".parse().expect("a date"),
        time_unix_nano,
        reason: Reason::Daily,
    }
}

#[test]
fn a_report_survives_the_wire() {
    let library = &*LIBRARY;
    for (label, text) in GOLDEN {
        let contract = library.find(label).expect("it ships");
        let report = Document::parse(text).expect("JSON");
        let part = contract
            .part(&report, &header())
            .unwrap_or_else(|e| panic!("{label}: {e}"));
        let bytes = contract.otlp(&part);
        let secret = Secret::new([1; 32]);
        let sorted = sort(library, &secret, &bytes, &Limits::default()).expect("OTLP");
        assert_eq!(sorted.first, None, "{label}");
        assert_eq!(sorted.arrived.len(), 1, "{label}");
        let arrived = &sorted.arrived[0];
        assert_eq!(arrived.part, part, "{label}");
        assert_eq!(
            format!("{}/{}", arrived.key.contract, arrived.key.version),
            label
        );
        let written = contract
            .report(&arrived.part)
            .unwrap_or_else(|e| panic!("{label}: {e}"));
        assert_eq!(written.pretty(), report.pretty(), "{label}");
    }
}
