//! `/NAME/stats`: the newest number of each figure, with all that it takes to understand it.

pub(crate) mod figure;
mod flat;

use headcount_contract::{Document, Figure, StatsShape};

use crate::application::Application;
use crate::json::{self, count, day, maybe, object, text};
use crate::media_type;
use crate::site::{Around, Paths};

pub(crate) fn add(application: &Application, _: &Around<'_>, paths: &mut Paths) {
    let shown = match application.newest().publish().stats {
        StatsShape::Full => json::pretty(&full(application)),
        StatsShape::Flat => json::line(&flat::flat(application)),
    };
    paths.add(application.path("stats"), media_type::JSON, shown);
}

/// Each figure with its definition, its window, its day and the number of instances behind it.
fn full(application: &Application) -> Document {
    about(application, |it| figure::figure(application, it))
}

/// What there is to know of an application, with its figures as the surface describes them.
pub(crate) fn about(application: &Application, figure: impl Fn(&Figure) -> Document) -> Document {
    let contract = application.newest();
    let newest = application.snapshot.newest();
    let figures = application.figures().iter().map(|it| (it.name.clone(), figure(it)));
    object([
        ("application", text(contract.name())),
        ("contract", text(&contract.label())),
        ("brief", text(contract.brief())),
        ("licence", maybe(contract.publish().licence.as_deref())),
        ("counted", text(application.counted())),
        ("min_count", count(contract.publish().min_count.into())),
        ("volatile", Document::Bool(application.volatile)),
        ("day", newest.map_or(Document::Null, |newest| day(newest.day))),
        ("frozen_on", newest.map_or(Document::Null, |newest| day(newest.frozen_on))),
        ("figures", Document::Object(figures.collect())),
    ])
}

#[cfg(test)]
mod tests;
