//! `headcount serve`

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::contracts::SHOP;
use crate::running::{Listening, folder, run_in, write};

/// A whole report of Manyfold, as a stock SDK would send it.
pub(crate) fn manyfold(id: &str, day: u64) -> String {
    let text = |key: &str, value: &str| {
        format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
    };
    let attributes = [
        text("service.name", "manyfold"),
        text("service.version", "v0.67.0"),
        text("service.instance.id", id),
        text("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2"),
        text("manyfold.platform", "arm-linux-musleabihf"),
        text("host.name", "printer-in-the-basement"),
    ];
    request(&attributes.join(","), "headcount.report", day)
}

/// A report of one gauge with the value 1, at noon of a day since 1970.
pub(crate) fn request(attributes: &str, gauge: &str, day: u64) -> String {
    let nanoseconds = (day * 86_400 + 43_200) * 1_000_000_000;
    format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{attributes}]}},"scopeMetrics":[{{"metrics":[
        {{"name":"{gauge}","gauge":{{"dataPoints":[{{"timeUnixNano":"{nanoseconds}","asInt":"1"}}]}}}}]}}]}}]}}"#
    )
}

/// A UTC day of this week, since 1970: reports for it are taken. The next two days are not in the future.
pub(crate) static DAY: LazyLock<u64> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock behind 1970");
    now.as_secs() / 86_400 - 3
});

/// Such a day as a date.
pub(crate) fn date(day: u64) -> String {
    let second = i64::try_from(day * 86_400).expect("a day of this era");
    let moment = jiff::Timestamp::from_second(second).expect("a day of this era");
    moment.strftime("%Y-%m-%d").to_string()
}

const ID: &str = "fdb45536-cba8-4204-b352-71fc1062fd95";

#[test]
fn it_says_what_it_does_and_drains_on_sigterm() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    let serving = Listening::start(folder.path(), &arguments, 2);
    assert!(serving.addresses.iter().all(|address| address.port() != 0));
    for expected in [
        "headcount: contracts openfn/1, openfn/2, ",
        "headcount: store sqlite:headcount.db: durable, ",
        "headcount: reports are kept 7 days (manyfold/0.90), 400 days (openfn/1, ",
        " (OTLP/gRPC and OTLP/HTTP)\n",
    ] {
        assert!(serving.announced.contains(expected), "{expected}: {}", serving.announced);
    }
    assert_eq!(serving.post(&manyfold(ID, *DAY)), (200, "{}".to_owned()));
    let (code, said) = serving.end("-TERM");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("headcount: stopped\n"), "{said}");
    let reports = run_in(folder.path(), &["reports"]);
    assert_eq!(reports.code, Some(0), "{reports:?}");
    assert_eq!(reports.out.lines().count(), 1, "{reports:?}");
}

/// What a receiver says at its start, with ports that are always the same.
fn announced(arguments: &[&str]) -> String {
    let folder = folder();
    let arguments = [&["serve"], arguments].concat();
    let serving = Listening::start(folder.path(), &arguments, 1);
    serving.announced.replace(&serving.addresses[0].port().to_string(), "PORT")
}

#[test]
fn its_start_tells_what_it_keeps_how_long_and_how_safely() {
    insta::assert_snapshot!(announced(&["--listen", "127.0.0.1:0"]));
}

#[test]
fn its_start_warns_where_everybody_can_read_along() {
    let open = ["--store", "memory", "--listen", "0.0.0.0:0"];
    insta::assert_snapshot!(announced(&open));
    let proxied = announced(&[&open[..], &["--set", "proxies.trusted=10.0.0.0/8"]].concat());
    assert!(!proxied.contains("warning"), "{proxied}");
}

#[test]
fn it_ends_on_ctrl_c_and_a_memory_store_says_that_it_forgets() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--store", "memory"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    assert!(serving.announced.contains("store memory: volatile, "), "{}", serving.announced);
    let (code, said) = serving.end("-INT");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn it_ends_when_its_terminal_does() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--store", "memory"];
    let (code, said) = Listening::start(folder.path(), &arguments, 1).end("-HUP");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("headcount: stopped\n"), "{said}");
}

#[test]
fn flags_win_over_the_file_and_contracts_of_both_are_known() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("etc")).expect("a folder can be made");
    write(&folder, "etc/shop.yaml", SHOP);
    write(&folder, "more.yaml", &SHOP.replace("contract: shop", "contract: more"));
    let config = "listen = ['127.0.0.1:4317']\nstore = 'sqlite:data.db'\ncontracts = ['shop.yaml']";
    write(&folder, "etc/headcount.toml", config);
    let arguments = [
        "serve",
        "--config",
        "etc/headcount.toml",
        "--listen",
        "127.0.0.1:0",
        "--contract",
        "more.yaml",
    ];
    let serving = Listening::start(folder.path(), &arguments, 1);
    assert_ne!(serving.addresses[0].port(), 4317);
    assert!(serving.announced.contains(", shop/1, more/1\n"), "{}", serving.announced);
    assert!(serving.announced.contains("store sqlite:etc/data.db"), "{}", serving.announced);
    assert!(folder.path().join("etc/data.db").exists());
}

#[test]
fn nothing_starts_with_a_wrong_contract() {
    let folder = folder();
    write(&folder, "one.yaml", &SHOP.replace("identity: stable", "identity: sometimes"));
    write(&folder, "two.yaml", &SHOP.replace("contract: shop", "contract: openfn"));
    write(&folder, "three.yaml", &SHOP.replace("version: \"1\"", "version: \"1\"\nx: y"));
    let files = ["--contract", "one.yaml", "--contract", "two.yaml", "--contract", "three.yaml"];
    let ended =
        run_in(folder.path(), &[&["serve", "--listen", "127.0.0.1:0"], &files[..]].concat());
    assert_eq!(ended.code, Some(64), "{ended:?}");
    for place in ["one.yaml:4:11: ", "two.yaml: ", "three.yaml:3:1: "] {
        assert!(ended.err.lines().any(|line| line.starts_with(place)), "{place}: {}", ended.err);
    }
    assert!(!ended.err.contains("listening"), "{}", ended.err);
    assert!(!folder.path().join("headcount.db").exists());
}

#[test]
fn a_wrong_configuration_ends_with_64_and_its_place() {
    let folder = folder();
    write(&folder, "bad.toml", "store = 'memory'\nlisten = ['127.0.0.1']\n");
    let ended = run_in(folder.path(), &["serve", "--config", "bad.toml"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("\nbad.toml:2:11: expected an IP address and a port"), "{ended:?}");
    let ended = run_in(folder.path(), &["serve", "--config", "none.toml"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.contains("none.toml"), "{}", ended.err);
}

#[test]
fn what_cannot_work_is_said_before_anything_listens() {
    let folder = folder();
    write(&folder, "text.db", &"this is no database. ".repeat(100));
    let foreign = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:text.db"];
    let ended = run_in(folder.path(), &foreign);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.err.starts_with("headcount: expected a database"), "{}", ended.err);

    let first = Listening::start(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--store", "memory"],
        1,
    );
    let taken = first.addresses[0].to_string();
    let ended = run_in(folder.path(), &["serve", "--listen", &taken, "--store", "memory"]);
    // Not 64, so that a service manager tries again.
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(
        ended.err,
        format!(
            "headcount: expected to listen on {taken}, got: address already in use: stop what has \
             the port, or choose another with --listen\n"
        )
    );

    let store = ["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:none/reports.db"];
    let ended = run_in(folder.path(), &store);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    let said = format!(
        "headcount: expected the folder {} for the database, there is none: create it\n",
        folder.path().canonicalize().expect("it is there").join("none").display()
    );
    assert_eq!(ended.err, said);
}

#[test]
fn a_lost_secret_is_not_replaced() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    // No report yet, so nothing depends on the secret.
    assert_eq!(serving.end("-TERM").0, Some(0));
    let secret = folder.path().join("headcount.db.secret");
    std::fs::remove_file(&secret).expect("it is there");
    let serving = Listening::start(folder.path(), &arguments, 1);
    assert_eq!(serving.post(&manyfold(ID, *DAY)).0, 200);
    assert_eq!(serving.end("-TERM").0, Some(0));

    std::fs::remove_file(&secret).expect("it is there");
    let ended = run_in(folder.path(), &arguments);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert_eq!(
        ended.err,
        "headcount: expected the receiver's secret in headcount.db.secret, got none, without \
         which nobody can read the database that belongs to it: restore the file\n"
    );
    assert!(!secret.exists());
}

#[test]
fn rejected_points_are_told_to_the_operator_without_what_the_client_wrote() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--store", "memory"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    let name = r#"{"key":"service.name","value":{"stringValue":"manyfold"}}"#;
    for _ in 0..3 {
        assert_eq!(serving.post(&request(name, "some.gauge", *DAY)).0, 200);
    }
    let (_, said) = serving.end("-TERM");
    assert_eq!(said.matches("WARN").count(), 1, "{said}");
    assert!(said.contains("rejected data points; their sender is told"), "{said}");
    assert!(said.contains("points=1") && !said.contains("some.gauge"), "{said}");
}

#[test]
fn rust_log_says_what_is_logged() {
    let folder = folder();
    let mut command = crate::running::headcount();
    command.args(["serve", "--listen", "127.0.0.1:0", "--store", "memory"]).env("RUST_LOG", "x=y");
    let output = command.current_dir(folder.path()).output().expect("it starts");
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("expected RUST_LOG such as headcount_receiver=debug, got `x=y`: error"),
        "{said}"
    );
    assert_eq!(said.matches("error parsing level filter").count(), 1, "{said}");
}
