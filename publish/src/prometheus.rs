//! `/NAME/metrics`: the newest frozen day for Prometheus, as its own text and as `OpenMetrics`.
//!
//! Nothing has a timestamp: what is told is two days old, which no Prometheus would take. When it was true is a gauge of
//! its own.

mod about;
mod family;
mod fit;
mod text;

use headcount_contract::misleading;
use headcount_figures::Value;

use crate::application::Application;
use crate::gauges::{Gauge, Point, gauges};
use crate::site::{Around, Paths};
use crate::wording::month_of;
use family::{Family, Sample};

/// Prometheus' text, version 0.0.4.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// `OpenMetrics`, version 1.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn add(application: &Application, _: &Around<'_>, paths: &mut Paths) {
    let families = families(application);
    let path = application.path("metrics");
    paths.add(path.clone(), PROMETHEUS, text::prometheus(&families));
    paths.add(path, OPEN_METRICS, text::open_metrics(&families));
}

/// What is told of an application: no more than [`fit::MOST`] series.
fn families(application: &Application) -> Vec<Family> {
    let snapshot = &application.snapshot;
    let gauges = snapshot.newest().map(|day| gauges(application.newest(), day));
    let gauges = gauges.unwrap_or_default();
    let asked = gauges.len();
    let shown = fit::fit(gauges);
    let mut families = about::contract(application, asked - shown.len());
    families.extend(about::figures(application.name(), &shown));
    families.extend(shown.iter().map(of_figure));
    families.retain(|family| !family.samples.is_empty());
    families
}

fn of_figure(Gauge { metric, points, number }: &Gauge<'_>) -> Family {
    let mut help = metric.description.clone();
    if let Value::ReportingDays(months) = &number.value
        && let Some(month) = months.last()
    {
        help = format!("{help}; in {}", month_of(month.month));
    }
    let samples = points.iter().map(|Point { attributes, value }| {
        let label = |name: &String| match &metric.attribute {
            Some(attribute) if attribute == name => metric.label().unwrap_or_default(),
            _ => name.clone(),
        };
        let labels = attributes.iter().map(|(name, value)| (label(name), plain(value)));
        Sample { labels: labels.collect(), value: *value }
    });
    Family {
        name: metric.family.clone(),
        help,
        unit: metric.suffix.clone(),
        samples: samples.collect(),
    }
}

/// A text without what a terminal would not show as it is. Line breaks are the encoder's.
fn plain(text: &str) -> String {
    let shown = |c: char| if c != '\n' && misleading(c) { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests;
