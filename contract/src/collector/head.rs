//! The comment at the top: what it does, how to use it, who sees what.

use super::CollectorRoute;
use super::lines::Lines;
use super::target::End;
use crate::library::Library;
use crate::model::{Contract, Source};
use crate::wording::listed;

/// Writes the comment.
pub(super) fn write(lines: &mut Lines, contract: &Contract, route: &CollectorRoute, name: &str) {
    lines.comment(0, &purpose(contract, route));
    lines.line(0, "#");
    lines.comment(0, &origin(contract));
    lines.line(0, "#");
    lines.comment(0, "Let the Collector merge it with your own configuration:");
    lines.line(0, "#");
    lines.line(0, format!("#   otelcol --config your.yaml --config {name}.yaml"));
    lines.line(0, "#");
    lines.comment(0, &use_of(route));
    lines.line(0, "#");
    lines.comment(0, &passing(contract, route));
    lines.line(0, "#");
    lines.comment(0, &remaining(route));
}

fn purpose(contract: &Contract, route: &CollectorRoute) -> String {
    let (application, target) = (&contract.name, &route.target);
    match target.end {
        End::Relay => format!(
            "Forwards the usage reports of {application}, and nothing else, to the relay at {target}."
        ),
        End::Receiver => {
            format!("Forwards the usage reports of {application}, and nothing else, to {target}.")
        }
    }
}

fn origin(contract: &Contract) -> String {
    format!(
        "Generated from the contract {} (digest {}) by `headcount contract collector`: to change it, generate \
         it again. It needs the OpenTelemetry Collector 0.155 or newer, in the distribution contrib or k8s, or \
         in one of your own that has the components named here.",
        contract.label(),
        contract.digest
    )
}

fn use_of(route: &CollectorRoute) -> String {
    let receivers: Vec<_> = route.receivers.iter().map(|id| format!("`{id}`")).collect();
    let of = if receivers.len() == 1 { "the receiver" } else { "the receivers" };
    format!(
        "or copy each of its sections into yours of the same name. It is a pipeline of its own, which takes a copy of \
         what arrives at {of} {} of your configuration. Your pipelines stay as they are.",
        listed(&receivers, "and")
    )
}

/// Who sees what, and where ids are hashed.
fn passing(contract: &Contract, route: &CollectorRoute) -> String {
    let label = contract.label();
    let named = if Library::built_in_text(&label).is_some() { &label } else { "FILE.yaml" };
    let mut text = format!(
        "What passes is what `headcount contract docs {named}` describes, and `headcount.report.*`, which tell about \
         the report itself."
    );
    let ids = hashed_ids(contract);
    if !ids.is_empty() {
        text.extend([" Ids (", &listed(&ids, "and"), ") ", journey(route)]);
    }
    text.push_str(match route.target.end {
        End::Relay => " Whether they are sent on is decided at the relay.",
        End::Receiver => {
            " Whether there are any is decided in the application, where it has the exporter; an SDK asks nobody, \
             and then this pipeline is the decision."
        }
    });
    text
}

/// How ids travel.
fn journey(route: &CollectorRoute) -> &'static str {
    match (route.target.end, route.target.encrypted) {
        (End::Relay, _) => "go to the relay as they come; it hashes them before it sends them on.",
        (End::Receiver, true) => {
            "leave as they come, within TLS: those that the application did not hash are hashed by the receiver, before \
             it keeps anything. With a relay (`--relay`) they are hashed before they leave."
        }
        (End::Receiver, false) => {
            "leave as they come, and without TLS. With a relay (`--relay`) they are hashed before they leave."
        }
    }
}

/// The attributes that the contract tells as hashes, each once.
fn hashed_ids(contract: &Contract) -> Vec<&str> {
    let mut ids = Vec::new();
    for (_, leaf) in contract.structure().leaves() {
        if let (Source::Id(name), Some(_)) = (&leaf.source, leaf.hash)
            && !ids.contains(&name.as_str())
        {
            ids.push(name.as_str());
        }
    }
    ids
}

/// What the Collector has no means against.
fn remaining(route: &CollectorRoute) -> String {
    let exemplars = match route.target.end {
        End::Relay => "exemplars, ",
        End::Receiver => "",
    };
    format!(
        "The Collector cannot take these away, and the other end does: {exemplars}a resource's entity references (names \
         of attributes), and the host in a schema URL of this contract. Beside the report the other end sees \
         where the Collector sends from, and its name, version and platform."
    )
}
