//! `headcount demo`

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use headcount_contract::Document;
use tempfile::TempDir;

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
    assert!(before.contains("│ manyfold.models: not in the contract\n"), "{before}");
}

#[test]
fn it_shows_what_travels() {
    let ended = run(&["demo"]);
    let (_, sent) = ended.out.split_once("\n4  ").expect("the fourth step");
    let (sent, _) = sent.split_once("\n5  ").expect("the fifth step");
    for line in [
        "   │ resource\n   │   service.name                \"manyfold\"\n",
        "   │   service.instance.id         \"fdb45536-cba8-4204-b352-71fc1062fd95\"\n",
        "   │   gauge  headcount.report  ",
    ] {
        assert!(sent.contains(line), "{line}: {sent}");
    }
    assert!(!sent.contains("manyfold.models") && !sent.contains("host.name"), "{sent}");
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

/// Starts `headcount demo` with a folder for its temporary files.
fn start(folder: &TempDir, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = headcount();
    command.arg("demo").args(arguments).env("TMPDIR", folder.path());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let out = BufReader::new(child.stdout.take().expect("it is piped"));
    (child, out)
}

/// Reads until a line begins so, and gives the rest of that line.
fn rest_of(out: &mut BufReader<ChildStdout>, begin: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(out.read_line(&mut line).expect("UTF-8") > 0, "it ended too early");
        if let Some(rest) = line.trim().strip_prefix(begin) {
            return rest.to_owned();
        }
    }
}

fn kill(child: &Child, signal: &str) {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("kill starts").success());
}

fn is_empty(folder: &TempDir) -> bool {
    std::fs::read_dir(folder.path()).expect("it is there").next().is_none()
}

#[test]
fn an_interruption_leaves_nothing_behind() {
    // It may be over before the signal comes, so it has some attempts.
    let interrupted = |signal| {
        let folder = folder();
        let (mut child, mut out) = start(&folder, &[]);
        rest_of(&mut out, "stores in");
        kill(&child, signal);
        let code = child.wait().expect("it ends").code();
        assert!(is_empty(&folder), "{signal}: {code:?}");
        code == Some(1)
    };
    for signal in ["-INT", "-TERM", "-HUP"] {
        assert!((0..20).any(|_| interrupted(signal)), "{signal} never came in time");
    }
}

#[test]
fn keep_leaves_a_receiver_that_can_be_read() {
    for signal in ["-INT", "-HUP"] {
        let folder = folder();
        let (mut child, mut out) = start(&folder, &["--keep"]);
        let command = rest_of(&mut out, "headcount reports");
        let arguments: Vec<_> = command.split_whitespace().collect();
        let reports = run_in(folder.path(), &[&["reports"], &arguments[..]].concat());
        assert_eq!((reports.code, reports.out.lines().count()), (Some(0), 5), "{reports:?}");
        kill(&child, signal);
        out.read_to_string(&mut String::new()).expect("UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
        assert!(is_empty(&folder), "{signal}");
    }
}
