//! `/` for programs: the applications, and where to look further.

use headcount_contract::Document;

use crate::application::Application;
use crate::json::{self, day, list, maybe, object, text};
use crate::media_type;
use crate::site::{Around, Paths};

/// What there is of each application, under its name.
const OF_EACH: [&str; 9] = [
    "stats",
    "badge",
    "badge.svg",
    "data.json",
    "data.csv",
    "data.ndjson",
    "metrics",
    "contract",
    "contract/changes",
];

pub(crate) fn add(around: &Around<'_>, paths: &mut Paths) {
    let document = object([
        ("applications", list(around.applications.iter().map(listed))),
        ("root", maybe(around.root)),
        ("openapi", text("/openapi.json")),
    ]);
    paths.add("/".to_owned(), media_type::JSON, json::pretty(&document));
}

fn listed(application: &Application) -> Document {
    let contract = application.newest();
    let newest = application.snapshot.newest();
    let versions = application.versions.iter().map(|contract| text(contract.version()));
    let paths = OF_EACH.iter().map(|name| text(&application.path(name)));
    object([
        ("name", text(application.name())),
        ("brief", text(contract.brief())),
        ("licence", maybe(contract.publish().licence.as_deref())),
        ("versions", list(versions)),
        ("volatile", Document::Bool(application.volatile)),
        ("day", newest.map_or(Document::Null, |newest| day(newest.day))),
        ("frozen_on", newest.map_or(Document::Null, |newest| day(newest.frozen_on))),
        ("page", text(&application.path(""))),
        ("paths", list(paths)),
    ])
}
