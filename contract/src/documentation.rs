//! The page about a contract for the application's documentation, in Markdown.

mod fields;
mod markdown;
mod published;

use std::fmt::Write as _;

use markdown::{code, escape};

use crate::library::Library;
use crate::model::{ConsentDefault, Contract};
use crate::wording::{
    envelope, has_levels, identity, keeping, redirect, required, schedule, span, withdrawal,
};

impl Contract {
    /// The documentation page: what is reported, when and on whose decision, an example, what becomes of it,
    /// and how to verify all that. The same contract gives the same text.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let page = library.find("openfn/2").expect("it ships").documentation();
    /// assert!(page.contains("| `instance.no_of_users` | integer | `{user}` | People with an account |"));
    /// ```
    pub fn documentation(&self) -> String {
        let mut page = String::new();
        head(&mut page, self);
        section(&mut page, "What is reported", &fields::table_of(&self.report));
        paragraph(&mut page, &escape(&envelope(self)));
        paragraph(&mut page, "Nothing else that the application records is sent.");
        section(
            &mut page,
            "An example",
            "With every optional value, and numbers that are made up.",
        );
        paragraph(&mut page, &format!("```json\n{}\n```", self.example().pretty()));
        section(&mut page, "Where reports go", &destination(self));
        section(&mut page, "When", &escape(&schedule(&self.schedule)));
        section(&mut page, "Who decides", &decision(self));
        section(&mut page, "Withdrawal", &escape(&withdrawal(self)));
        section(&mut page, "Identity", &escape(&identity(self.identity)));
        section(
            &mut page,
            "What the receiver does",
            &escape(&keeping(&self.intake, &self.publish)),
        );
        section(&mut page, "What is published", &published::told(&self.publish, &self.report));
        section(&mut page, "How to verify it", &verification(self));
        page
    }
}

const IN_MEMORY: &str = "writing to a string cannot fail";

fn head(page: &mut String, contract: &Contract) {
    writeln!(page, "# Usage reports of {}", contract.name).expect(IN_MEMORY);
    paragraph(page, &escape(&contract.brief));
    if let Some(note) = &contract.note {
        paragraph(page, &escape(note));
    }
}

fn section(page: &mut String, heading: &str, text: &str) {
    writeln!(page, "\n## {heading}").expect(IN_MEMORY);
    paragraph(page, text);
}

fn paragraph(page: &mut String, text: &str) {
    writeln!(page, "\n{}", text.trim_end()).expect(IN_MEMORY);
}

/// Where reports go, and how they are sent elsewhere.
fn destination(contract: &Contract) -> String {
    let mut text = match &contract.intake.endpoint {
        Some(endpoint) => format!("To {}.", code(endpoint)),
        None => {
            "To the receiver that the application is set up with; the notice names it.".to_owned()
        }
    };
    if let Some(variable) = &contract.intake.environment {
        let redirect = code(&redirect(variable));
        write!(text, " {redirect} in the environment sends them elsewhere.").expect(IN_MEMORY);
    }
    text
}

/// Who decides, and by what.
fn decision(contract: &Contract) -> String {
    let mut text = String::new();
    text.push_str(match contract.consent.default {
        ConsentDefault::OptIn => "Nothing is sent unless the operator agrees.",
        ConsentDefault::OptOut => {
            "Reports are sent unless the operator declines. Nothing is sent before the notice was shown."
        }
    });
    if contract.consent.grace_seconds > 0 {
        let grace = span(contract.consent.grace_seconds);
        write!(text, " The first report leaves {grace} after it, at the earliest.")
            .expect(IN_MEMORY);
    }
    if has_levels(&contract.report) {
        text.push_str(match contract.consent.default {
            ConsentDefault::OptIn => " The operator agrees up to a level.",
            ConsentDefault::OptOut => {
                " Until the operator decides, and then up to which level, reports are of level basic."
            }
        });
    }
    if let Some(required) = required(contract) {
        write!(text, "\n\n{} Everywhere else:", escape(&required)).expect(IN_MEMORY);
    }
    text.push_str("\n\n- `DO_NOT_TRACK=1` in the environment declines.");
    if let Some(variable) = &contract.consent.environment {
        write!(text, "\n- `{variable}=false` in the environment declines.").expect(IN_MEMORY);
    }
    text.push_str(
        "\n- The application's configuration and the application itself can offer further ways.\n\n\
         Whatever was decided, nothing is sent where `CI=true` is in the environment, as it is in continuous \
         integration. A decision holds for this contract. One that would tell more is not sent under it.",
    );
    text
}

/// How a reader can check all of it.
fn verification(contract: &Contract) -> String {
    let label = contract.label();
    // A contract that does not ship is named by its file.
    let named = match Library::built_in_text(&label) {
        Some(_) => label.clone(),
        None => "FILE.yaml".to_owned(),
    };
    // Where `headcount inspect` listens.
    let redirect = contract
        .intake
        .environment
        .as_ref()
        .map_or_else(String::new, |variable| format!(" (`{variable}=http://127.0.0.1:4318`)"));
    format!(
        "Run `headcount inspect`, and let the application send to it instead of to the receiver{redirect}. It \
         prints each report as a receiver would store it, and what was left out; it stores nothing. \
         This page is made from the contract: `headcount contract show {named}` prints it, and \
         `headcount contract docs {named}` makes this page of it. `headcount contract schema {named}` prints \
         the JSON Schema of the report.\n\n\
         - Contract: `{label}`\n\
         - Schema URL: {}\n\
         - SHA-256 digest: `{}`",
        code(&contract.schema_url),
        contract.digest
    )
}
