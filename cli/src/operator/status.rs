//! `headcount operator status`: how the instance stands.

use headcount::{Exporter, Status};
use headcount_contract::Document;

use super::whom::{Told, Whom};
use super::{failure, say_that_it_asks, unless_unanswered};
use crate::args::operator;
use crate::exit::Outcome;
use crate::output::{self, Output};

/// Prints it, as the running application says, or else as the files do.
pub(super) fn run(arguments: &operator::Status) -> Outcome {
    say_that_it_asks(&arguments.asked);
    let whom = Whom::seen(&arguments.asked, &arguments.which)?;
    let decided = whom.at_rest()?.map(ask).transpose()?;
    let asking = Asking { decided };
    let answered = match (whom.are_several(), arguments.json) {
        (true, true) => return whom.list(whom.ask(|exporter| asking.told(exporter))),
        (true, false) => asking.overview(&whom)?,
        (false, json) => asking.one(&whom.named, json)?,
    };
    output::say(if answered {
        "the running application answered"
    } else {
        "no running application answered: this is what the files say, and this command's environment"
    });
    Ok(())
}

/// Whoever is asked, and whether they answered.
struct Asking {
    /// How a relay stands that has let go of its instances: they do not answer any more.
    decided: Option<(Status, bool)>,
}

impl Asking {
    fn status(&self, exporter: &Exporter) -> Outcome<(Status, bool)> {
        let Some((decided, answered)) = &self.decided else {
            return ask(exporter);
        };
        let mut status = exporter.status().map_err(failure)?;
        status.decision.clone_from(&decided.decision);
        status.declined_by.clone_from(&decided.declined_by);
        Ok((status, *answered))
    }

    fn one(&self, exporter: &Exporter, json: bool) -> Outcome<bool> {
        let (status, answered) = self.status(exporter)?;
        if json {
            let mut status = serde_json::to_value(&status)?;
            status["answered"] = answered.into();
            output::print(&serde_json::to_string_pretty(&status)?)?;
        } else {
            output::print(&status.to_string())?;
        }
        Ok(answered)
    }

    fn told(&self, exporter: &Exporter) -> Outcome<Told> {
        let (status, answered) = self.status(exporter)?;
        let mut document = Document::parse(&serde_json::to_string(&status)?)?;
        if let Document::Object(fields) = &mut document {
            fields.push(("answered".to_owned(), Document::Bool(answered)));
        }
        Ok(Told { document, well: true })
    }

    /// The decision, then each instance. Says whether the relay answered.
    fn overview(&self, whom: &Whom) -> Outcome<bool> {
        let (decided, answered) = self.status(&whom.named)?;
        let mut output = Output::take();
        output.line(decided)?;
        output.end()?;
        whom.show(whom.ask(|exporter| self.status(exporter)), |(status, _)| {
            let mut output = Output::take();
            for (name, value) in of_an_instance(&status) {
                output.line(format_args!("  {name:<12}{value}"))?;
            }
            output.end()
        })?;
        Ok(answered)
    }
}

/// What differs from instance to instance.
fn of_an_instance(status: &Status) -> Vec<(&'static str, String)> {
    let last = status.last.as_ref().map(|sent| format!("{}: {}", sent.at, sent.outcome));
    let counted = |count: u64| (count > 0).then(|| count.to_string());
    let lines = [
        ("next", status.next.map(|next| next.to_string())),
        ("waiting", counted(status.waiting as u64)),
        ("not sent", status.waits_for.clone()),
        ("not made", status.failed.clone()),
        ("dropped", counted(status.dropped)),
        ("last", Some(last.unwrap_or_else(|| "nothing was sent yet".to_owned()))),
        ("damaged", status.damage.clone()),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn ask(exporter: &Exporter) -> Outcome<(Status, bool)> {
    match exporter.live_status() {
        Ok(status) => Ok((status, true)),
        Err(error) => {
            unless_unanswered(error)?;
            Ok((exporter.status().map_err(failure)?, false))
        }
    }
}
