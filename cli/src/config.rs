//! The configuration file of `headcount serve` and `headcount reports`.

use std::fmt::Display;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, anyhow};
use headcount_receiver::Location;
use serde::Deserialize;
use toml::Spanned;

use crate::args::Address;
use crate::exit::{Failure, OrConfiguration as _, Outcome};

/// What the file may set. Flags win over it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Addresses to listen on.
    pub(crate) listen: Vec<Address>,
    /// Where reports are kept.
    pub(crate) store: Option<Location>,
    /// Contracts to know beside the built-in ones.
    pub(crate) contracts: Vec<PathBuf>,
}

/// The same, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: Option<Spanned<Vec<Spanned<String>>>>,
    store: Option<Spanned<String>>,
    #[serde(default)]
    contracts: Vec<PathBuf>,
}

impl Config {
    /// Reads the file, where there is to be one.
    pub(crate) fn load(file: Option<&Path>) -> Outcome<Self> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(file)
            .with_context(|| format!("expected a configuration in {}", file.display()))
            .or_configuration()?;
        let mut config = Self::parse(&file.display().to_string(), &text)?;
        config.anchor(file.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    fn parse(file: &str, text: &str) -> Outcome<Self> {
        let mut mistakes = Mistakes { file, text, lines: Vec::new() };
        let config = match toml::from_str::<Written>(text) {
            Ok(written) => Self {
                listen: mistakes.addresses(written.listen),
                store: written.store.and_then(|text| mistakes.value(&text)),
                contracts: written.contracts,
            },
            Err(error) => {
                mistakes.note(error.span(), error.message());
                Self::default()
            }
        };
        mistakes.none().map(|()| config)
    }

    /// Makes paths relative to the file's folder.
    fn anchor(&mut self, folder: &Path) {
        for contract in &mut self.contracts {
            *contract = folder.join(&*contract);
        }
        if let Some(Location::Sqlite(path)) = &mut self.store {
            *path = folder.join(&*path);
        }
    }
}

/// What is wrong with the file.
struct Mistakes<'t> {
    file: &'t str,
    text: &'t str,
    lines: Vec<String>,
}

impl Mistakes<'_> {
    fn value<T: FromStr<Err: Display>>(&mut self, written: &Spanned<String>) -> Option<T> {
        match written.get_ref().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(Some(written.span()), error);
                None
            }
        }
    }

    fn addresses(&mut self, written: Option<Spanned<Vec<Spanned<String>>>>) -> Vec<Address> {
        let Some(written) = written else {
            return Vec::new();
        };
        if written.get_ref().is_empty() {
            // Else the default addresses would be meant by whoever wants none.
            let place = Some(written.span());
            self.note(place, "expected at least one address such as 127.0.0.1:4317, got none");
        }
        written.get_ref().iter().filter_map(|text| self.value(text)).collect()
    }

    fn note(&mut self, place: Option<Range<usize>>, what: impl Display) {
        let (line, column) = position(self.text, place);
        self.lines.push(format!("{}:{line}:{column}: {what}", self.file));
    }

    fn none(self) -> Outcome {
        if self.lines.is_empty() {
            return Ok(());
        }
        Err(Failure::Configuration(anyhow!(
            "expected a configuration without mistakes\n{}",
            self.lines.join("\n")
        )))
    }
}

/// Line and column of a place, counted from 1 and in characters.
fn position(text: &str, place: Option<Range<usize>>) -> (usize, usize) {
    let before = place.and_then(|place| text.get(..place.start)).unwrap_or_default();
    let line = before.split('\n').next_back().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> String {
        match Config::parse("headcount.toml", text) {
            Err(Failure::Configuration(error)) => {
                let text = error.to_string();
                text.split_once('\n').expect("a heading and mistakes").1.to_owned()
            }
            other => panic!("expected a failure of configuration, got {other:?}"),
        }
    }

    #[test]
    fn everything_may_be_left_out() {
        assert_eq!(Config::parse("headcount.toml", "").unwrap(), Config::default());
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let text = "store = 'sqlite:data/a.db'\ncontracts = ['shop.yaml', '/etc/b.yaml']";
        let mut config = Config::parse("headcount.toml", text).unwrap();
        config.anchor(Path::new("/etc/headcount"));
        assert_eq!(config.store.unwrap().to_string(), "sqlite:/etc/headcount/data/a.db");
        assert_eq!(
            config.contracts,
            ["/etc/headcount/shop.yaml", "/etc/b.yaml"].map(PathBuf::from)
        );
    }

    #[test]
    fn a_mistake_has_its_place_and_says_what_was_expected() {
        assert_eq!(
            errors("\n  listne = []"),
            "headcount.toml:2:3: unknown field `listne`, expected one of `listen`, `store`, `contracts`"
        );
        assert_eq!(
            errors("contracts = 1"),
            "headcount.toml:1:13: invalid type: integer `1`, expected a sequence"
        );
        assert_eq!(
            errors("\nlisten = []"),
            "headcount.toml:2:10: expected at least one address such as 127.0.0.1:4317, got none"
        );
        let unfinished = errors("\nstore = ");
        assert!(unfinished.starts_with("headcount.toml:2:"), "{unfinished}");
    }

    #[test]
    fn values_are_told_all_at_once() {
        assert_eq!(
            errors("listen = [\n  '127.0.0.1:4317',\n  'localhost:4318']\nstore = 'postgres:x'"),
            "headcount.toml:3:3: expected an IP address and a port such as 127.0.0.1:4317 or \
             [::1]:4317, got `localhost:4318`\n\
             headcount.toml:4:9: expected a store such as memory or sqlite:PATH, got `postgres:x`"
        );
    }
}
