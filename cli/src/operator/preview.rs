//! `headcount operator preview`: a report before it is sent.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use headcount::{Exporter, Preview};
use headcount_contract::Document;

use super::whom::{Told, Whom};
use super::{failure, say_that_it_asks, unless_unanswered};
use crate::args::operator;
use crate::exit::{Failure, Outcome};
use crate::output;

/// Where a report is from. Only that of the running application is what would be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Application,
    Spool,
    History,
    Example,
}

/// A report, or what comes nearest to it.
struct Shown {
    origin: Origin,
    document: Document,
    otlp: Option<Vec<u8>>,
    missing: Vec<String>,
    withheld: Vec<String>,
}

/// Prints it, and says where it is from.
pub(super) fn run(arguments: &operator::Preview) -> Outcome {
    say_that_it_asks(&arguments.asked);
    let whom = Whom::asked(&arguments.asked, &arguments.which)?;
    if let Some(decides) = whom.at_rest()?
        && arguments.which.instance.is_none()
    {
        return show(&find(decides)?, arguments);
    }
    if whom.are_several() {
        if arguments.otlp.is_some() {
            let expected = "expected --instance beside --otlp, since there are several";
            return Err(Failure::Configuration(anyhow!(expected)));
        }
        let shown = whom.ask(find);
        if arguments.json {
            return whom.list(shown.into_iter().map(|shown| Ok(shown?.told())).collect());
        }
        return whom.show(shown, |shown| show(&shown, arguments));
    }
    show(&find(&whom.named)?, arguments)
}

fn show(shown: &Shown, arguments: &operator::Preview) -> Outcome {
    if let Some(file) = &arguments.otlp {
        write(file, shown)?;
    }
    if arguments.json {
        output::print(&shown.json().pretty())?;
    } else {
        output::print(&shown.document.pretty())?;
    }
    shown.tell();
    if shown.origin == Origin::Application { Ok(()) } else { Err(Failure::No) }
}

fn find(exporter: &Exporter) -> Outcome<Shown> {
    match exporter.preview() {
        Ok(preview) => return Ok(Shown::of(&preview, Origin::Application)),
        Err(error) => unless_unanswered(error)?,
    }
    if let Some(waiting) = exporter.waiting().map_err(failure)?.last() {
        return Ok(Shown::of(waiting, Origin::Spool));
    }
    let sent = exporter.history().map_err(failure)?;
    let newest = sent.into_iter().rev().find_map(|sent| sent.report);
    Ok(match newest {
        Some(document) => Shown::without_bytes(document, Origin::History),
        None => Shown::without_bytes(exporter.contract().example(), Origin::Example),
    })
}

fn write(file: &Path, shown: &Shown) -> Outcome {
    let Some(otlp) = &shown.otlp else {
        return Err(Failure::Failed(anyhow!(
            "expected a running application or a report that waits, for the bytes that would be sent, got neither"
        )));
    };
    let expected = || format!("expected to write {}", file.display());
    Ok(fs::write(file, otlp).with_context(expected)?)
}

impl Shown {
    fn of(preview: &Preview, origin: Origin) -> Self {
        Self {
            origin,
            document: preview.document().clone(),
            otlp: Some(preview.otlp().to_vec()),
            missing: preview.missing().to_vec(),
            withheld: preview.withheld().to_vec(),
        }
    }

    fn without_bytes(document: Document, origin: Origin) -> Self {
        Self { origin, document, otlp: None, missing: Vec::new(), withheld: Vec::new() }
    }

    fn json(&self) -> Document {
        let texts =
            |texts: &[String]| Document::List(texts.iter().cloned().map(Document::Text).collect());
        Document::Object(vec![
            ("from".to_owned(), Document::Text(self.origin.name().to_owned())),
            ("report".to_owned(), self.document.clone()),
            ("missing".to_owned(), texts(&self.missing)),
            ("withheld".to_owned(), texts(&self.withheld)),
        ])
    }

    fn told(&self) -> Told {
        Told { document: self.json(), well: self.origin == Origin::Application }
    }

    /// Says what cannot be seen of the report itself.
    fn tell(&self) {
        output::say(self.origin.told());
        for path in &self.missing {
            output::say(format_args!("nothing is sent while this lacks: {path}"));
        }
        for line in &self.withheld {
            output::say(format_args!("withheld: {line}"));
        }
    }
}

impl Origin {
    fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Spool => "spool",
            Self::History => "history",
            Self::Example => "example",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Application => "the running application would send this now",
            Self::Spool => {
                "no running application answered: this is the newest report that waits to be sent"
            }
            Self::History => {
                "no running application answered: this is the newest report of the history"
            }
            Self::Example => {
                "no running application answered, and no report was made yet: this is the contract's example"
            }
        }
    }
}
