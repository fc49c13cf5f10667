//! `headcount serve` that forwards: where the backend's headers come from, and that nobody is told them.

use crate::running::{Listening, folder, headcount, run_in, write};

/// To a port that nothing listens on.
const FORWARD: [&str; 7] = [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--store",
    "memory",
    "--set",
    "forward.endpoint=http://127.0.0.1:9",
];
const KEY: &str = "a-key-of-the-tests";

fn with<'a>(further: &[&'a str]) -> Vec<&'a str> {
    [&FORWARD[..], further].concat()
}

#[test]
fn where_reports_go_is_told_and_with_which_headers_is_not() {
    let folder = folder();
    write(&folder, "headers", &format!("# of the backend\nAuthorization: Bearer {KEY}\n"));
    let file = with(&["--set", "forward.headers_file=headers"]);
    let serving = Listening::start(folder.path(), &file, 1);
    let said = "headcount: what is accepted is forwarded to http://127.0.0.1:9\n";
    assert!(serving.announced.contains(said), "{}", serving.announced);
    assert!(!serving.announced.contains("warning"), "{}", serving.announced);
    let (_, said) = serving.end("-TERM");
    assert!(!said.contains(KEY), "{said}");

    let mut command = headcount();
    command.env("HEADCOUNT_FORWARD_HEADERS", format!("Authorization: Bearer {KEY}"));
    let serving = Listening::of(command, folder.path(), &with(&[]), 1);
    assert!(!serving.announced.contains(KEY), "{}", serving.announced);
    drop(serving);

    let printed = run_in(folder.path(), &[&file[..], &["--print-config"]].concat());
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.out.contains(r#"headers_file = "headers""#), "{}", printed.out);
    assert!(!printed.out.contains(KEY));
}

#[test]
fn who_could_read_along_is_told() {
    let folder = folder();
    let exposed = with(&["--set", "forward.endpoint=http://collector.invalid:4318"]);
    let serving = Listening::start(folder.path(), &exposed, 1);
    let said = "warning: http://collector.invalid:4318 is not this machine and speaks without TLS";
    assert!(serving.announced.contains(said), "{}", serving.announced);
}

#[test]
fn wrong_headers_and_endpoints_are_refused_without_being_told() {
    let folder = folder();
    write(&folder, "headers", KEY);
    let file = ["--set", "forward.headers_file=headers"];
    for (further, expected) in [
        (
            &file[..],
            "expected headers to forward with, one a line as `Name: value` in headers, got line 1",
        ),
        (&["--set", "forward.headers_file=none"], "in none, got No such file"),
        (
            &["--set", "forward.authorities=none", "--set", "forward.endpoint=https://a.invalid"],
            "expected certificates of authorities in none, got No such file",
        ),
        (
            &["--set", "forward.endpoint=https://user:a-key-of-the-tests@a.invalid"],
            "expected a URL such as https://collector.example.org:4318",
        ),
    ] {
        let ended = run_in(folder.path(), &with(further));
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.err.contains(expected), "{ended:?}");
        assert!(!ended.err.contains(KEY), "{ended:?}");
    }
    let mut command = headcount();
    command.args(with(&file)).env("HEADCOUNT_FORWARD_HEADERS", KEY);
    let output = command.current_dir(folder.path()).output().expect("it starts");
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(64), "{err}");
    assert!(err.contains("HEADCOUNT_FORWARD_HEADERS or in headers, got both"), "{err}");
    assert!(!err.contains(KEY), "{err}");
}
