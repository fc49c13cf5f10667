//! Runs the binary, to its end or beside the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use tempfile::TempDir;

/// The binary, with nothing of this process's environment that could change what it does.
pub(crate) fn headcount() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    for variable in ["CI", "CLICOLOR", "CLICOLOR_FORCE", "DO_NOT_TRACK", "NO_COLOR", "RUST_LOG"] {
        command.env_remove(variable);
    }
    let ours = std::env::vars_os().map(|(name, _)| name);
    for variable in ours.filter(|name| name.to_string_lossy().starts_with("HEADCOUNT_")) {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `headcount ARGUMENTS` in a folder, to its end.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Ended {
    let output = headcount().args(arguments).current_dir(folder).output().expect("it starts");
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Runs `headcount ARGUMENTS` where nothing else is.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    run_in(folder().path(), arguments)
}

/// A folder of the test's own.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Writes a file into a folder.
pub(crate) fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).expect("a file can be written");
}

/// A command that listens. It is killed when this is dropped.
pub(crate) struct Listening {
    child: Child,
    said: BufReader<ChildStderr>,
    /// What it said until it listened.
    pub(crate) announced: String,
    pub(crate) addresses: Vec<SocketAddr>,
}

impl Listening {
    /// Starts `headcount ARGUMENTS` in a folder, and waits until it listens on so many addresses.
    pub(crate) fn start(folder: &Path, arguments: &[&str], addresses: usize) -> Self {
        Self::of(headcount(), folder, arguments, addresses)
    }

    /// The same, by a command with an environment of its own.
    pub(crate) fn of(
        mut command: Command,
        folder: &Path,
        arguments: &[&str],
        addresses: usize,
    ) -> Self {
        command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let said = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let mut listening = Self { child, said, announced: String::new(), addresses: Vec::new() };
        while listening.addresses.len() < addresses {
            let mut line = String::new();
            let read = listening.said.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "it ended, having said: {}", listening.announced);
            // In the log as JSON it is within a line.
            let address = line.split_once("listening on http://");
            let address = address.and_then(|(_, rest)| rest.split_whitespace().next());
            listening
                .addresses
                .extend(address.map(|text| text.parse::<SocketAddr>().expect("an address")));
            listening.announced.push_str(&line);
        }
        listening
    }

    /// Posts OTLP/JSON to the first address, and gives the status and the answer.
    pub(crate) fn post(&self, json: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.addresses[0]).expect("it listens");
        let head = format!(
            "POST /v1/metrics HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.addresses[0],
            json.len()
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        stream.write_all(json.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    /// A line of its standard output.
    pub(crate) fn output(&mut self) -> BufReader<std::process::ChildStdout> {
        BufReader::new(
            self.child.stdout.take().expect("standard output is piped and not taken yet"),
        )
    }

    /// Sends it a signal, waits for its end, and gives the exit code and the rest of what it said.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("kill starts");
        assert!(sent.success());
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).expect("UTF-8");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
