//! What is told about figures: the same names for every contract, so that one rule watches all of them.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::family::{Family, Sample};
use crate::application::Application;
use crate::gauges::{Gauge, as_number};

/// Series of a contract, whatever its figures are.
pub(super) const OF_CONTRACT: usize = 4;
/// Series of each figure beside its values.
pub(super) const OF_FIGURE: usize = 3;

/// About the days of an application: [`OF_CONTRACT`] series at most.
pub(super) fn contract(application: &Application, left_out: usize) -> Vec<Family> {
    let newest = application.snapshot.newest();
    let days = application.snapshot.days.len();
    let of = |name: &str, help: &str, value: Option<f64>| {
        let labels = vec![("contract".to_owned(), application.name().to_owned())];
        let samples = value.into_iter().map(|value| Sample { labels: labels.clone(), value });
        family(name, help, samples.collect())
    };
    vec![
        of(
            "headcount_figures_frozen",
            "Days of the contract that are frozen",
            Some(as_number(days as u64)),
        ),
        of(
            "headcount_figures_day_timestamp_seconds",
            "Begin of the UTC day that the figures are of, the newest frozen one, in Unix time",
            newest.and_then(|newest| begin(newest.day)),
        ),
        of(
            "headcount_figures_frozen_timestamp_seconds",
            "Begin of the UTC day on which that day was frozen, in Unix time",
            newest.and_then(|newest| begin(newest.frozen_on)),
        ),
        of(
            "headcount_figures_left_out",
            "Figures that are not told here, since a contract may have 500 series",
            newest.map(|_| as_number(left_out as u64)),
        ),
    ]
}

/// About each figure: [`OF_FIGURE`] series at most.
pub(super) fn figures(contract: &str, gauges: &[Gauge<'_>]) -> Vec<Family> {
    let of = |name: &str, help: &str, value: &dyn Fn(&Gauge<'_>) -> Option<f64>| {
        let samples = gauges.iter().filter_map(|gauge| {
            let figure = ("figure".to_owned(), gauge.metric.figure.name.clone());
            let labels = vec![("contract".to_owned(), contract.to_owned()), figure];
            Some(Sample { labels, value: value(gauge)? })
        });
        family(name, help, samples.collect())
    };
    vec![
        of(
            "headcount_figure_as_of_timestamp_seconds",
            "Begin of the last UTC day whose reports are in the figure, in Unix time; it is older than the frozen day \
             while fewer instances changed than the contract asks for",
            &|gauge| begin(gauge.number.as_of),
        ),
        of(
            "headcount_figure_complete",
            "1 where reports were counted on all days that the figure looks back; else 0",
            &|gauge| Some(f64::from(u8::from(gauge.number.complete))),
        ),
        of(
            "headcount_figure_instances",
            "Instances behind the figure, or reports where nothing tells instances apart; none while they are too few \
             to show",
            &|gauge| gauge.number.instances.map(as_number),
        ),
    ]
}

fn family(name: &str, help: &str, samples: Vec<Sample>) -> Family {
    let unit = name.ends_with("_seconds").then(|| "seconds".to_owned());
    Family { name: name.to_owned(), help: help.to_owned(), unit, samples }
}

/// The first second of a UTC day, in Unix time.
fn begin(day: Date) -> Option<f64> {
    let begin = day.to_zoned(TimeZone::UTC).ok()?;
    Some(begin.timestamp().as_duration().as_secs_f64())
}
