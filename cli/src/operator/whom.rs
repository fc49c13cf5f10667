//! Whom a command is about: the instance of a data directory, or all of those behind a relay.

use std::io::{self, IsTerminal as _};
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, SystemTime};

use headcount::Exporter;
use headcount_contract::{Document, OnWithdrawal};

use super::{failure, open, open_to_ask, unless_unanswered};
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
        Self::of(open(place)?, which, |_, _| Ok(true))
    }

    /// Finds those who can be asked for something. A relay has let go of those whose id it deleted.
    pub(super) fn asked(asked: &Asked, which: &Which) -> Outcome<Self> {
        let named = open_to_ask(asked)?;
        Self::of(named, which, |decides, one| Ok(!has_let_go(decides, one)?))?.reached()
    }

    /// Finds all of them, to ask how they stand.
    pub(super) fn seen(asked: &Asked, which: &Which) -> Outcome<Self> {
        Self::of(open_to_ask(asked)?, which, |_, _| Ok(true))?.reached()
    }

    /// The relay's instances that are kept, or the one with this label, or else the data directory itself.
    fn of(
        mut named: Exporter,
        which: &Which,
        keep: impl Fn(&Exporter, &Exporter) -> Outcome<bool>,
    ) -> Outcome<Self> {
        if let Some(label) = &which.instance {
            let decides = named.leads().then(|| named.clone());
            let named = named.instance_at(label).map_err(failure)?;
            return Ok(Self { named, decides, several: Vec::new() });
        }
        if !named.leads() {
            return Ok(Self { named, decides: None, several: Vec::new() });
        }
        let mut several = Vec::new();
        for label in named.instances().map_err(failure)? {
            let exporter = named.instance_at(&label).map_err(failure)?;
            if keep(&named, &exporter)? {
                several.push(One { label, exporter });
            }
        }
        let decides = Some(named.clone());
        if several.len() == 1 {
            named = several.remove(0).exporter;
        }
        Ok(Self { named, decides, several })
    }

    /// Waits for nobody who will not answer: where the relay of several does not, none of them does.
    fn reached(mut self) -> Outcome<Self> {
        let Some(decides) = self.decides.clone() else { return Ok(self) };
        let mut runs = true;
        if self.are_several()
            && let Err(error) = self.named.live_status()
        {
            unless_unanswered(error)?;
            runs = false;
            self.named = self.named.patience(Duration::ZERO);
        }
        for one in &mut self.several {
            if !runs || has_let_go(&decides, &one.exporter)? {
                one.exporter = one.exporter.clone().patience(Duration::ZERO);
            }
        }
        Ok(self)
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

    /// Whether there is an instance at all, and not only the relay that decides for those to come.
    pub(super) fn are_there(&self) -> bool {
        self.are_several() || !self.named.leads()
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

/// Whether a relay knows an instance no more, which has withdrawn to the end.
fn has_let_go(decides: &Exporter, one: &Exporter) -> Outcome<bool> {
    let deletes = one.contract().consent().on_withdrawal == OnWithdrawal::DeleteId;
    let forgets = deletes || decides.reports(SystemTime::now()).map_err(failure)?;
    Ok(forgets && one.is_gone().map_err(failure)?)
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
