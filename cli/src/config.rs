//! The configuration: a file, then variables, then flags, each of which wins over what was said before.

mod annotated;
mod assignment;
mod check;
mod file;
mod mistakes;
mod names;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headcount_receiver::settings::{Described, Given, Group, Wrong};
use headcount_receiver::{Location, Settings, settings};

use crate::args::Store;
use crate::exit::Outcome;
use crate::log::Format;
use crate::store;

pub(crate) use assignment::Assignment;
use mistakes::Mistakes;
use names::Names;

settings! {
    /// What is kept, where, and by which contracts.
    pub(crate) struct Kept {
        /// Where reports are kept: sqlite:PATH, or memory, which forgets everything at the end of the process.
        store: Location = store::default(),
        /// The file of the receiver's secret, under which reports are sealed and instances hidden. Unset, beside the
        /// database as PATH.secret. Keep it, since without it the database is useless, and keep it apart from copies of the
        /// database, since whoever has both can read them.
        secret: Option<PathBuf> = None,
        /// Files of contracts to know beside the built-in ones, which `headcount contract list` lists.
        contracts: Vec<PathBuf> = Vec::new(),
    }
    with {
        /// What is logged, on standard error; `RUST_LOG` says how much.
        log: Log,
    }
}

settings! {
    /// What is logged, on standard error.
    pub(crate) struct Log {
        /// How: text for people, or json, an object a line, for programs. Either way an event's fields have closed values:
        /// nothing that a sender wrote is among them.
        format: Format = Format::Text,
    }
}

/// Everything that may be set, as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// What is kept, where, and by which contracts.
    pub(crate) kept: Kept,
    /// How it is received.
    pub(crate) receiver: Settings,
    /// Where each setting that somebody has set was set.
    origins: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file, where there is to be one, the variables of this process, and the flags.
    ///
    /// Errors: all mistakes of all of them, each with its place.
    pub(crate) fn load(store: &Store, mut flags: Vec<Assignment>) -> Outcome<Self> {
        flags.extend(
            store
                .store
                .as_ref()
                .map(|location| Assignment::text("--store", &["store"], location.to_string())),
        );
        let text = store.config.as_deref().map(file::read).transpose()?;
        let file = store.config.as_deref().zip(text.as_deref());
        Self::of(file, std::env::vars_os(), flags)
    }

    fn of(
        file: Option<(&Path, &str)>,
        variables: impl IntoIterator<Item = variables::Variable>,
        flags: Vec<Assignment>,
    ) -> Outcome<Self> {
        let (mut config, mut mistakes) = (Self::default(), Mistakes::default());
        let names = Names::of(&config);
        if let Some((path, text)) = file {
            let folder = path.parent().unwrap_or(Path::new(""));
            for assignment in file::assignments(path, text, &names, &mut mistakes) {
                config.assign(assignment, Some(folder), &mut mistakes);
            }
        }
        let variables = variables::assignments(variables, &names, &mut mistakes);
        let flags = flags.into_iter().filter(|flag| names.knows(flag, &mut mistakes));
        for assignment in variables.into_iter().chain(flags.collect::<Vec<_>>()) {
            config.assign(assignment, None, &mut mistakes);
        }
        check::check(&config, &mut mistakes);
        mistakes.none().map(|()| config)
    }

    /// Sets a setting that is known. In a file, paths begin at its folder.
    fn assign(&mut self, assignment: Assignment, folder: Option<&Path>, mistakes: &mut Mistakes) {
        let path = assignment.path();
        match self.set(&path, &assignment.given) {
            Ok(()) => {
                if let Some(folder) = folder {
                    self.anchor(&path, folder);
                }
                self.origins.insert(assignment.name(), assignment.origin);
            }
            // Of what is known nothing else is wrong.
            Err(Wrong::Unknown { .. }) => {}
            Err(Wrong::Value { expected }) => {
                for (origin, given) in assignment.wrong(|given| self.set(&path, given).is_err()) {
                    let came = assignment::shown(given);
                    mistakes.note(origin, format_args!("expected {expected}, got {came}"));
                }
                mistakes.about(assignment.name());
            }
        }
    }

    /// Where a setting was set, if somebody has.
    fn origin(&self, name: &str) -> Option<&str> {
        self.origins.get(name).map(String::as_str)
    }

    /// The same as a configuration file, each setting with what it is for.
    pub(crate) fn annotated(&self) -> String {
        annotated::text(self)
    }
}

impl Group for Config {
    fn set(&mut self, path: &[&str], given: &Given) -> Result<(), Wrong> {
        match self.kept.set(path, given) {
            Err(Wrong::Unknown { .. }) => self.receiver.set(path, given),
            known => known,
        }
    }

    fn anchor(&mut self, path: &[&str], folder: &Path) {
        self.kept.anchor(path, folder);
        self.receiver.anchor(path, folder);
    }

    /// Those in no group before the groups.
    fn described(&self) -> Vec<Described> {
        let mut all = self.receiver.described();
        let alone = all.iter().take_while(|described| !described.is_group()).count();
        all.splice(alone..alone, self.kept.described());
        all
    }
}

#[cfg(test)]
mod tests;
