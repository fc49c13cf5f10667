//! `/openapi.json`: everything that is served, as `OpenAPI` 3.1 describes it.
//!
//! It is made of what the other surfaces wrote, so there is no path and no media type that it does not have.

mod operation;

use std::collections::{BTreeMap, BTreeSet};

use headcount_contract::Document;

use crate::application::Application;
use crate::json::{self, list, object, text};
use crate::media_type;
use crate::site::{Around, Paths};
use operation::Operation;

const PATH: &str = "/openapi.json";

/// What the bodies, parameters and headers are.
const COMPONENTS: &str = include_str!("openapi/components.json");

const ABOUT: &str = "Figures of applications, by the `publish` section of their usage contracts alone. Numbers are frozen once a \
    day, two days after the day that they are for, and never change again. Where fewer instances than `min_count` are behind a \
    number or a group, it is not shown. Everything is read-only and the same for everybody, in \
    the media type and the coding (`gzip`, `zstd`) that `Accept` and `Accept-Encoding` ask for. How reports come in is not described \
    here: that is OTLP.";

pub(crate) fn add(around: &Around<'_>, paths: &mut Paths) {
    let document = json::pretty(&document(around, paths));
    paths.add(PATH.to_owned(), media_type::JSON, document);
}

fn document(around: &Around<'_>, paths: &Paths) -> Document {
    object([
        ("openapi", text("3.1.0")),
        (
            "info",
            object([
                ("title", text("headcount: published figures")),
                ("version", text(env!("CARGO_PKG_VERSION"))),
                ("description", text(ABOUT)),
            ]),
        ),
        ("paths", described(around, paths)),
        ("components", components(around)),
    ])
}

/// Every path with its operations, that of this description among them.
fn described(around: &Around<'_>, paths: &Paths) -> Document {
    let mut templates: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (path, media_types) in paths.iter().chain([(PATH, vec![media_type::JSON])]) {
        let template = template(path, around);
        if let Some(rest) = at_root(path, around)
            && paths.iter().all(|(path, _)| path != rest)
        {
            templates.entry(rest).or_default().extend(media_types.clone());
        }
        templates.entry(template).or_default().extend(media_types);
    }
    let mut described: Vec<_> = templates
        .iter()
        .map(|(template, media_types)| {
            let flat = around.applications.iter().map(|it| it.newest().publish().stats);
            let operation = Operation::of(template, media_types, flat.collect());
            (template.clone(), operation.document())
        })
        .collect();
    if !around.applications.is_empty() {
        described.push(("/{application}".to_owned(), operation::moved()));
    }
    Document::Object(described)
}

/// A path with what differs from application to application, and from version to version, as parameters.
fn template(path: &str, around: &Around<'_>) -> String {
    let of = around
        .applications
        .iter()
        .find_map(|application| Some((application, path.strip_prefix(&application.path(""))?)));
    let Some((application, rest)) = of else { return path.to_owned() };
    let versions = application.versions.iter().map(|contract| contract.version());
    let kind = rest.strip_prefix("contract/").and_then(|file| {
        let mut kinds =
            versions.filter_map(|version| file.strip_prefix(version)?.strip_prefix('.'));
        kinds.find(|kind| ["yaml", "md", "schema.json"].contains(kind))
    });
    match kind {
        Some(kind) => format!("/{{application}}/contract/{{version}}.{kind}"),
        None => format!("/{{application}}/{rest}"),
    }
}

/// The same path without the application's name, where the application is served so, too.
fn at_root(path: &str, around: &Around<'_>) -> Option<String> {
    let rest = path.strip_prefix(&format!("/{}/", around.root?))?;
    let rest = template(&format!("/{}/{rest}", around.root?), around);
    let rest = rest.strip_prefix("/{application}")?;
    (rest != "/").then(|| rest.to_owned())
}

/// What is described once: bodies, headers, and the parameters with the values that they can have.
fn components(around: &Around<'_>) -> Document {
    let components = Document::parse(COMPONENTS).expect("a test reads them");
    let Document::Object(mut components) = components else { unreachable!("it is an object") };
    let names: Vec<_> = around.applications.iter().map(Application::name).collect();
    let versions = around.applications.iter().flat_map(|application| &application.versions);
    let versions: BTreeSet<_> = versions.map(|contract| contract.version()).collect();
    let choices = [
        ("Application", "application", "An application", names),
        ("Version", "version", "A version of its contract", versions.into_iter().collect()),
    ];
    for (_, parameters) in components.iter_mut().filter(|(name, _)| name == "parameters") {
        let Document::Object(parameters) = parameters else { continue };
        for (key, name, brief, values) in &choices {
            parameters.push(((*key).to_owned(), choice(name, brief, values)));
        }
    }
    Document::Object(components)
}

/// A part of a path that is one of these.
fn choice(name: &str, brief: &str, values: &[&str]) -> Document {
    let values = list(values.iter().map(|value| text(value)));
    object([
        ("name", text(name)),
        ("in", text("path")),
        ("required", Document::Bool(true)),
        ("description", text(brief)),
        ("schema", object([("type", text("string")), ("enum", values)])),
    ])
}

#[cfg(test)]
mod tests;
