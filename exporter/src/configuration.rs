//! The operator's configuration file: the switch `telemetry`, wherever else the file is used for.
//!
//! The file may be the application's own, so three keys are read and everything else is left
//! alone. A file that cannot be understood is an error, never an empty file: it may hold a no.

mod toml;
mod yaml;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use headcount_contract::{Level, Position};

use crate::endpoint::Endpoint;

/// Bytes of a file; those of applications have some thousands.
const MAX_BYTES: u64 = 1024 * 1024;
/// Characters of a value that an error repeats.
const SHOWN: usize = 32;

/// What the file says. Nothing, where it does not exist or says nothing of `telemetry`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// `telemetry.enabled`: whether reports may be sent.
    pub(crate) enabled: Option<bool>,
    /// `telemetry.level`: up to which level.
    pub(crate) level: Option<Level>,
    /// `telemetry.endpoint`: the URL that they go to instead of the application's.
    pub(crate) endpoint: Option<String>,
}

/// Why a file is not understood: where, what was expected, and what came.
#[derive(Debug, thiserror::Error)]
pub(crate) struct ConfigurationError {
    path: PathBuf,
    misread: Misread,
}

/// A mistake, before it is known in which file.
#[derive(Debug)]
struct Misread {
    at: Option<Position>,
    text: String,
}

/// The keys that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Enabled,
    Level,
    Endpoint,
}

/// A value as it stands in the file.
#[derive(Debug)]
struct Found {
    at: Position,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Switch(bool),
    Text(String),
    /// Anything else, by its name.
    Other(&'static str),
}

impl Configuration {
    /// Reads a file: YAML where its name ends in `.yaml` or `.yml`, TOML where it ends in `.toml`.
    /// A file that does not exist says nothing.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let read = || {
            let parse = format(path)?;
            match text(path)? {
                Some(text) => parse(text.strip_prefix('\u{feff}').unwrap_or(&text)),
                None => Ok(Self::default()),
            }
        };
        read().map_err(|misread| ConfigurationError { path: path.to_owned(), misread })
    }

    /// Takes a value under a key of `telemetry`.
    fn take(&mut self, key: Key, found: &Found) -> Result<(), Misread> {
        let again = match key {
            Key::Enabled => self.enabled.replace(switch(found)?).is_some(),
            Key::Level => self.level.replace(level(found)?).is_some(),
            Key::Endpoint => self.endpoint.replace(endpoint(found)?).is_some(),
        };
        if again {
            let text = format!("expected `telemetry.{key}` once, got it again");
            return Err(Misread::new(found.at, text));
        }
        Ok(())
    }
}

impl Key {
    const ALL: [Self; 3] = [Self::Enabled, Self::Level, Self::Endpoint];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Level => "level",
            Self::Endpoint => "endpoint",
        }
    }
}

type Format = fn(&str) -> Result<Configuration, Misread>;

fn format(path: &Path) -> Result<Format, Misread> {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str() {
        Some("yaml" | "yml") => Ok(yaml::parse),
        Some("toml") => Ok(toml::parse),
        _ => Err(Misread::whole("expected a file that ends in .yaml, .yml or .toml")),
    }
}

/// The file's text; `None` where there is no file.
fn text(path: &Path) -> Result<Option<String>, Misread> {
    let unreadable =
        |error: io::Error| Misread::whole(format!("expected a readable file, {error}"));
    match fs::metadata(path) {
        // Opening a pipe waits for somebody to write to it.
        Ok(metadata) if !metadata.is_file() => {
            return Err(Misread::whole("expected a regular file, got something else"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Misread::whole(format!("expected at most {MAX_BYTES} bytes, got more")));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let until = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(&error.as_bytes()[..until]).into_owned();
        Misread::new(place(&valid, until), "expected UTF-8, got other bytes")
    })
}

/// The place of a byte of a text.
fn place(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

/// Readers of YAML differ about which words are booleans, so each that people write for one is
/// one, quoted or not. A number is none: whether `1` means yes is anybody's guess.
fn switch(found: &Found) -> Result<bool, Misread> {
    let among = |text: &str, words: [&str; 3]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
    match &found.value {
        Value::Switch(on) => Ok(*on),
        Value::Text(text) if among(text, ["true", "yes", "on"]) => Ok(true),
        Value::Text(text) if among(text, ["false", "no", "off"]) => Ok(false),
        _ => Err(found.instead_of(Key::Enabled, "`true` or `false`")),
    }
}

fn level(found: &Found) -> Result<Level, Misread> {
    match &found.value {
        Value::Text(text) => Level::from_name(text),
        _ => None,
    }
    .ok_or_else(|| found.instead_of(Key::Level, "`basic`, `usage`, `statistics` or `diagnostics`"))
}

fn endpoint(found: &Found) -> Result<String, Misread> {
    let Value::Text(text) = &found.value else {
        return Err(found.instead_of(Key::Endpoint, "a URL"));
    };
    // The URL is not repeated: it may hold a password.
    Endpoint::parse(text, None)
        .map(|_| text.clone())
        .map_err(|error| Misread::new(found.at, format!("in `telemetry.endpoint`: {error}")))
}

impl Found {
    fn instead_of(&self, key: Key, expected: &str) -> Misread {
        let got = match &self.value {
            Value::Switch(on) => format!("`{on}`"),
            Value::Text(text) if text.is_empty() => "nothing".to_owned(),
            Value::Text(text) => {
                let shown: String = text.chars().take(SHOWN).collect();
                let more = if shown.len() < text.len() { "…" } else { "" };
                format!("`{}{more}`", shown.escape_debug())
            }
            Value::Other(what) => (*what).to_owned(),
        };
        Misread::new(self.at, format!("expected `telemetry.{key}` to be {expected}, got {got}"))
    }
}

impl Misread {
    fn new(at: Position, text: impl Into<String>) -> Self {
        Self { at: Some(at), text: text.into() }
    }

    fn whole(text: impl Into<String>) -> Self {
        Self { at: None, text: text.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One line: `FILE:LINE:COLUMN: expected …, got …`.
impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Misread { at, text } = &self.misread;
        write!(f, "{}:", self.path.display())?;
        if let Some(Position { line, column }) = at {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {text}")
    }
}

/// Shows no URL: its query may hold a token.
impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { enabled, level, endpoint } = self;
        f.debug_struct("Configuration")
            .field("enabled", enabled)
            .field("level", level)
            .field("endpoint", &endpoint.as_ref().map(|_| "…"))
            .finish()
    }
}
