//! The notice: what an operator reads before anything is sent.

mod fields;
mod page;
mod parts;

pub use parts::NoticePart;
use parts::Parts;

use crate::model::{ConsentDefault, Contract};
use crate::wording::{
    self, has_levels, identity, keeping, redirect, required, schedule, small_groups, span,
    withdrawal,
};

/// What a notice says beside the contract. All of it is optional; the destination only where the contract
/// has an endpoint.
///
/// ```
/// use headcount_contract::{Library, NoticeFacts};
///
/// let library = Library::built_in();
/// let contract = library.find("manyfold").expect("it ships");
/// let facts = NoticeFacts { destination: "https://usage.example.org", ..NoticeFacts::default() };
/// assert!(contract.notice(&facts).contains("Nothing is sent unless you agree."));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoticeFacts<'a> {
    /// Where reports go: the receiver's URL, as it is after every redirection. Where it is empty, the
    /// contract's own stands in its place.
    pub destination: &'a str,
    /// The name by which the operator knows this instance.
    pub instance: Option<&'a str>,
    /// The switch in the configuration, which is true or false, and its place: such as
    /// `telemetry.enabled in /etc/shop.yaml`.
    pub configuration: Option<&'a str>,
    /// Where in the application to decide, such as `Settings, Privacy`.
    pub application: Option<&'a str>,
    /// The command by which the operator decides and looks, such as `headcount operator … /var/lib/shop`. In place
    /// of the ellipsis the notice says `decline`, `agree`, `preview` or `history`.
    pub operator: Option<&'a str>,
    /// How to see a report before it is sent, such as `shop usage preview`.
    pub preview: Option<&'a str>,
    /// Where to read on.
    pub documentation: Option<&'a str>,
}

impl Contract {
    /// The notice for an operator: plain text, lines of at most 78 characters but where a single word of
    /// the facts is longer. The same contract and facts give the same text.
    ///
    /// Control characters and those that turn or hide text are replaced, wherever they come from.
    pub fn notice(&self, facts: &NoticeFacts<'_>) -> String {
        page::written(&self.notice_parts(facts))
    }

    /// The notice in its parts, in order, for an application that shows it in a form of its own. The texts
    /// are those of [`notice`](Self::notice), on one line each.
    ///
    /// ```
    /// use headcount_contract::{Library, NoticeFacts, NoticePart};
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("manyfold").expect("it ships");
    /// let parts = contract.notice_parts(&NoticeFacts::default());
    /// assert_eq!(parts[0], NoticePart::Title("Usage reports of manyfold".to_owned()));
    /// let fields = parts.iter().filter(|part| matches!(part, NoticePart::Field { .. }));
    /// assert_eq!(fields.count(), 6);
    /// ```
    pub fn notice_parts(&self, facts: &NoticeFacts<'_>) -> Vec<NoticePart> {
        let mut page = Parts::default();
        opening(self, facts, &mut page);
        page.heading("What is reported");
        fields::write(&self.report, &mut page);
        if has_levels(&self.report) {
            page.paragraph(
                "You agree up to a level: basic, usage, statistics or diagnostics. A value marked with a \
                 level is told from that level on; all others always are.",
            );
            if self.consent.default == ConsentDefault::OptOut {
                page.paragraph("Until you decide, reports are of level basic.");
            }
        }
        page.paragraph(&wording::envelope(self));
        page.paragraph("Nothing else that the application records is sent.");
        page.heading("How often");
        page.paragraph(&schedule(&self.schedule));
        page.heading("How you are known");
        page.paragraph(&identity(self.identity));
        decision(self, facts, &mut page);
        page.heading("If you change your mind");
        page.paragraph(&self.withdrawal());
        page.heading("What the receiver does");
        page.paragraph(&keeping(&self.intake, &self.publish));
        published(self, &mut page);
        closing(self, facts, &mut page);
        page.finish()
    }

    /// What happens when consent is withdrawn, in sentences: they stand in the notice.
    ///
    /// ```
    /// let library = headcount_contract::Library::built_in();
    /// let contract = library.find("manyfold").expect("it ships");
    /// assert!(contract.withdrawal().contains("The id is deleted"));
    /// ```
    pub fn withdrawal(&self) -> String {
        withdrawal(self)
    }

    /// Where reports cannot be declined, in a sentence of the notice; `None` where they always can.
    ///
    /// ```
    /// let library = headcount_contract::Library::built_in();
    /// let contract = library.find("flowfuse").expect("it ships");
    /// assert!(contract.requirement().is_some_and(|text| text.contains("cannot be declined")));
    /// ```
    pub fn requirement(&self) -> Option<String> {
        required(self)
    }
}

/// What everybody may see.
fn published(contract: &Contract, page: &mut Parts) {
    page.heading("What is published");
    let (publish, report) = (&contract.publish, &contract.report);
    if publish.figures.is_empty() {
        page.paragraph("Nothing.");
        return;
    }
    page.paragraph("Figures that are made of all reports together:");
    for figure in &publish.figures {
        let what = figure.brief.clone().unwrap_or_else(|| figure.definition(report));
        page.item(&what);
    }
    page.paragraph(&small_groups(publish, report));
}

fn opening(contract: &Contract, facts: &NoticeFacts<'_>, page: &mut Parts) {
    page.title(&format!("Usage reports of {}", contract.name));
    page.paragraph(match contract.consent.default {
        ConsentDefault::OptIn => {
            "The makers of this application ask for usage reports. This notice says all of it. \
             Nothing is sent unless you agree."
        }
        ConsentDefault::OptOut => {
            "This application sends usage reports to its makers. This notice says all of it, \
             and how to decline. Nothing was sent before it was shown."
        }
    });
    page.paragraph(&contract.brief);
    if let Some(note) = &contract.note {
        page.paragraph(note);
    }
    destination(contract, facts, page);
}

fn destination(contract: &Contract, facts: &NoticeFacts<'_>, page: &mut Parts) {
    page.heading("Where reports go");
    let known = Some(facts.destination).filter(|url| !url.is_empty());
    page.paragraph(match known.or(contract.intake.endpoint.as_deref()) {
        Some(url) => url,
        None => "To the receiver that the application is set up with.",
    });
    if let Some(variable) = &contract.intake.environment {
        let redirect = redirect(variable);
        page.paragraph(&format!(
            "To send them elsewhere, for example to look at them: {redirect} in the environment."
        ));
    }
    if let Some(instance) = facts.instance {
        page.paragraph(&format!("They are about this instance: {instance}"));
    }
}

fn decision(contract: &Contract, facts: &NoticeFacts<'_>, page: &mut Parts) {
    let opt_in = contract.consent.default == ConsentDefault::OptIn;
    page.heading(if opt_in { "How to agree or decline" } else { "How to decline" });
    if let Some(required) = required(contract) {
        page.paragraph(&required);
    }
    if contract.consent.grace_seconds > 0 && !opt_in {
        let grace = span(contract.consent.grace_seconds);
        page.paragraph(&format!(
            "The first report leaves {grace} after this notice, at the earliest."
        ));
    }
    let everywhere = contract.consent.required_when.is_none();
    page.paragraph(if everywhere {
        "Any one of these declines:"
    } else {
        "Everywhere else, any one of these declines:"
    });
    page.item("DO_NOT_TRACK=1 in the environment");
    if let Some(variable) = &contract.consent.environment {
        page.item(&format!("{variable}=false in the environment"));
    }
    places(facts, &DECLINE, page);
    page.paragraph(
        "Whatever was decided, nothing is sent where CI=true is in the environment, as it is in \
         continuous integration.",
    );
    let somewhere = [facts.configuration, facts.application, facts.operator];
    if opt_in && somewhere.iter().any(Option::is_some) {
        page.paragraph("Any one of these agrees, where none declines:");
        places(facts, &AGREE, page);
    }
}

/// A decision, in the words of the places in which it is made.
struct Choice {
    switch: &'static str,
    command: &'static str,
}

const DECLINE: Choice = Choice { switch: "false", command: "decline" };
const AGREE: Choice = Choice { switch: "true", command: "agree" };

/// What stands for the word that tells what to do, in [`NoticeFacts::operator`].
const TO_DO: char = '…';

/// Where the operator decides, beside the environment.
fn places(facts: &NoticeFacts<'_>, choice: &Choice, page: &mut Parts) {
    if let Some(switch) = facts.configuration {
        page.item(&format!("in the configuration: {switch}, set to {}", choice.switch));
    }
    if let Some(place) = facts.application {
        page.item(&format!("in the application: {place}"));
    }
    if let Some(command) = facts.operator {
        let command = command.replacen(TO_DO, choice.command, 1);
        page.item(&format!("on the command line: {command}"));
    }
}

fn closing(contract: &Contract, facts: &NoticeFacts<'_>, page: &mut Parts) {
    page.heading("See for yourself");
    if let Some(preview) = facts.preview {
        page.paragraph(&format!("A report before it is sent: {preview}"));
    }
    if let Some(command) = facts.operator {
        page.paragraph(&format!("What would be sent: {}", command.replacen(TO_DO, "preview", 1)));
        page.paragraph(&format!("What was sent: {}", command.replacen(TO_DO, "history", 1)));
    }
    if let Some(documentation) = facts.documentation {
        page.paragraph(&format!("More about it: {documentation}"));
    }
    page.paragraph(&format!(
        "This notice is made from the usage contract {}, and your decision holds for this contract \
         only. Its SHA-256 digest:",
        contract.label()
    ));
    page.paragraph(&contract.digest.to_string());
}
