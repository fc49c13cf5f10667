//! The configuration file: TOML, whose tables are the groups.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use headcount_receiver::settings::Given;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::assignment::Assignment;
use super::mistakes::Mistakes;
use super::names::Names;
use crate::exit::{OrConfiguration as _, Outcome};

/// The file's text.
///
/// Errors: it cannot be read.
pub(super) fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file)
        .with_context(|| format!("expected a configuration in {}", file.display()))
        .or_configuration()
}

/// The values of the settings that it has. Where it is not TOML, none, since what follows a mistake may be
/// misunderstood.
pub(super) fn assignments(
    file: &Path,
    text: &str,
    names: &Names,
    mistakes: &mut Mistakes,
) -> Vec<Assignment> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { places: Places { file, text }, names, mistakes, found: Vec::new() };
    for error in &errors {
        let place = reading.places.of(error.span());
        reading.mistakes.note(place, error.message());
    }
    if errors.is_empty() {
        reading.table(&[], table.get_ref());
    }
    reading.found
}

/// What it takes to read a file.
struct Reading<'r> {
    places: Places<'r>,
    names: &'r Names,
    mistakes: &'r mut Mistakes,
    found: Vec<Assignment>,
}

impl Reading<'_> {
    fn table(&mut self, group: &[&str], table: &DeTable<'_>) {
        // In the order of the file, so that mistakes are, too.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let path = [group, &[key.get_ref()]].concat();
            match value.get_ref() {
                DeValue::Table(table) if self.names.is_group(&path) => self.table(&path, table),
                _ if self.names.is_group(&path) => {
                    let what = format!("expected a table [{}], got a value", path.join("."));
                    self.note(value.span(), what);
                }
                _ if self.names.is_setting(&path) => self.setting(&path, value),
                _ => self.note(key.span(), self.names.expected(group, key.get_ref())),
            }
        }
    }

    fn setting(&mut self, path: &[&str], value: &Spanned<DeValue<'_>>) {
        let Some(given) = self.given(value) else { return self.mistakes.about(path.join(".")) };
        let items = match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().map(|item| self.places.of(Some(item.span()))).collect()
            }
            _ => Vec::new(),
        };
        let origin = self.places.of(Some(value.span()));
        self.found.push(Assignment { items, ..Assignment::new(&origin, path, given) });
    }

    fn given(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Given> {
        Some(match value.get_ref() {
            DeValue::String(text) => Given::Text(text.to_string()),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .map_or_else(|_| Given::Text(integer.as_str().to_owned()), Given::Integer),
            // No setting is one of these: the text is there to be shown.
            DeValue::Float(float) => Given::Text(float.as_str().to_owned()),
            DeValue::Datetime(datetime) => Given::Text(datetime.to_string()),
            DeValue::Boolean(boolean) => Given::Boolean(*boolean),
            DeValue::Array(items) => {
                Given::List(items.iter().map(|item| self.given(item)).collect::<Option<_>>()?)
            }
            DeValue::Table(_) => {
                self.note(value.span(), "expected a value, got a table".to_owned());
                return None;
            }
        })
    }

    fn note(&mut self, place: Range<usize>, what: String) {
        let place = self.places.of(Some(place));
        self.mistakes.note(place, what);
    }
}

/// Tells places of a file.
struct Places<'r> {
    file: &'r Path,
    text: &'r str,
}

impl Places<'_> {
    /// `file:line:column`, counted from 1 and in characters.
    fn of(&self, place: Option<Range<usize>>) -> String {
        let before = place.and_then(|place| self.text.get(..place.start)).unwrap_or_default();
        let line = before.split('\n').next_back().unwrap_or_default();
        let (line, column) = (before.matches('\n').count() + 1, line.chars().count() + 1);
        format!("{}:{line}:{column}", self.file.display())
    }
}
