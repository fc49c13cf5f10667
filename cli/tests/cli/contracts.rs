//! `headcount contract …`

use headcount_contract::{Contract, Document, Library};

use crate::running::{folder, run, run_in, write};

pub(crate) const SHOP: &str = r#"contract: shop
version: "1"
brief: How one shop is used.
identity: stable
consent: { default: opt_in }
schedule: { covers: now, daily: random }
report:
  id: { $id: service.instance.id, hash: sha256, encoding: hex }
  orders: { $gauge: shop.orders, unit: "{order}", brief: Orders within the day }
"#;

#[test]
fn check_says_ok_of_good_contracts() {
    let folder = folder();
    write(&folder, "shop.yaml", SHOP);
    let ended = run_in(folder.path(), &["contract", "check", "shop.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "shop.yaml: ok, shop/1 with 2 values\n");
    assert_eq!(ended.err, "");
}

#[test]
fn check_knows_the_built_in_contracts() {
    let ended = run(&["contract", "check", "openfn/2", "manyfold"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // What Manyfold documents of its figures is what is warned about.
    assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
    assert!(ended.err.contains("warning: `min_count: 1` shows"), "{ended:?}");
    let begins: Vec<_> = ended.out.lines().filter_map(|line| line.split(" with").next()).collect();
    assert_eq!(begins, ["openfn/2: ok, openfn/2", "manyfold: ok, manyfold/0.90"]);
}

#[test]
fn check_finds_every_mistake_of_every_file() {
    let folder = folder();
    write(&folder, "good.yaml", SHOP);
    write(
        &folder,
        "keys.yaml",
        &SHOP.replace("consent: { default: opt_in }", "consnt: { default: opt_in }"),
    );
    write(&folder, "leaf.yaml", &SHOP.replace(", brief: Orders within the day", ", unti: x"));
    let files = ["contract", "check", "keys.yaml", "good.yaml", "leaf.yaml", "none.yaml"];
    let ended = run_in(folder.path(), &files);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert_eq!(ended.out, "good.yaml: ok, shop/1 with 2 values\n");
    let places: Vec<_> = ended.err.lines().skip(1).map(|line| line.split(' ').next()).collect();
    let expected =
        ["keys.yaml:1:1:", "keys.yaml:5:1:", "leaf.yaml:9:11:", "leaf.yaml:9:51:", "none.yaml:"];
    assert_eq!(places, expected.map(Some), "{}", ended.err);
    assert_eq!(
        ended.err.lines().next(),
        Some("headcount: expected contracts without mistakes, got 5 mistakes")
    );
}

#[test]
fn check_warns_and_is_content() {
    let folder = folder();
    write(&folder, "shop.yaml", &SHOP.replace("identity: stable", "identity: { rotating: 30d }"));
    let ended = run_in(folder.path(), &["contract", "check", "shop.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.starts_with("shop.yaml:9:"), "{}", ended.err);
    assert!(ended.err.contains(": warning: "), "{}", ended.err);
}

#[test]
fn list_has_a_line_for_each_built_in_contract() {
    let ended = run(&["contract", "list"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let listed: Vec<_> =
        ended.out.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(listed, Library::built_in().labels());
    assert!(ended.out.lines().all(|line| line.chars().count() <= 100), "{}", ended.out);
}

#[test]
fn what_show_prints_is_the_contract() {
    let library = Library::built_in();
    for contract in library.iter() {
        let ended = run(&["contract", "show", &contract.label()]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let shown = Contract::parse("shown.yaml", &ended.out).expect("it is a contract");
        assert_eq!(shown.digest(), contract.digest());
        assert!(ended.out.contains(&contract.digest().to_string()));
    }
}

#[test]
fn schema_example_notice_and_docs_are_those_of_the_contract() {
    let library = Library::built_in();
    for contract in library.iter() {
        let said = |command| {
            let ended = run(&["contract", command, &contract.label()]);
            assert_eq!(ended.code, Some(0), "{ended:?}");
            ended.out
        };
        let document = |text: &str| Document::parse(text).expect("JSON");
        assert_eq!(document(&said("schema")), contract.json_schema());
        assert_eq!(document(&said("example")), contract.example());
        assert_eq!(said("docs").trim_end(), contract.documentation().trim_end());
        assert!(said("notice").contains(&contract.digest().to_string()));
    }
}

#[test]
fn a_contract_is_a_label_or_a_file_and_a_bare_name_is_the_newest() {
    let folder = folder();
    write(&folder, "shop.yaml", SHOP);
    let ended = run_in(folder.path(), &["contract", "example", "shop.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("\"orders\""), "{}", ended.out);
    assert!(run(&["contract", "show", "openfn"]).out.starts_with("# contract:   openfn/3\n"));
    let ended = run(&["contract", "show", "openfn/9"]);
    assert_eq!(ended.code, Some(64));
    assert!(
        ended.err.contains("openfn/2") && ended.err.ends_with("got openfn/9\n"),
        "{}",
        ended.err
    );
}

#[test]
fn the_notice_names_the_destination() {
    let ended =
        run(&["contract", "notice", "manyfold", "--destination", "https://telemetry.example.net"]);
    assert!(ended.out.contains("https://telemetry.example.net"), "{}", ended.out);
}

#[test]
fn diff_says_no_to_widening_and_yes_to_the_rest() {
    let wider = run(&["contract", "diff", "openfn/2", "openfn/3"]);
    assert_eq!(wider.code, Some(1), "{wider:?}");
    assert!(
        wider.out.contains("widening   instance.no_of_monthly_active_users: "),
        "{}",
        wider.out
    );
    assert!(wider.err.contains("needs a new consent"), "{}", wider.err);
    let narrower = run(&["contract", "diff", "openfn/3", "openfn/2"]);
    assert_eq!(narrower.code, Some(0), "{narrower:?}");
    assert!(narrower.out.contains("narrowing  "), "{}", narrower.out);
    let same = run(&["contract", "diff", "openfn/3", "openfn"]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), ""));
}

#[test]
fn diff_wants_a_new_version_for_other_content() {
    let folder = folder();
    write(&folder, "shop.yaml", SHOP);
    write(&folder, "other.yaml", &SHOP.replace("Orders within the day", "Orders of the day"));
    let said = "headcount: expected a new `version`, got shop/1 with other content\n";
    let ended = run_in(folder.path(), &["contract", "diff", "shop.yaml", "other.yaml"]);
    assert!(ended.err.contains(said), "{ended:?}");
    let ended = run_in(folder.path(), &["contract", "diff", "shop.yaml", "shop.yaml"]);
    assert!(!ended.err.contains("expected"), "{ended:?}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let ended = run(&["reports", "--from", "2026-11-02", "--to", "2026-11-01"]);
    assert!(ended.err.contains("Usage: headcount reports [OPTIONS]"), "{}", ended.err);
    for arguments in [
        &[][..],
        &["contract", "check"],
        &["contract", "diff", "openfn/2"],
        &["serve", "--listen", "localhost:4317"],
        &["serve", "--store", "postgres:x"],
        &["reports", "--date", "yesterday"],
        &["reports", "--date", "2026-11-01", "--from", "2026-11-01"],
        &["reports", "--from", "2026-11-02", "--to", "2026-11-01"],
        &["reports", "--contract", "/2"],
    ] {
        let ended = run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert_eq!(ended.out, "", "{arguments:?}");
    }
}
