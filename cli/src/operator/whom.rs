//! Whom a command is about: the instance of a data directory, or all of those behind a relay.

use std::io::{self, IsTerminal as _};
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, SystemTime};

use headcount::Exporter;
use headcount_contract::Document;

use super::{failure, open, unless_unanswered};
use crate::args::operator::{Asked, Place, Which};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Output};

/// So many are asked at once.
const AT_ONCE: usize = 32;

/// See the module.
pub(super) struct Whom {
    /// The instance; where they are several or none, that of the data directory that was named.
    pub(super) named: Exporter,
    /// The one that decides for them, behind a relay.
    decides: Option<Exporter>,
    /// Every instance with its label, where they are several.
    several: Vec<One>,
}

/// One of several instances.
struct One {
    label: String,
    exporter: Exporter,
}

impl Whom {
    /// Finds those of whom the files tell.
    pub(super) fn find(place: &Place, which: &Which) -> Outcome<Self> {
        Self::of(open(place)?, which)
    }

    /// Finds those who will be asked. Where the relay of several does not answer, none of them is waited for.
    pub(super) fn asked(asked: &Asked, which: &Which) -> Outcome<Self> {
        let wait = Duration::from_secs(asked.wait);
        let mut whom = Self::of(open(&asked.place)?.patience(wait), which)?;
        if whom.are_several()
            && let Err(error) = whom.named.live_status()
        {
            unless_unanswered(error)?;
            let unasked = |one: One| One { exporter: one.exporter.patience(Duration::ZERO), ..one };
            whom.named = whom.named.patience(Duration::ZERO);
            whom.several = whom.several.into_iter().map(unasked).collect();
        }
        Ok(whom)
    }

    fn of(named: Exporter, which: &Which) -> Outcome<Self> {
        let decides = named.leads().then(|| named.clone());
        let labels = match (&which.instance, &decides) {
            (Some(label), _) => vec![label.clone()],
            (None, Some(decides)) => decides.instances().map_err(failure)?,
            (None, None) => Vec::new(),
        };
        if let [label] = &labels[..] {
            let named = named.instance_at(label).map_err(failure)?;
            return Ok(Self { named, decides, several: Vec::new() });
        }
        let opened = labels.into_iter().map(|label| {
            let exporter = named.instance_at(&label).map_err(failure)?;
            Ok(One { label, exporter })
        });
        let several = opened.collect::<Outcome<_>>()?;
        Ok(Self { named, decides, several })
    }

    /// The relay that reports for nobody now. It has let go of its instances, and shows itself what it would tell.
    pub(super) fn at_rest(&self) -> Outcome<Option<&Exporter>> {
        let Some(decides) = &self.decides else { return Ok(None) };
        let reports = decides.reports(SystemTime::now()).map_err(failure)?;
        Ok((!reports).then_some(decides))
    }

    /// Whether there are several, which have to be told apart.
    pub(super) fn are_several(&self) -> bool {
        !self.several.is_empty()
    }

    /// Every one of them.
    pub(super) fn exporters(&self) -> Vec<Exporter> {
        if self.are_several() {
            self.several.iter().map(|one| one.exporter.clone()).collect()
        } else {
            vec![self.named.clone()]
        }
    }

    /// Does something for each of them, under a heading where they are several. What fails for one is told, and keeps
    /// nothing from the others.
    pub(super) fn each(&self, mut act: impl FnMut(&Exporter) -> Outcome) -> Outcome {
        if !self.are_several() {
            return act(&self.named);
        }
        let mut well = true;
        for (index, one) in self.several.iter().enumerate() {
            one.head(index == 0)?;
            well &= went_well(act(&one.exporter))?;
        }
        if well { Ok(()) } else { Err(Failure::No) }
    }

    /// Asks all of several at once, since a relay looks every two seconds only. For what it can tell at once.
    pub(super) fn ask<T: Send>(
        &self,
        ask: impl Fn(&Exporter) -> Outcome<T> + Sync,
    ) -> Vec<Outcome<T>> {
        let mut answers = Vec::new();
        for some in self.several.chunks(AT_ONCE) {
            thread::scope(|scope| {
                let asked = some.iter().map(|one| scope.spawn(|| ask(&one.exporter)));
                // All of them, before the first is waited for.
                let asked: Vec<_> = asked.collect();
                for thread in asked {
                    answers.push(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
                }
            });
        }
        answers
    }

    /// Shows what each of several answered, under its heading.
    pub(super) fn show<T>(
        &self,
        answers: Vec<Outcome<T>>,
        mut show: impl FnMut(T) -> Outcome,
    ) -> Outcome {
        let mut answers = answers.into_iter();
        self.each(|_| show(answers.next().expect("each of them was asked")?))
    }

    /// Prints what each of several told as JSON: a list of objects, each with its label as `instance`.
    pub(super) fn list(&self, told: Vec<Outcome<Told>>) -> Outcome {
        let (mut list, mut well) = (Vec::new(), true);
        for (one, told) in self.several.iter().zip(told) {
            match told {
                Ok(told) => {
                    list.push(labelled(told.document, &one.label));
                    well &= told.well;
                }
                Err(failure) => well &= went_well(Err(failure))?,
            }
        }
        output::print(&Document::List(list).pretty())?;
        if well { Ok(()) } else { Err(Failure::No) }
    }

    /// The label of one of several, by its place.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.several.iter().map(|one| one.label.as_str())
    }
}

/// What one of several tells as JSON.
pub(super) struct Told {
    pub(super) document: Document,
    /// Whether all is well.
    pub(super) well: bool,
}

impl One {
    /// Says whom the following is about.
    fn head(&self, first: bool) -> Outcome {
        let label = &self.label;
        let mut output = Output::take();
        output.line(format_args!("{}instance {label}", if first { "" } else { "\n" }))?;
        output.end()?;
        // What goes another way says it as well.
        if !io::stdout().is_terminal() {
            output::say(format_args!("instance {label}:"));
        }
        Ok(())
    }
}

/// Tells what went wrong. Says whether nothing did.
fn went_well(outcome: Outcome) -> Outcome<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(Failure::No) => Ok(false),
        Err(Failure::Failed(error) | Failure::Configuration(error)) => {
            output::say(format_args!("{error:#}"));
            Ok(false)
        }
        Err(Failure::OutputClosed) => Err(Failure::OutputClosed),
    }
}

/// A JSON object with a label before the rest.
pub(super) fn labelled(document: Document, label: &str) -> Document {
    let label = ("instance".to_owned(), Document::Text(label.to_owned()));
    match document {
        Document::Object(rest) => Document::Object([label].into_iter().chain(rest).collect()),
        other => other,
    }
}
