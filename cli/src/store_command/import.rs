//! `headcount store import`: reports from files into the store.

mod lines;

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use headcount_contract::Library;
use headcount_receiver::{Imported, Importer, Location, Refusal};
use tokio::task::JoinSet;

use crate::args::Import;
use crate::config::{Config, Kept};
use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::log::{self, Unasked};
use crate::output::Output;
use crate::{known, output, process, store};
use lines::{Line, Lines};

/// Lines that are named in full; of the others of a file only the number is told.
const NAMED: u64 = 10;

/// Imports every file, and says what became of each.
pub(super) fn run(arguments: Import) -> Outcome {
    let Import { files, store, contracts } = arguments;
    let Config { kept, .. } = Config::load(&store, Vec::new())?.config;
    let library = known::library(&[kept.contracts.clone(), contracts].concat())?;
    readable(&files)?;
    log::start(Unasked::Warnings)?;
    process::runtime()?.block_on(import(&files, &kept, library))
}

/// Nothing is imported where a name is a slip of the hand.
fn readable(files: &[PathBuf]) -> Outcome {
    for file in files {
        open(file).or_configuration()?;
    }
    Ok(())
}

async fn import(files: &[PathBuf], kept: &Kept, library: Library) -> Outcome {
    let location = &kept.store;
    let new = match location {
        Location::Sqlite(path) => !path.exists(),
        Location::Memory => {
            return Err(Failure::Configuration(anyhow!(
                "expected a store such as sqlite:PATH, got {location}, which would forget \
                 everything at once"
            )));
        }
    };
    let (store, keys) = location.open_with(kept.secret.as_deref()).map_err(store::failure)?;
    if new {
        output::say(format_args!("made the store {location}: there was none"));
    }
    let importer = Importer::new(Arc::new(library), keys, Arc::clone(&store)).await;
    let importer = Arc::new(importer.map_err(store::failure)?);
    let mut outcome = Ok(());
    for path in files {
        match import_file(&importer, path).await {
            Ok(true) => {}
            Ok(false) => outcome = Err(Failure::No),
            Err(failure) => {
                outcome = Err(failure);
                break;
            }
        }
    }
    store.close().await;
    outcome
}

/// Imports a file, and says whether everything in it was taken.
async fn import_file(importer: &Arc<Importer>, path: &Path) -> Outcome<bool> {
    let name = if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() };
    let mut lines = Lines::new(open(path)?);
    let mut tally = Tally { name, ..Tally::default() };
    loop {
        let group = lines.group().with_context(|| format!("expected to read {}", tally.name))?;
        if group.is_empty() {
            break;
        }
        for (number, imported) in import_group(importer, group).await {
            tally.add(number, imported)?;
        }
    }
    tally.tell()
}

/// Imports some lines at once, so that they share the waiting for the disk. In the order of the lines.
async fn import_group(
    importer: &Arc<Importer>,
    group: Vec<Line>,
) -> Vec<(u64, Result<Imported, Refusal>)> {
    let mut importing = JoinSet::new();
    for Line { number, bytes } in group {
        let importer = Arc::clone(importer);
        importing.spawn(async move { (number, importer.json(bytes).await) });
    }
    let mut outcomes = importing.join_all().await;
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if is_stdin(path) {
        return Ok(Box::new(stdin().lock()));
    }
    let file =
        File::open(path).with_context(|| format!("expected a file in {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// What became of a file's lines.
#[derive(Default)]
struct Tally {
    name: String,
    imported: Imported,
    /// The first place at which a data point was rejected, and why.
    first: Option<String>,
    /// Lines that were no requests.
    left_out: u64,
}

impl Tally {
    fn add(&mut self, number: u64, imported: Result<Imported, Refusal>) -> Outcome {
        let place = format!("{}:{number}", self.name);
        match imported {
            Ok(Imported { answer, added, duplicate, erasures }) => {
                self.imported.added += added;
                self.imported.duplicate += duplicate;
                self.imported.erasures += erasures;
                self.imported.answer.rejected += answer.rejected;
                if let (None, Some(first)) = (&self.first, answer.first) {
                    self.first = Some(format!("{place}: {first}"));
                }
            }
            Err(refusal @ Refusal::Unavailable) => {
                let again = "what came before it is kept, and importing it again changes nothing";
                return Err(anyhow!("{place}: {refusal}; {again}").into());
            }
            Err(refusal) => {
                self.left_out += 1;
                if self.left_out <= NAMED {
                    // The place within the line; which line it is was said.
                    let text = refusal.to_string().replace("(line 1, column ", "(column ");
                    output::note(format_args!("{place}: {text}"));
                }
            }
        }
        Ok(())
    }

    /// Says it, and gives whether everything was taken.
    fn tell(self) -> Outcome<bool> {
        let Self { name, imported, first, left_out } = self;
        if left_out > NAMED {
            let more = left_out - NAMED;
            output::note(format_args!("{name}: and {}", plural(more, "line more", "lines more")));
        }
        let Imported { answer, added, duplicate, erasures } = imported;
        let mut counts = vec![
            format!("{} added", plural(added, "report", "reports")),
            format!("{duplicate} duplicate"),
            format!("{} rejected", plural(answer.rejected, "data point", "data points")),
        ];
        if erasures > 0 {
            counts.push(format!("{} erased", plural(erasures, "instance", "instances")));
        }
        if left_out > 0 {
            counts.push(format!("{} left out", plural(left_out, "line", "lines")));
        }
        let mut line = format!("{name}: {}", counts.join(", "));
        if let Some(first) = first {
            line = format!("{line}; the first at {first}");
        }
        let mut output = Output::take();
        output.line(line)?;
        output.end()?;
        Ok(answer.rejected == 0 && left_out == 0)
    }
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
