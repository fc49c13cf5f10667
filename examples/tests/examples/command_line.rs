//! `command_line`: reports once its user agreed, and never before.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::receiver::Receiver;

struct User {
    folder: TempDir,
    endpoint: String,
}

impl User {
    fn new(endpoint: String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["a.rs", "b.rs", "notes.md", "secret-plan.xyz"] {
            fs::write(folder.path().join(name), "").expect("an empty file");
        }
        Self { folder, endpoint }
    }

    /// Runs the tool; the answer is kept beside the folder that is counted.
    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_command_line"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("CI")
            .env("TIDY_ENDPOINT", &self.endpoint)
            .env("TIDY_STATE", self.folder.path().join(".usage"))
            .env_remove("DO_NOT_TRACK")
            .envs(environment.iter().copied())
            .output()
            .expect("the example runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn said(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        String::from_utf8(self.run(arguments, environment).stderr).expect("UTF-8")
    }
}

#[test]
fn it_reports_after_the_user_agreed_and_not_before() {
    let receiver = Receiver::start();
    let user = User::new(receiver.url());
    assert!(user.said(&[], &[]).starts_with("usage report?"));
    assert_eq!(user.said(&["--usage", "no"], &[]), "");
    assert_eq!(user.said(&[], &[]), "");
    assert_eq!(user.said(&["--usage", "yes"], &[]), "");
    assert_eq!(user.said(&[], &[("TIDY_USAGE", "false")]), "");
    assert_eq!(user.said(&[], &[("DO_NOT_TRACK", "1")]), "");
    assert!(receiver.reports("tidy").is_empty(), "nobody agreed yet");

    let shown = String::from_utf8(user.run(&["--usage", "show"], &[]).stdout).expect("UTF-8");
    assert_eq!(user.said(&[], &[]), "usage report: delivered\n");
    let stored = receiver.reports("tidy");
    assert_eq!(stored.len(), 1);
    assert_eq!(shown, format!("{}\n", stored[0].pretty()));
    assert!(!shown.contains("secret-plan") && !shown.contains("xyz"), "{shown}");
}

#[test]
fn every_way_that_the_notice_names_is_one() {
    let receiver = Receiver::start();
    let user = User::new(receiver.url());
    let notice = String::from_utf8(user.run(&["--usage", "notice"], &[]).stdout).expect("UTF-8");
    for way in ["--usage yes|no", "--usage show", "DO_NOT_TRACK=1", "TIDY_USAGE=false"] {
        assert!(notice.contains(way), "{way}: {notice}");
    }
    assert!(notice.contains(&receiver.url()), "{notice}");
}

#[test]
fn its_work_does_not_depend_on_the_report() {
    let user = User::new("http://127.0.0.1:1".to_owned());
    user.run(&["--usage", "yes"], &[]);
    let output = user.run(&[], &[]);
    let counted = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(counted.contains("     2 rs\n") && counted.contains("     1 md\n"), "{counted}");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.starts_with("usage report: not delivered"), "{said}");
}
