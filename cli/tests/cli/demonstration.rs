//! `headcount demo`

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use headcount_contract::Document;

use crate::running::{folder, headcount, run, run_in};

const FIVE: [&str; 5] =
    ["openfn/2", "openwisp/1", "flowforge/0.2", "flowfuse/1.5", "manyfold/0.90"];

/// The stored report that is shown under a label: the lines from `{` to `}`, without the sources.
fn report(out: &str, label: &str) -> Document {
    let stored = out.split_once("\n5  ").expect("the fifth step").1;
    let section = stored.split_once(&format!("   {label}\n")).expect("a section").1;
    let lines = section.lines().skip_while(|line| !line.starts_with("   {"));
    let mut json = String::new();
    for line in lines {
        // A source stands behind at least two spaces.
        let value = line[3..].trim_start().split("  ").next().expect("the first part");
        json.push_str(value);
        json.push('\n');
        if line == "   }" {
            break;
        }
    }
    Document::parse(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn it_ends_well_with_five_correct_reports() {
    let ended = run(&["demo"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.err, "");
    assert!(ended.out.contains("✓ 5 of 5 reports are right"), "{}", ended.out);
    assert!(!ended.out.contains('✗'), "{}", ended.out);
    for label in FIVE {
        assert!(ended.out.contains(&format!("✓ validated against {label}\n")), "{}", ended.out);
    }
    let documented = [
        ("flowforge/0.2", include_str!("../../src/demo/documented/flowforge.json")),
        ("flowfuse/1.5", include_str!("../../src/demo/documented/flowfuse.json")),
        ("manyfold/0.90", include_str!("../../src/demo/documented/manyfold.json")),
    ];
    for (label, text) in documented {
        assert_eq!(report(&ended.out, label), Document::parse(text).expect("JSON"), "{label}");
    }
    let openfn = report(&ended.out, "openfn/2").to_string();
    let hash = "EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC";
    assert!(openfn.contains(hash) && openfn.contains(r#""no_of_users":137"#), "{openfn}");
    let openwisp = report(&ended.out, "openwisp/1").to_string();
    assert!(openwisp.contains(r#""action":"kernel_version","name":"5.13.0""#), "{openwisp}");
}

#[test]
fn it_fits_a_terminal_and_has_colours_only_there() {
    let ended = run(&["demo"]);
    let wide = ended.out.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    assert!(!ended.out.contains('\u{1b}'));
    let mut command = headcount();
    let forced = command.arg("demo").env("CLICOLOR_FORCE", "1").output().expect("it starts");
    assert!(forced.stdout.contains(&0x1b));
}

#[test]
fn it_shows_the_notice_and_a_preview_before_anything_is_sent() {
    let ended = run(&["demo"]);
    let (before, _) = ended.out.split_once("\n4  ").expect("the fourth step");
    assert!(before.contains("Nothing is sent unless you agree."), "{before}");
    assert!(before.contains(r#""id": null,"#), "{before}");
    assert!(before.contains("✓ nothing is sent: expected consent"), "{before}");
    assert!(!before.contains("delivered"), "{before}");
}

#[test]
fn nothing_stays_behind() {
    let folder = folder();
    let mut command = headcount();
    command.arg("demo").env("TMPDIR", folder.path()).current_dir(folder.path());
    assert!(command.output().expect("it starts").status.success());
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

#[test]
fn a_decision_of_whoever_watches_is_not_that_of_the_instances() {
    let mut command = headcount();
    let output = command.arg("demo").env("DO_NOT_TRACK", "1").output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn keep_leaves_a_receiver_that_can_be_read() {
    let folder = folder();
    let mut command = headcount();
    command.args(["demo", "--keep"]).env("TMPDIR", folder.path());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let (mut line, mut arguments) = (String::new(), Vec::new());
    while arguments.is_empty() {
        line.clear();
        assert!(out.read_line(&mut line).expect("UTF-8") > 0, "it ended too early");
        if let Some(command) = line.trim().strip_prefix("headcount reports") {
            arguments = command.split_whitespace().map(str::to_owned).collect();
        }
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let reports = run_in(folder.path(), &[&["reports"], &arguments[..]].concat());
    assert_eq!((reports.code, reports.out.lines().count()), (Some(0), 5), "{reports:?}");
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill starts").success());
    out.read_to_string(&mut line).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 0);
}
