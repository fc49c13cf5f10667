//! `headcount reports`: stored reports as JSON lines.

use std::collections::BTreeMap;

use anyhow::anyhow;
use headcount_contract::{Incomplete, Library};
use headcount_receiver::{Error, Filter, Listed, Reader, StoredKey};

use crate::args::{Reports, Selection};
use crate::config::{Config, Kept};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::{known, output, store};

/// Prints what is asked for, and says on standard error what was left out.
pub(crate) fn run(arguments: Reports) -> Outcome {
    let plan = Plan::new(arguments)?;
    let (reader, _) = store::read(&plan.kept)?;
    let mut output = Output::take();
    let mut left_out = LeftOut::default();
    plan.known(&reader)?;
    for row in reader.reports(plan.filter) {
        let row = row?;
        let derived = row.derived;
        match Listed::of(row, &plan.library, plan.incomplete) {
            Listed::Line(line) if plan.derived => output.line(derived.beside(line))?,
            Listed::Line(line) => output.line(line)?,
            Listed::Passed => {}
            Listed::Incomplete(key, incomplete) => left_out.incomplete(&key, &incomplete),
            Listed::Damaged(error) => left_out.damaged(&error),
            Listed::Unknown(key) => left_out.unknown(&key),
        }
    }
    output.end()?;
    left_out.tell()
}

/// What the configuration and the flags come to.
struct Plan {
    filter: Filter,
    incomplete: bool,
    derived: bool,
    kept: Kept,
    library: Library,
}

impl Plan {
    fn new(arguments: Reports) -> Outcome<Self> {
        let Reports { contract, date, from, to, incomplete, derived, store, contracts } = arguments;
        let Config { kept, .. } = Config::load(&store, Vec::new())?.config;
        let mut library = known::library(&[kept.contracts.clone(), contracts].concat())?;
        let (contract, version) = match contract {
            None => (None, None),
            Some(Selection::Label { name, version }) => (Some(name), version),
            Some(Selection::File(file)) => {
                let contract = known::add(&mut library, &file)?;
                (Some(contract.name().to_owned()), Some(contract.version().to_owned()))
            }
        };
        Ok(Self {
            filter: Filter { contract, version, from: date.or(from), to: date.or(to) },
            incomplete,
            derived,
            kept,
            library,
        })
    }

    /// Says no to a contract that neither this process nor the store knows: a slip of the hand would
    /// look like a quiet day.
    fn known(&self, reader: &Reader) -> Outcome {
        let Filter { contract, version, .. } = &self.filter;
        let Some(name) = contract else {
            return Ok(());
        };
        let meant = match version {
            Some(version) => format!("{name}/{version}"),
            None => name.clone(),
        };
        let any = Filter { from: None, to: None, ..self.filter.clone() };
        if self.library.find(&meant).is_some() || reader.reports(any).next().is_some() {
            return Ok(());
        }
        Err(Failure::Configuration(anyhow!(
            "expected a known contract ({}) or one with reports in the store, got {meant}",
            self.library.labels().join(", ")
        )))
    }
}

/// Reports that were not printed.
#[derive(Default)]
struct LeftOut {
    incomplete: u64,
    /// Those of them that lack data points.
    short: u64,
    damaged: u64,
    unknown: BTreeMap<String, u64>,
}

impl LeftOut {
    fn incomplete(&mut self, key: &StoredKey, incomplete: &Incomplete) {
        self.incomplete += 1;
        self.short += u64::from(incomplete.points().is_some_and(|(held, all)| held < all));
        output::say(format_args!("left out {} for {}: {incomplete}", label(key), key.date));
    }

    fn damaged(&mut self, error: &Error) {
        self.damaged += 1;
        output::say(format_args!("left out: {error}"));
    }

    fn unknown(&mut self, key: &StoredKey) {
        *self.unknown.entry(label(key)).or_default() += 1;
    }

    /// Sums up. What nobody could print is a failure; what is incomplete may become whole yet.
    fn tell(self) -> Outcome {
        if self.incomplete > 0 {
            let count = reports(self.incomplete);
            output::say(format_args!(
                "left out {count}, incomplete: --incomplete prints what they lack"
            ));
        }
        if self.short > 0 {
            let count = reports(self.short);
            output::say(format_args!(
                "{count} had fewer data points than the sender counted: the rest may still come, or \
                 was rejected"
            ));
        }
        if self.damaged > 0 {
            return Err(anyhow!(
                "expected every report to be whole, left out {}",
                reports(self.damaged)
            )
            .into());
        }
        if self.unknown.is_empty() {
            return Ok(());
        }
        let unknown =
            self.unknown.iter().map(|(label, count)| format!("{} of {label}", reports(*count)));
        Err(Failure::Configuration(anyhow!(
            "expected the contract of every report, left out {}: add it with --contract-file FILE",
            unknown.collect::<Vec<_>>().join(", ")
        )))
    }
}

fn label(key: &StoredKey) -> String {
    format!("{}/{}", key.contract, key.version)
}

fn reports(count: u64) -> String {
    if count == 1 { "1 report".to_owned() } else { format!("{count} reports") }
}
