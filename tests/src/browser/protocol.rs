//! The `DevTools` protocol over pipes: messages of JSON, each ended by a zero byte.

use std::collections::VecDeque;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::process::PATIENCE;

/// The browser reads commands from descriptor 3 and writes to 4; a child of ours has 0 and 1.
const START: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// The connection to a browser and to its one page.
#[derive(Debug)]
pub(super) struct Protocol {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    /// The page; commands before there is one go to the browser.
    session: Option<Value>,
    last_id: u64,
    /// Every event so far.
    events: Vec<Value>,
    /// The events that nobody has waited for yet, by their places.
    unseen: VecDeque<usize>,
}

impl Protocol {
    /// Starts the browser and opens an empty page.
    pub(super) fn start(program: &Path, profile: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("sh");
        command
            .args(["-c", START])
            .arg(program)
            .args(["--headless=new", "--remote-debugging-pipe", "--no-first-run"])
            // In a container its sandbox has no place to stand; the pages are our own.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"])
            // It asks for nothing of its own, and every name leads to this machine.
            .args(["--disable-background-networking", "--disable-component-update"])
            .arg("--host-resolver-rules=MAP * 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.display()))
            .env_clear()
            .env("HOME", profile)
            .env("TMPDIR", profile)
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let commands = child.stdin.take().context("its commands are piped")?;
        let stdout = child.stdout.take().context("its messages are piped")?;
        let (pass_on, messages) = mpsc::channel();
        thread::spawn(move || read(stdout, &pass_on));
        let mut protocol = Self {
            child,
            commands,
            messages,
            session: None,
            last_id: 0,
            events: Vec::new(),
            unseen: VecDeque::new(),
        };
        let page = protocol.command("Target.createTarget", &json!({ "url": "about:blank" }))?;
        let target = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = protocol.command("Target.attachToTarget", &target)?;
        protocol.session = Some(attached["sessionId"].clone());
        Ok(protocol)
    }

    /// Has a command done, and returns its result.
    pub(super) fn command(&mut self, method: &str, parameters: &Value) -> anyhow::Result<Value> {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = self.session.as_ref().filter(|_| !method.starts_with("Browser.")) {
            command["sessionId"] = session.clone();
        }
        write!(self.commands, "{command}\0").context("the browser has ended")?;
        self.commands.flush()?;
        loop {
            let mut message = self.next(method)?;
            if message["id"] == self.last_id {
                if let Some(error) = message.get("error") {
                    bail!("{method} failed: {error}");
                }
                return Ok(message["result"].take());
            }
            self.keep(message);
        }
    }

    /// The parameters of the next event of this kind that nobody has waited for.
    pub(super) fn event(&mut self, method: &str) -> anyhow::Result<Value> {
        loop {
            while let Some(place) = self.unseen.pop_front() {
                if self.events[place]["method"] == method {
                    return Ok(self.events[place]["params"].clone());
                }
            }
            let message = self.next(method)?;
            self.keep(message);
        }
    }

    /// Waits from here on for nothing that has happened already.
    pub(super) fn look_ahead(&mut self) {
        self.unseen.clear();
    }

    /// Every event so far.
    pub(super) fn events(&self) -> &[Value] {
        &self.events
    }

    fn keep(&mut self, message: Value) {
        self.unseen.push_back(self.events.len());
        self.events.push(message);
    }

    fn next(&self, awaited: &str) -> anyhow::Result<Value> {
        let started = Instant::now();
        self.messages
            .recv_timeout(PATIENCE)
            .with_context(|| format!("no {awaited} from the browser in {:?}", started.elapsed()))
    }
}

impl Drop for Protocol {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stdout: ChildStdout, pass_on: &Sender<Value>) {
    let messages = BufReader::new(stdout).split(0).map_while(Result::ok);
    for message in messages.filter_map(|bytes| serde_json::from_slice(&bytes).ok()) {
        if pass_on.send(message).is_err() {
            return;
        }
    }
}
