//! What is derived from a contract: the example, the schema, the notice and the documentation.

use std::path::{Path, PathBuf};
use std::{env, fs};

use headcount_contract::{Contract, Document, NoticeFacts};

use crate::golden::{golden, header, text};
use crate::request::LIBRARY;
use crate::validator::faults;

const SOUND: [&str; 0] = [];

fn every(check: impl Fn(&Contract, &str)) {
    assert_eq!(LIBRARY.iter().count(), 8);
    LIBRARY.iter().for_each(|contract| check(contract, &contract.label()));
}

/// The name of a contract in a file name.
fn file_name(contract: &Contract) -> String {
    contract.label().replace('/', "-")
}

#[test]
fn an_example_comes_back_from_the_wire_as_it_was() {
    every(|contract, label| {
        let example = contract.example();
        let part = contract.part(&example, &header()).unwrap_or_else(|e| panic!("{label}: {e}"));
        assert_eq!(contract.report(&part).as_ref(), Ok(&example), "{label}");
        assert_eq!(contract.example(), example, "{label}");
        insta::assert_snapshot!(format!("example_{}", file_name(contract)), example.pretty());
    });
}

#[test]
fn a_notice_says_all_of_it() {
    every(|contract, label| {
        let facts = NoticeFacts {
            destination: "https://usage.example.org",
            instance: Some("staging"),
            configuration: Some("telemetry.enabled in /etc/example.yaml"),
            application: Some("Settings, Privacy"),
            operator: Some("headcount operator … /var/lib/example"),
            preview: Some("example usage preview"),
            documentation: Some("https://example.org/usage-reports"),
        };
        let notice = contract.notice(&facts);
        for line in notice.lines() {
            assert!(line.chars().count() <= 78 && line == line.trim_end(), "{label}: {line}");
        }
        for (path, leaf) in contract.structure().leaves() {
            let key = path.rsplit(['.', ']']).next().expect("a path ends in a key");
            assert!(notice.contains(key), "{label}: {path}");
            let brief = leaf.brief.as_deref().unwrap_or_default();
            let unwrapped = notice.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(unwrapped.contains(brief), "{label}: {brief}");
        }
        insta::assert_snapshot!(format!("notice_{}", file_name(contract)), notice);
    });
}

#[test]
fn a_notice_needs_no_more_than_a_destination() {
    let contract = LIBRARY.find("manyfold").expect("it ships");
    let facts = NoticeFacts { destination: "https://usage.example.org", ..NoticeFacts::default() };
    insta::assert_snapshot!(contract.notice(&facts));
}

#[test]
fn a_contract_can_say_where_reports_go() {
    let yaml = "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: none\n\
        consent: { default: opt_in }\nreport: { v: { $const: 1 } }\n\
        receiver: { endpoint: \"https://usage.shop.example.org\", environment: SHOP_USAGE_URL }\n";
    let contract = Contract::parse("shop.yaml", yaml).expect("a contract");
    let notice = contract.notice(&NoticeFacts::default());
    assert!(notice.contains(
        "Where reports go\n  https://usage.shop.example.org\n\n  To send them elsewhere, for example to \
         look at them: SHOP_USAGE_URL=URL in\n  the environment.\n"
    ), "{notice}");
    let redirected = NoticeFacts { destination: "http://127.0.0.1:4318", ..NoticeFacts::default() };
    assert!(contract.notice(&redirected).contains("Where reports go\n  http://127.0.0.1:4318\n"));
    let page = contract.documentation();
    assert!(page.contains(
        "To `https://usage.shop.example.org`. `SHOP_USAGE_URL=URL` in the environment sends them elsewhere."
    ), "{page}");
    assert!(page.contains("(`SHOP_USAGE_URL=http://127.0.0.1:4318`)"), "{page}");
}

#[test]
fn who_has_not_decided_tells_the_least() {
    let text = |default: &str, level: &str| {
        let yaml = format!(
            "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: none\n\
             consent: {{ default: {default} }}\n\
             report: {{ sold: {{ $gauge: shop.sold, brief: Sold, level: {level} }} }}\n"
        );
        let contract = Contract::parse("shop.yaml", &yaml).expect("a contract");
        [contract.notice(&NoticeFacts::default()), contract.documentation()]
            .map(|text| text.matches("reports are of level basic").count())
    };
    assert_eq!(text("opt_out", "usage"), [1, 1]);
    assert_eq!(text("opt_out", "basic"), [0, 0], "there is one level only");
    assert_eq!(text("opt_in", "usage"), [0, 0], "nothing is sent before somebody agrees");
}

#[test]
fn the_generated_documents_are_those_that_are_committed() {
    every(|contract, _| {
        let name = file_name(contract);
        let docs = docs();
        generated(&docs.join(format!("{name}.md")), &contract.documentation());
        let schema = format!("{}\n", contract.json_schema().pretty());
        generated(&docs.join(format!("{name}.schema.json")), &schema);
    });
    let files = fs::read_dir(docs()).expect("the folder of generated documents").count();
    assert_eq!(files, 2 * LIBRARY.iter().count(), "no document without a contract");
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Compares with the committed document, or writes it where `HEADCOUNT_BLESS=1` asks for that.
pub(crate) fn generated(file: &Path, text: &str) {
    if env::var_os("HEADCOUNT_BLESS").is_some_and(|bless| bless == "1") {
        fs::create_dir_all(file.parent().expect("a file in a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    let committed = fs::read_to_string(file).unwrap_or_default();
    let place = committed.lines().zip(text.lines()).position(|(committed, now)| committed != now);
    assert!(
        committed == text,
        "{} is not what its contract gives, from line {:?} on; HEADCOUNT_BLESS=1 writes it anew",
        file.display(),
        place.map(|index| index + 1)
    );
}

#[test]
fn a_schema_takes_the_example_and_every_golden_report() {
    every(|contract, label| {
        let schema = contract.json_schema();
        assert_eq!(faults(&schema, &contract.example()), SOUND, "{label}");
    });
    for (name, golden) in golden("recorded") {
        let contract = LIBRARY.find(&text(&golden, "contract")).expect("it ships");
        let report = golden.get("report").expect("a report");
        assert_eq!(faults(&contract.json_schema(), report), SOUND, "{name}");
    }
    for (name, report) in golden("documented") {
        let contract = LIBRARY.find(&name.replace('-', "/")).expect("it ships");
        assert_eq!(faults(&contract.json_schema(), &report), SOUND, "{name}");
    }
}

/// A golden report with one piece of its text replaced.
fn spoilt(name: &str, from: &str, to: &str) -> Document {
    let golden = golden("recorded").into_iter().find(|(known, _)| known == name);
    let (_, golden) = golden.unwrap_or_else(|| panic!("expected a golden file {name}"));
    let report = golden.get("report").expect("a report").to_string();
    assert!(report.contains(from), "{from} stands in {report}");
    Document::parse(&report.replacen(from, to, 1)).expect("JSON")
}

#[test]
fn a_schema_refuses_what_is_no_report() {
    let cases = [
        ("openwisp/1", "openwisp-1-heartbeat", "\"Heartbeat\"", "\"Daily\""),
        ("openwisp/1", "openwisp-1-heartbeat", "\"Heartbeat\"", "\"Consent Withdrawn\""),
        ("openwisp/1", "openwisp-1-heartbeat", "\"kernel_version\"", "\"kernel_flavour\""),
        ("openwisp/1", "openwisp-1-heartbeat", "\"times\":1,", ""),
        ("openwisp/1", "openwisp-1-heartbeat", "\"idsite\":5", "\"idsite\":6"),
        ("openwisp/1", "openwisp-1-opt-out", "\"Opt-out\"", "\"Opt-in\""),
        ("openfn/2", "openfn-2", "\"report_date\":\"20", "\"report_date\":\"0"),
        ("openfn/2", "openfn-2", ".000000Z", "Z"),
        ("openfn/2", "openfn-2", "\"version\":\"2\"", "\"version\":2"),
        ("openfn/2", "openfn-2", "\"no_of_users\":", "\"no_of_users\":-"),
        ("openfn/2", "openfn-2", "\"no_of_users\":", "\"users\":"),
        ("openfn/2", "openfn-2", "\"projects\":[", "\"projects\":[7,"),
        ("flowfuse/1.5", "flowfuse-1.5", "\"enabled\":true", "\"enabled\":1"),
        ("flowfuse/1.5", "flowfuse-1.5-unlicensed", "\"id\":\"\"", "\"id\":\"none\""),
        ("flowfuse/1.5", "flowfuse-1.5-unlicensed", "\"id\":\"\"", "\"id\":null"),
        ("manyfold/0.90", "manyfold-0.90-own-image", "\"image\":null", "\"image\":\"\""),
        ("manyfold/0.90", "manyfold-0.90-own-image", "\"image\":null,", ""),
    ];
    for (label, name, from, to) in cases {
        let schema = LIBRARY.find(label).expect("it ships").json_schema();
        let report = spoilt(name, from, to);
        assert_ne!(faults(&schema, &report), SOUND, "{name}: {from} → {to}");
    }
}
