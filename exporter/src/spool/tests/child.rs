//! A test that runs itself in processes of its own: told by a variable, it plays the child's part.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Command;

/// The variable that holds the child's task.
const TASK: &str = "HEADCOUNT_TEST_CHILD";

/// The task of this process, where it is a child.
pub(super) fn task() -> Option<String> {
    env::var(TASK).ok()
}

/// This program, as a child with a task that runs one test and nothing else. What the child says is on its
/// standard error; the other has the words of the test harness.
pub(super) fn command(test: &str, task: &str) -> Command {
    let mut command = Command::new(program());
    command.args(arguments(test)).env(TASK, task);
    command
}

/// The same, run by another program, such as a tracer, with these arguments before.
pub(super) fn under(program_before: &str, before: &[&OsStr], test: &str, task: &str) -> Command {
    let mut command = Command::new(program_before);
    command.args(before).arg(program()).args(arguments(test)).env(TASK, task);
    command
}

fn program() -> PathBuf {
    env::current_exe().expect("a running program has a file")
}

fn arguments(test: &str) -> [String; 3] {
    let module = module_path!().trim_start_matches("headcount::").trim_end_matches("::child");
    [format!("{module}::{test}"), "--exact".to_owned(), "--nocapture".to_owned()]
}

/// Tells the parent something, in one piece.
pub(super) fn say(line: &str) {
    io::stderr().write_all(format!("{line}\n").as_bytes()).expect("the parent listens");
}
