//! A real browser, Chromium without a window, used as a person does: by address and keyboard.
//!
//! It is driven by its own `DevTools` protocol, over two pipes. Pages run no script: what works here, works
//! without. Whatever the browser complains about, and whatever a page asks for, is kept.

mod axe;
mod protocol;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::Protocol;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::peer::target;

/// The names of the browser's program, as distributions have them.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A key of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next thing that can be used.
    Tab,
    /// Uses a link or a button.
    Enter,
    /// Chooses an answer.
    Space,
    /// To the next of several answers.
    Down,
}

/// A running browser with one page. It is killed when this is dropped.
#[derive(Debug)]
pub struct Browser {
    protocol: Protocol,
    profile: TempDir,
}

impl Browser {
    /// Starts it with an empty profile. Every name but an address is one of this machine.
    pub fn start() -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut protocol = Protocol::start(&program()?, profile.path())?;
        for (method, parameters) in [
            ("Page.enable", json!({})),
            ("Log.enable", json!({})),
            ("Runtime.enable", json!({})),
            ("Network.enable", json!({})),
            ("Audits.enable", json!({})),
            ("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })),
            ("Emulation.setScriptExecutionDisabled", json!({ "value": true })),
        ] {
            protocol.command(method, &parameters)?;
        }
        let downloads =
            json!({ "behavior": "allow", "downloadPath": profile.path(), "eventsEnabled": true });
        protocol.command("Browser.setDownloadBehavior", &downloads)?;
        Ok(Self { protocol, profile })
    }

    /// Makes the window as wide as this many pixels, with the colours that the person prefers.
    pub fn look(&mut self, width: u32, colours: &str) -> anyhow::Result<()> {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.protocol.command("Emulation.setDeviceMetricsOverride", &size)?;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": colours }] });
        self.protocol.command("Emulation.setEmulatedMedia", &media)?;
        Ok(())
    }

    /// Goes to an address and waits until the page is there.
    pub fn open(&mut self, url: &str) -> anyhow::Result<()> {
        self.protocol.look_ahead();
        let answer = self.protocol.command("Page.navigate", &json!({ "url": url }))?;
        if let Some(error) = answer.get("errorText") {
            bail!("{url} cannot be opened: {error}");
        }
        self.protocol.event("Page.loadEventFired")?;
        Ok(())
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) -> anyhow::Result<()> {
        let (name, code, number, text) = match key {
            Key::Tab => ("Tab", "Tab", 9, None),
            Key::Enter => ("Enter", "Enter", 13, Some("\r")),
            Key::Space => (" ", "Space", 32, Some(" ")),
            Key::Down => ("ArrowDown", "ArrowDown", 40, None),
        };
        let kind = if text.is_some() { "keyDown" } else { "rawKeyDown" };
        let mut event =
            json!({ "type": kind, "key": name, "code": code, "windowsVirtualKeyCode": number });
        if let Some(text) = text {
            event["text"] = text.into();
        }
        self.protocol.command("Input.dispatchKeyEvent", &event)?;
        event["type"] = "keyUp".into();
        self.protocol.command("Input.dispatchKeyEvent", &event)?;
        Ok(())
    }

    /// Presses a key that leads to a page, and waits until that is there.
    pub fn press_to_load(&mut self, key: Key) -> anyhow::Result<()> {
        self.protocol.look_ahead();
        self.press(key)?;
        self.protocol.event("Page.loadEventFired")?;
        Ok(())
    }

    /// Presses Tab until what has the focus reads so: a button by its text, an answer by its label.
    pub fn tab_to(&mut self, text: &str) -> anyhow::Result<()> {
        const FURTHEST: usize = 60;
        let mut passed = Vec::new();
        for _ in 0..FURTHEST {
            self.press(Key::Tab)?;
            let focused = self.focused()?;
            if focused == text {
                return Ok(());
            }
            passed.push(focused);
        }
        bail!("expected to reach {text:?} with Tab, came by {passed:?}")
    }

    /// The text of what has the focus.
    pub fn focused(&mut self) -> anyhow::Result<String> {
        self.text_of("(e => e.labels?.[0] ?? e)(document.activeElement)")
    }

    /// The text that a person sees of the page's first element with this CSS selector.
    pub fn text(&mut self, selector: &str) -> anyhow::Result<String> {
        self.text_of(&format!("document.querySelector({})", json!(selector)))
    }

    fn text_of(&mut self, element: &str) -> anyhow::Result<String> {
        let text = self.evaluate(&format!("({element})?.innerText?.trim()"))?;
        Ok(text.as_str().with_context(|| format!("{element} has no text"))?.to_owned())
    }

    /// What an expression of JavaScript yields on the page.
    pub fn evaluate(&mut self, expression: &str) -> anyhow::Result<Value> {
        let parameters = json!({ "expression": expression, "returnByValue": true });
        let answer = self.protocol.command("Runtime.evaluate", &parameters)?;
        ensure!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        Ok(answer["result"]["value"].clone())
    }

    /// Presses Enter on a link that saves a file, and gives the file's bytes.
    pub fn press_to_save(&mut self) -> anyhow::Result<Vec<u8>> {
        self.protocol.look_ahead();
        self.press(Key::Enter)?;
        let begun = self.protocol.event("Browser.downloadWillBegin")?;
        while self.protocol.event("Browser.downloadProgress")?["state"] == "inProgress" {}
        let name = begun["suggestedFilename"].as_str().context("a file has a name")?;
        Ok(fs::read(self.profile.path().join(name))?)
    }

    /// Keeps a picture of the whole page in `target/screenshots/`, for people to look at.
    pub fn picture(&mut self, name: &str) -> anyhow::Result<()> {
        let parameters = json!({ "captureBeyondViewport": true });
        let answer = self.protocol.command("Page.captureScreenshot", &parameters)?;
        let bytes = STANDARD.decode(answer["data"].as_str().context("a picture is base64")?)?;
        let folder = target()?.join("screenshots");
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(format!("{name}.png")), bytes)?)
    }

    /// Everything that a screen reader tells of the page: roles and names.
    pub fn accessible(&mut self) -> anyhow::Result<Vec<(String, String)>> {
        let answer = self.protocol.command("Accessibility.getFullAXTree", &json!({}))?;
        let nodes = answer["nodes"].as_array().context("a list of nodes")?;
        let told = nodes.iter().filter(|node| node["ignored"] != true);
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        Ok(told.map(|node| (text(&node["role"]), text(&node["name"]))).collect())
    }

    /// What the browser complained about: errors and warnings in its console, violated policies.
    pub fn complaints(&self) -> Vec<&Value> {
        let kinds = ["Log.entryAdded", "Runtime.consoleAPICalled", "Audits.issueAdded"];
        let events = self.protocol.events().iter();
        events.filter(|event| kinds.iter().any(|kind| event["method"] == *kind)).collect()
    }

    /// The address of every request that it made.
    pub fn requests(&self) -> Vec<&str> {
        let events = self.protocol.events().iter();
        let sent = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str()).collect()
    }
}

fn program() -> anyhow::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    let found = |name: &&str| {
        let files = folders.iter().map(|folder: &PathBuf| Path::new(folder).join(name));
        files.into_iter().find(|file| file.is_file())
    };
    let program = PROGRAMS.iter().find_map(found);
    program.with_context(|| format!("expected one of {PROGRAMS:?}: run ./test once"))
}

#[cfg(test)]
mod tests {
    use super::{Browser, Key, fs};

    #[test]
    fn a_page_is_used_by_keyboard_and_runs_no_script() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let [first, second] = ["first.html", "second.html"].map(|name| folder.path().join(name));
        fs::write(
            &first,
            "<!DOCTYPE html><script>document.title = 'it ran'</script><form action=second.html>\
             <label>Name <input></label><button>Go</button></form>",
        )?;
        fs::write(&second, "<!DOCTYPE html><h1>After</h1>")?;
        let mut browser = Browser::start()?;
        browser.look(640, "dark")?;
        browser.open(&format!("file://{}", first.display()))?;
        assert_eq!(browser.evaluate("innerWidth")?, 640);
        assert_eq!(browser.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")?, true);
        assert_ne!(browser.evaluate("document.title")?, "it ran");
        assert!(browser.tab_to("nothing of that name").is_err());
        browser.tab_to("Name")?;
        browser.tab_to("Go")?;
        let things = browser.accessible()?;
        assert!(things.contains(&("button".to_owned(), "Go".to_owned())), "{things:?}");
        browser.press_to_load(Key::Enter)?;
        assert_eq!(browser.text("h1")?, "After");
        Ok(())
    }
}
