//! The switch.

use headcount_contract::{Contract, Identity, Level, OnWithdrawal};
use maud::{Markup, html};

use super::super::act::overrules;
use super::super::text::Text;
use super::{View, token, unreadable};
use crate::{Status, Switch};

pub(super) fn section(view: &View<'_>) -> Markup {
    let contract = &view.seen.contract;
    html! {
        section #decision aria-labelledby="decision-title" {
            h2 #decision-title { "Your decision" }
            @match &view.seen.status {
                Ok(status) => {
                    (overruled(status, contract))
                    (form(view, status, contract))
                }
                Err(error) => (unreadable("The switch", error)),
            }
        }
    }
}

/// What decides in the place of this form, and what to do about it.
fn overruled(status: &Status, contract: &Contract) -> Markup {
    let by = status.declined_by.as_ref().filter(|switch| overrules(switch));
    html! {
        @if let Some(switch) = by {
            div.message.note #overruled {
                p { strong { "Something else decides: " } (Text(&switch.to_string())) "." }
                p { (advice(switch)) " Until then nothing can be agreed to here." }
            }
        }
        @if status.required {
            div.message.note #required {
                @if let Some(text) = contract.requirement() { p { (Text(&text)) } }
                p { "That holds for this instance. You can say how much is reported." }
            }
        }
    }
}

fn advice(switch: &Switch) -> Markup {
    html! {
        @match switch {
            Switch::Variable(name) => {
                "To decide here, remove " code { (Text(name)) } " from the environment of the \
                 application, and restart it."
            }
            Switch::ContinuousIntegration => {
                "Where this is no test run, remove " code { "CI" } " from the environment of the \
                 application, and restart it."
            }
            Switch::Configuration => {
                "To decide here, remove " code { "telemetry.enabled" } " from that file. It is \
                 read again by itself."
            }
            Switch::Unreadable(_) => "Correct that file. It is read again by itself.",
            _ => "Decide again.",
        }
    }
}

fn form(view: &View<'_>, status: &Status, contract: &Contract) -> Markup {
    let levels = levels(contract);
    let barred = status.declined_by.as_ref().is_some_and(overrules);
    let declined = status.declined_by == Some(Switch::Choice);
    // While the application would tell more than was agreed to, neither answer is given yet.
    let chosen = status.level.filter(|_| status.agreed_contract.is_none());
    html! {
        form method="post" action="?" {
            (token(view))
            fieldset {
                legend { "May usage be reported?" }
                @for level in &levels {
                    (choice(&Choice {
                        value: format!("agree-{}", level.as_str()),
                        name: yes(*level, levels.len()),
                        hint: html! { (gains(contract, *level, levels.len())) },
                        chosen: chosen.is_some_and(|chosen| nearest(&levels, chosen) == *level),
                        barred,
                    }))
                }
                (choice(&Choice {
                    value: "decline".to_owned(),
                    name: "No, report nothing".to_owned(),
                    hint: html! { (Text(&contract.withdrawal())) },
                    chosen: declined,
                    barred: status.required,
                }))
            }
            @if !(barred && status.required) { button.primary { "Save the decision" } }
            @if let Some(kept) = &status.agreed_contract {
                p.hint {
                    "Until you decide, reports go on as you agreed, by " (Text(kept)) "."
                }
            }
            @if !status.required && erases(contract) {
                p.hint { "What is erased when you decline cannot be brought back." }
            }
        }
    }
}

/// One answer.
struct Choice {
    value: String,
    name: String,
    hint: Markup,
    chosen: bool,
    /// Whether something else keeps it from being chosen.
    barred: bool,
}

fn choice(choice: &Choice) -> Markup {
    let hint = format!("{}-hint", choice.value);
    html! {
        div.choice {
            input type="radio" name="action" id=(choice.value) value=(choice.value) required
                checked[choice.chosen] disabled[choice.barred] aria-describedby=(hint);
            div {
                label for=(choice.value) { (choice.name) }
                p.hint id=(hint) { (choice.hint) }
            }
        }
    }
}

/// The levels from which the contract tells anything, lowest first.
fn levels(contract: &Contract) -> Vec<Level> {
    let leaves = contract.structure().leaves();
    let told = |level: &Level| leaves.iter().any(|(_, leaf)| leaf.level == *level);
    Level::ALL.into_iter().filter(|level| *level == Level::Basic || told(level)).collect()
}

/// The level of the form that means the same as this one.
fn nearest(levels: &[Level], chosen: Level) -> Level {
    levels.iter().copied().filter(|level| *level <= chosen).max().unwrap_or_default()
}

fn yes(level: Level, of: usize) -> String {
    match level {
        _ if of == 1 => "Yes, send reports".to_owned(),
        Level::Basic => "Yes, but only the basics".to_owned(),
        _ => format!("Yes, up to {}", level.as_str()),
    }
}

/// What a level adds.
fn gains(contract: &Contract, level: Level, of: usize) -> Markup {
    const SHOWN: usize = 4;
    let leaves = contract.structure().leaves();
    let of_level = leaves.iter().filter(|(_, leaf)| leaf.level == level);
    let briefs: Vec<_> = of_level.filter_map(|(_, leaf)| leaf.brief.as_deref()).collect();
    let more = briefs.len().saturating_sub(SHOWN);
    html! {
        @if of == 1 {
            "What the " a href="#notice" { "notice" } " lists, and nothing else."
        } @else {
            @if level == Level::Basic { "What every report tells" } @else { "Adds" }
            @for (index, brief) in briefs.iter().take(SHOWN).enumerate() {
                @if index == 0 { ": " } @else { "; " }
                (Text(brief))
            }
            @if more > 0 { "; and " a href="#notice" { (more) " more" } }
            "."
        }
    }
}

fn erases(contract: &Contract) -> bool {
    contract.identity() != Identity::None
        && contract.consent().on_withdrawal == OnWithdrawal::DeleteId
}
