//! What is published beside the binary: the command line's help, and the files of `deploy/`.

use std::fs;
use std::path::Path;

use crate::running::{Listening, folder, run, run_in, write};

const COMMANDS: [&[&str]; 40] = [
    &[],
    &["demo"],
    &["serve"],
    &["relay"],
    &["reports"],
    &["stats"],
    &["store"],
    &["store", "show"],
    &["store", "erase"],
    &["store", "check"],
    &["store", "stats"],
    &["store", "backup"],
    &["store", "import"],
    &["inspect"],
    &["send"],
    &["contract"],
    &["contract", "check"],
    &["contract", "list"],
    &["contract", "show"],
    &["contract", "schema"],
    &["contract", "docs"],
    &["contract", "notice"],
    &["contract", "example"],
    &["contract", "collector"],
    &["contract", "grafana"],
    &["contract", "weaver"],
    &["contract", "diff"],
    &["operator"],
    &["operator", "status"],
    &["operator", "notice"],
    &["operator", "preview"],
    &["operator", "diff"],
    &["operator", "agree"],
    &["operator", "decline"],
    &["operator", "history"],
    &["operator", "send"],
    &["operator", "held"],
    &["operator", "erase"],
    &["operator", "export"],
    &["operator", "renew"],
];

/// `cli/README.md`: an introduction, and the help of every command.
fn readme() -> String {
    let mut text =
        "# headcount-cli\n\nThe binary `headcount`. This page is what its `--help` says, \
        written by a test.\n"
            .to_owned();
    for command in COMMANDS {
        let name = [&["headcount"], command].concat().join(" ");
        let help = run(&[command, &["--help"]].concat()).out;
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        text = format!("{text}\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    }
    text
}

/// Holds a file of the project against what it is made from, or writes it anew. No line is wider than this.
fn is_published(file: &str, expected: &str, width: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("HEADCOUNT_BLESS").is_some() {
        fs::write(&path, expected).expect("it can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "{file} is old: run the tests with HEADCOUNT_BLESS=1");
    let wide = expected.lines().find(|line| line.chars().count() > width);
    assert_eq!(wide, None);
}

#[test]
fn the_readme_is_what_help_says() {
    is_published("README.md", &readme(), 100);
}

/// The sample: every setting with its default, and a store where a service keeps it.
fn sample() -> String {
    let store = "sqlite:/var/lib/headcount/headcount.db";
    let printed = run(&["serve", "--print-config", "--store", store]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    printed.out.replace("  # --store\n", "\n")
}

#[test]
fn the_configuration_of_deploy_is_made_from_the_settings() {
    is_published("../deploy/headcount.toml", &sample(), 120);
}

/// The sample for a relay: every setting with its default, and what each relay has to say.
fn relay_sample() -> String {
    let (upstream, data) = ("https://usage.example.org", "/var/lib/headcount-relay");
    let relay = ["relay", "--contract", "openfn/2", "--upstream", upstream, "--data", data];
    let printed = run(&[&relay[..], &["--print-config"]].concat());
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let flags = ["--contract", "--upstream", "--data"];
    flags.iter().fold(printed.out, |text, flag| text.replace(&format!("  # {flag}\n"), "\n"))
}

#[test]
fn the_configuration_of_a_relay_is_made_from_its_settings() {
    is_published("../deploy/headcount-relay.toml", &relay_sample(), 120);
}

#[test]
fn a_receiver_starts_with_the_configuration_of_deploy() {
    let folder = folder();
    let local = sample().replace("sqlite:/var/lib/headcount/", "sqlite:");
    fs::write(folder.path().join("headcount.toml"), local).expect("it can be written");
    let arguments = ["serve", "--config", "headcount.toml", "--listen", "127.0.0.1:0"];
    let serving = Listening::start(folder.path(), &arguments, 1);
    assert!(serving.announced.contains("store sqlite:headcount.db"), "{}", serving.announced);
}

/// The settings that a page shows, each block as it would stand in a file.
fn settings_of(page: &str) -> Vec<String> {
    let (mut blocks, mut block) = (Vec::new(), None);
    for line in page.lines().map(str::trim) {
        match (line, &mut block) {
            ("```toml", None) => block = Some(String::new()),
            ("```", Some(_)) => blocks.extend(block.take()),
            (line, Some(text)) => text.extend([line, "\n"]),
            (_, None) => {}
        }
    }
    blocks
}

#[test]
fn the_settings_that_the_readme_of_deploy_shows_are_right() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/README.md");
    let blocks = settings_of(&fs::read_to_string(file).expect("it is there"));
    assert!(blocks.len() >= 3, "{blocks:?}");
    for text in blocks {
        let folder = folder();
        write(&folder, "headcount.toml", &text);
        let arguments = ["serve", "--print-config", "--config", "headcount.toml"];
        let printed = run_in(folder.path(), &arguments);
        assert_eq!(printed.code, Some(0), "{text}{printed:?}");
    }
}

/// The Collector's configurations in `deploy/collector/`, and how they are made.
const COLLECTORS: [(&str, &[&str]); 3] = [
    ("direct", &["--receiver", "https://usage.example.org"]),
    ("relay", &["--relay", "127.0.0.1:4328"]),
    ("gateway", &["--receiver", "https://usage.example.org"]),
];

#[test]
fn the_collectors_configurations_are_those_that_are_printed() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/collector");
    let readme = fs::read_to_string(deploy.join("README.md")).unwrap_or_default();
    for (set_up, target) in COLLECTORS {
        let kept = ["--storage", "/var/lib/otelcol/headcount", "--extensions", "health_check"];
        let command = [&["contract", "collector", "openfn/2"], target, &kept].concat();
        let printed = run(&command);
        assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""), "{printed:?}");
        let name = format!("{set_up}/headcount-openfn.yaml");
        let file = deploy.join(&name);
        if std::env::var_os("HEADCOUNT_BLESS").is_some() {
            fs::write(&file, &printed.out).expect("the configuration can be written");
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == printed.out,
            "deploy/collector/{name} is old: run the tests with HEADCOUNT_BLESS=1"
        );
        let said = format!("headcount {}", [&command[..3], target].concat().join(" "));
        assert!(readme.contains(&said), "the README has another command than `{said}`");
    }
}
