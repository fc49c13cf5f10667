//! Whatever Collectors do to a report on its way, it arrives whole and once, or it shows that it is not whole.

use std::collections::BTreeMap;

use headcount_contract::{
    Collected, Contract, Header, Identity, Level, Library, Part, Reason, ReportKey, Scalar, Secret,
    Sorted, anonymise, sort, sort_for_relay,
};
use headcount_proto::Limits;
use headcount_proto::otlp::{AnyValue, ExportMetricsServiceRequest, KeyValue, any_value};
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use prost::Message as _;

use crate::carried::{Item, after, encode, items, steps};
use crate::golden::{collected, golden, header, text};
use crate::relaying::as_sent;
use crate::request::{LIBRARY, NOON, gauge, openfn, point, resource};

const INSTANCE: &str = "service.instance.id";
const SECRET: [u8; 32] = [2; 32];

/// What came of requests: each report, merged, and how many points came more than once.
#[derive(Debug, Default, PartialEq)]
struct Held {
    reports: BTreeMap<ReportKey, Part>,
    sent: u64,
    duplicate: u64,
}

impl Held {
    /// Keeps what was sorted. All of it has to be taken.
    fn keep(&mut self, sorted: Sorted) {
        assert_eq!((sorted.rejected, sorted.left_out), (0, 0), "{:?}", sorted.first);
        self.sent += sorted.sent;
        self.duplicate += sorted.duplicate;
        for arrived in sorted.arrived {
            match self.reports.get_mut(&arrived.key) {
                None => drop(self.reports.insert(arrived.key, arrived.part)),
                Some(part) => self.duplicate += part.merge(arrived.part).duplicate,
            }
        }
    }

    fn points(&self) -> u64 {
        self.reports.values().map(Part::points).sum()
    }
}

/// Requests of many small pieces.
fn limits() -> Limits {
    Limits { resources: 100_000, scopes: 100_000, metrics: 100_000, ..Limits::default() }
}

fn received(requests: &[Vec<Item>], together: bool) -> Held {
    let mut held = Held::default();
    receive(&mut held, requests, together);
    held
}

fn receive(held: &mut Held, requests: &[Vec<Item>], together: bool) {
    for items in requests {
        let bytes = encode(items, together);
        held.keep(sort(&LIBRARY, &Secret::new([1; 32]), &bytes, &limits()).expect("OTLP"));
    }
}

/// What comes of an application's own metrics, at a relay or at a receiver.
fn of_an_application(
    contract: &Contract,
    relay: bool,
    requests: &[Vec<Item>],
    together: bool,
) -> Held {
    let library = Library::only(LIBRARY.find(&contract.label()).expect("it ships").clone());
    let any = |_: &Contract| Some(Date::MIN..=Date::MAX);
    let (secret, limits) = (Secret::new(SECRET), limits());
    let mut held = Held::default();
    for items in requests {
        let bytes = encode(items, together);
        let sorted = if relay {
            sort_for_relay(&any, &library, &secret, &bytes, &limits)
        } else {
            sort(&library, &secret, &bytes, &limits)
        };
        held.keep(sorted.expect("OTLP"));
    }
    held
}

/// What was recorded for every contract, each by an instance of its own, with the reason for its report.
fn recorded() -> Vec<(&'static Contract, Collected, Reason)> {
    let golden = golden("recorded").into_iter().enumerate();
    let recorded = golden.map(|(index, (_, golden))| {
        let contract = LIBRARY.find(&text(&golden, "contract")).expect("it ships");
        let mut collected = collected(&golden);
        for (key, value) in &mut collected.resource {
            if key == INSTANCE {
                *value = Scalar::Text(format!("{index:08x}-1c9e-4d7b-9a77-3a0f5d1f6f10"));
            }
        }
        let reason = Reason::from_name(&text(&golden, "reason")).expect("a reason");
        (&**contract, collected, reason)
    });
    recorded.collect()
}

/// The reports of the recordings, each as its exporter sends it.
fn reports() -> Vec<Vec<Item>> {
    let recorded = recorded().into_iter().enumerate();
    let report = recorded.map(|(index, (contract, collected, reason))| {
        let contract = LIBRARY.find(&contract.label()).expect("it ships");
        let random = [u8::try_from(index).expect("a few"); 8];
        let report_id = Header::report_id_at(header().time_unix_nano, 1, random);
        let header = Header { reason, report_id, ..header() };
        let secret = Secret::new(SECRET);
        let made = anonymise(contract, &collected, &header, Level::Basic, &secret);
        let otlp = made.expect("reportable").otlp();
        items(ExportMetricsServiceRequest::decode(&*otlp).expect("OTLP"))
    });
    report.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_collectors_do_to_reports_does_not_show(
        sent in subsequence(reports(), 1..4),
        steps in steps(),
        together in any::<bool>(),
    ) {
        let expected = received(&sent, true);
        prop_assert_eq!(expected.reports.len(), sent.len());
        let held = received(&after(&steps, sent), together);
        prop_assert_eq!(&held.reports, &expected.reports);
        prop_assert_eq!(held.points() + held.duplicate, held.sent);
        for (key, part) in &held.reports {
            let contract = LIBRARY.get(&key.contract, &key.version).expect("it ships");
            prop_assert_eq!(contract.draft(part).1, None, "it is whole");
        }
    }

    #[test]
    fn what_collectors_do_to_an_applications_own_metrics_does_not_show(
        recorded in proptest::sample::select(recorded()),
        relay in any::<bool>(),
        instances in 1..3_usize,
        steps in steps(),
        together in any::<bool>(),
    ) {
        let (contract, mut collected, _) = recorded;
        // Where nobody has an id, a receiver takes each request for a report of its own.
        let relay = relay || contract.identity() == Identity::None;
        let mut sent = Vec::new();
        for instance in 0..instances {
            let id = collected.resource.iter_mut().find(|(key, _)| key == INSTANCE);
            if let Some((_, value)) = id {
                *value = Scalar::Text(format!("{instance:08x}-1c9e-4d7b-9a77-3a0f5d1f6f10"));
            }
            let resource_metrics = vec![as_sent(contract, &collected)];
            sent.push(items(ExportMetricsServiceRequest { resource_metrics }));
        }
        let expected = of_an_application(contract, relay, &sent, true);
        let held = of_an_application(contract, relay, &after(&steps, sent), together);
        prop_assert_eq!(&held.reports, &expected.reports);
        prop_assert_eq!(held.points() + held.duplicate, held.sent);
    }

    #[test]
    fn a_report_of_which_something_is_missing_is_not_shown_as_whole_until_it_comes(
        report in proptest::sample::select(reports()),
        (before, after_it) in (steps(), steps()),
        late in any::<Index>(),
    ) {
        let whole = received(std::slice::from_ref(&report), true);
        let (key, part) = whole.reports.first_key_value().expect("a report");
        let contract = LIBRARY.get(&key.contract, &key.version).expect("it ships");
        let all = part.points();
        let mut rest = report;
        let late = rest.remove(late.index(rest.len()));
        let mut held = received(&after(&before, vec![rest]), true);
        if let Some(part) = held.reports.get(key) {
            let incomplete = contract.draft(part).1.expect("it lacks a point");
            prop_assert_eq!(incomplete.points(), Some((all - 1, all)));
            prop_assert!(contract.report(part).is_err());
        } else {
            prop_assert_eq!(all, 1, "without its only point there is no report");
        }
        receive(&mut held, &after(&after_it, vec![vec![late]]), true);
        prop_assert_eq!(&held.reports, &whole.reports);
        prop_assert!(contract.report(&held.reports[key]).is_ok());
    }
}

#[test]
fn two_reports_that_lost_their_ids_are_not_shown_as_one() {
    let project = |id| point(3, NOON, &[("openfn.project.id", id)]);
    let report = |id, points| {
        let mut attributes = openfn();
        let count = any_value::Value::DoubleValue(points);
        let value = Some(AnyValue { value: Some(count) });
        let key = "headcount.report.points".to_owned();
        attributes.push(KeyValue { key, value, ..Default::default() });
        let metrics = vec![
            gauge("openfn.users", vec![point(3, NOON, &[])]),
            gauge("openfn.project.users", vec![project(id)]),
        ];
        resource(attributes, metrics)
    };
    let [one, other] =
        ["1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "7d444840-9dc0-41d1-b245-5ffdce74fad2"];
    let received = crate::request::receive(&LIBRARY, vec![report(one, 2.0), report(other, 2.0)]);
    let contract = LIBRARY.find("openfn").expect("it ships");
    let incomplete = contract.draft(&received.arrived[0].part).1.expect("it is none");
    assert_eq!(incomplete.points(), Some((3, 2)));
    let text = incomplete.to_string();
    let expected = "expected a whole report, got one with 3 data points where its sender counted 2";
    assert!(text.starts_with(expected), "{text}");
}
