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
pub(crate) use check::Checking;
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

/// Everything that may be set about a receiver and its store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// What is kept, where, and by which contracts.
    pub(crate) kept: Kept,
    /// How it is received.
    pub(crate) receiver: Settings,
}

/// Everything that may be set about a command.
pub(crate) trait Configures: Group + Default {
    /// What a file with all of it begins with.
    const HEADING: &'static str;

    /// Notes what does not go together.
    fn check(&self, checking: &mut Checking<'_>);
}

/// What was set, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded<C> {
    /// All settings.
    pub(crate) config: C,
    /// Where each setting that somebody has set was set.
    origins: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file, where there is to be one, the variables of this process, and the flags.
    ///
    /// Errors: all mistakes of all of them, each with its place.
    pub(crate) fn load(store: &Store, mut flags: Vec<Assignment>) -> Outcome<Loaded<Self>> {
        flags.extend(
            store
                .store
                .as_ref()
                .map(|location| Assignment::text("--store", &["store"], location.to_string())),
        );
        Loaded::read(store.config.as_deref(), flags)
    }
}

impl Configures for Config {
    const HEADING: &'static str = "\
# The configuration of `headcount serve`, and of the commands that work on its store. Paths are relative to this
# file's folder. A setting behind a # has its default. A variable of the environment wins over this file, such as
# HEADCOUNT_CONNECTIONS__TOTAL=100, and a flag over both, such as --set connections.total=100.
";

    fn check(&self, checking: &mut Checking<'_>) {
        checking.listens(&self.receiver.listen, &self.receiver.tls);
    }
}

impl<C: Configures> Loaded<C> {
    /// Reads a file, where there is to be one, the variables of this process, and the flags.
    ///
    /// Errors: all mistakes of all of them, each with its place.
    pub(crate) fn read(file: Option<&Path>, flags: Vec<Assignment>) -> Outcome<Self> {
        let text = file.map(file::read).transpose()?;
        Self::of(file.zip(text.as_deref()), std::env::vars_os(), flags)
    }

    fn of(
        file: Option<(&Path, &str)>,
        variables: impl IntoIterator<Item = variables::Variable>,
        flags: Vec<Assignment>,
    ) -> Outcome<Self> {
        let mut mistakes = Mistakes::default();
        let mut loaded = Self { config: C::default(), origins: BTreeMap::new() };
        let names = Names::of(&loaded.config);
        if let Some((path, text)) = file {
            let folder = path.parent().unwrap_or(Path::new(""));
            for assignment in file::assignments(path, text, &names, &mut mistakes) {
                loaded.assign(assignment, Some(folder), &mut mistakes);
            }
        }
        let variables = variables::assignments(variables, &names, &mut mistakes);
        let flags = flags.into_iter().filter(|flag| names.knows(flag, &mut mistakes));
        for assignment in variables.into_iter().chain(flags.collect::<Vec<_>>()) {
            loaded.assign(assignment, None, &mut mistakes);
        }
        loaded.config.check(&mut Checking::new(&loaded.origins, &mut mistakes));
        mistakes.none().map(|()| loaded)
    }

    /// Sets a setting that is known. In a file, paths begin at its folder.
    fn assign(&mut self, assignment: Assignment, folder: Option<&Path>, mistakes: &mut Mistakes) {
        let path = assignment.path();
        match self.config.set(&path, &assignment.given) {
            Ok(()) => {
                if let Some(folder) = folder {
                    self.config.anchor(&path, folder);
                }
                self.origins.insert(assignment.name(), assignment.origin);
            }
            // Of what is known nothing else is wrong.
            Err(Wrong::Unknown { .. }) => {}
            Err(Wrong::Value { expected }) => {
                let config = &mut self.config;
                for (origin, given) in assignment.wrong(|given| config.set(&path, given).is_err()) {
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
