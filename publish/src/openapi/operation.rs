//! What can be asked of a path, and what it answers.

use std::collections::BTreeSet;

use headcount_contract::{Document, StatsShape};

use crate::json::{list, object, text};
use crate::media_type::{JSON, SCHEMA, YAML};

/// What is under a path, and the schema of its JSON: the name of a component.
type Told = (&'static str, &'static str, &'static str);

const OF_AN_APPLICATION: &[Told] = &[
    ("/", "The page: what is counted and why, and what came of it", ""),
    ("/stats", "The newest number of each figure", "Stats"),
    ("/badge", "A badge: for Shields, or as a picture", "Badge"),
    ("/badge.svg", "A badge as a picture", ""),
    ("/data.json", "All frozen days, with definitions and licence", "OpenData"),
    ("/data.csv", "All frozen days as a table (RFC 4180)", ""),
    (
        "/data.ndjson",
        "All frozen days as a table, an object a line behind one that is about the whole",
        "",
    ),
    ("/metrics", "The newest numbers for Prometheus, as its own text or as OpenMetrics", ""),
    ("/contract", "What is collected, as a page", ""),
    ("/contract/changes", "What changed from version to version of the contract", "Changes"),
    ("/contract/{version}.yaml", "A version of the contract", ""),
    ("/contract/{version}.md", "Its documentation, in Markdown", ""),
    ("/contract/{version}.schema.json", "The JSON Schema of its report", ""),
];

const OF_ALL: &[Told] = &[
    ("/", "The applications: a page, or a list for programs", "List"),
    ("/openapi.json", "This description", ""),
    ("/assets/", "What the pages are drawn with", ""),
];

/// What can be asked of a path.
pub(super) struct Operation<'a> {
    template: &'a str,
    told: Told,
    media_types: &'a BTreeSet<&'static str>,
    /// The shapes of `/stats` that there are.
    shapes: Vec<StatsShape>,
}

impl<'a> Operation<'a> {
    pub(super) fn of(
        template: &'a str,
        media_types: &'a BTreeSet<&'static str>,
        shapes: Vec<StatsShape>,
    ) -> Self {
        let told = told(template).unwrap_or(("", "", ""));
        Self { template, told, media_types, shapes }
    }

    /// GET and HEAD, which say the same.
    pub(super) fn document(&self) -> Document {
        let parameters = ["application", "version"].into_iter().filter_map(|name| {
            let component = if name == "version" { "Version" } else { "Application" };
            self.template.contains(&format!("{{{name}}}")).then(|| parameter(component))
        });
        let operation = |method: &str, body: bool| {
            let of = self.template.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            object([
                ("operationId", text(&format!("{method}{of}"))),
                ("summary", text(self.told.1)),
                ("parameters", list([parameter("IfNoneMatch")])),
                ("responses", self.responses(body)),
            ])
        };
        object([
            ("parameters", list(parameters)),
            ("get", operation("get", true)),
            ("head", operation("head", false)),
        ])
    }

    fn responses(&self, body: bool) -> Document {
        let names = ["ETag", "Cache-Control", "Vary", "Content-Encoding"];
        let cross = (!self.media_types.iter().all(|one| one.starts_with("text/html")))
            .then_some("Access-Control-Allow-Origin");
        let headers = names.into_iter().chain(cross);
        let headers = headers.map(|name| (name.to_owned(), refer("headers", name)));
        let mut ok = vec![
            ("description".to_owned(), text(self.told.1)),
            ("headers".to_owned(), Document::Object(headers.collect())),
        ];
        if body {
            let content = self.media_types.iter();
            let content =
                content.map(|one| ((*one).to_owned(), object([("schema", self.schema(one))])));
            ok.push(("content".to_owned(), Document::Object(content.collect())));
        }
        object([
            ("200", Document::Object(ok)),
            ("304", refer("responses", "Unchanged")),
            ("404", refer("responses", "NotFound")),
            ("405", refer("responses", "WrongMethod")),
        ])
    }

    fn schema(&self, media_type: &str) -> Document {
        match (media_type, self.told.2) {
            (JSON, "Stats") => {
                let shapes = [(StatsShape::Full, "Stats"), (StatsShape::Flat, "FlatStats")];
                let there = shapes.into_iter().filter(|(shape, _)| self.shapes.contains(shape));
                object([("anyOf", list(there.map(|(_, name)| refer("schemas", name))))])
            }
            (JSON, name) if !name.is_empty() => refer("schemas", name),
            (JSON | SCHEMA | YAML, _) => object([("type", text("object"))]),
            _ => object([("type", text("string"))]),
        }
    }
}

/// What is under a path, with or without an application's name before it.
pub(super) fn told(template: &str) -> Option<Told> {
    let is =
        |told: &&Told| told.0 == template || (told.0 == "/assets/" && template.starts_with(told.0));
    let of_all = || OF_ALL.iter().find(is);
    let told = match template.strip_prefix("/{application}") {
        Some(rest) => OF_AN_APPLICATION.iter().find(|told| told.0 == rest),
        None => of_all().or_else(|| OF_AN_APPLICATION.iter().find(|told| told.0 == template)),
    };
    told.copied()
}

/// An application's name alone leads to its page.
pub(super) fn moved() -> Document {
    let operation = |method: &str| {
        object([
            ("operationId", text(&format!("{method}_application"))),
            ("summary", text("To the page")),
            (
                "responses",
                object([
                    ("308", refer("responses", "Moved")),
                    ("404", refer("responses", "NotFound")),
                    ("405", refer("responses", "WrongMethod")),
                ]),
            ),
        ])
    };
    object([
        ("parameters", list([parameter("Application")])),
        ("get", operation("get")),
        ("head", operation("head")),
    ])
}

fn parameter(name: &str) -> Document {
    refer("parameters", name)
}

fn refer(kind: &str, name: &str) -> Document {
    object([("$ref", text(&format!("#/components/{kind}/{name}")))])
}
