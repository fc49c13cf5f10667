//! Which panels there are: what each figure is shown as.

use serde_json::Number;

use super::layout::Section;
use super::options::Look;
use super::panel::{COLUMNS, Draft};
use super::query::{Query, groups, once, once_by};
use crate::metric::Metric;
use crate::model::{Contract, Measure, Order};

/// Numbers at the top, beside the day that they are of.
const NUMBERS: usize = 5;

pub(super) fn sections(contract: &Contract, metrics: &[Metric<'_>]) -> Vec<Section> {
    let totals = || metrics.iter().filter(|metric| metric.figure.is_total());
    let head = totals().take(NUMBERS).map(number).chain([newest_day(contract)]);
    let grouped = metrics.iter().filter_map(|metric| Some((metric, metric.label()?)));
    let buckets = metrics.iter().filter_map(|metric| match &metric.figure.measure {
        Measure::Distribution(_, bounds) => Some(distribution(metric, bounds)),
        _ => None,
    });
    let months = metrics.iter().filter_map(monthly);
    let section = |title, panels| Section { title: Some(title), panels };
    vec![
        Section { title: None, panels: head.collect() },
        section("Over time", totals().map(course).collect()),
        section("By group", grouped.flat_map(|(metric, label)| group(metric, &label)).collect()),
        section("By size", buckets.collect()),
        section("By month", months.collect()),
        section("About these figures", about(contract)),
    ]
}

fn panel(metric: &Metric<'_>, look: Look, queries: Vec<Query>, size: (u32, u32)) -> Draft {
    let title = metric.figure.brief.clone().unwrap_or_else(|| metric.figure.name.replace('_', " "));
    let description = metric.description.clone();
    Draft { title, description, look, queries, unit: unit(&metric.unit), size }
}

fn number(metric: &Metric<'_>) -> Draft {
    panel(metric, Look::Number, vec![Query::over_time(once(&metric.family))], (4, 4))
}

fn course(metric: &Metric<'_>) -> Draft {
    let query = Query::over_time(once(&metric.family)).called(metric.figure.name.clone());
    panel(metric, Look::Lines, vec![query], (8, 7))
}

/// Releases are shown over time as well: that is how upgrades are seen.
fn group(metric: &Metric<'_>, label: &str) -> Vec<Draft> {
    let (groups, legend) = (groups(label, &metric.family), format!("{{{{{label}}}}}"));
    let bars = Query::now(format!("sort_desc({groups})")).called(legend.clone());
    let bars = panel(metric, Look::Bars, vec![bars], (8, 9));
    if metric.figure.order == Order::Count {
        return vec![bars];
    }
    let stacked = Query::over_time(groups).called(legend);
    vec![panel(metric, Look::Stacked, vec![stacked], (16, 9)), bars]
}

/// A query for each bucket, since Prometheus would put 10 before 2.
fn distribution(metric: &Metric<'_>, bounds: &[Number]) -> Draft {
    let bounds: Vec<_> = bounds.iter().filter_map(Number::as_f64).collect();
    let below = bounds.first().map(|first| ("-Inf".to_owned(), format!("below {first}")));
    let each = bounds.iter().enumerate().map(|(place, from)| {
        let name = match bounds.get(place + 1) {
            Some(to) => format!("{from} to below {to}"),
            None => format!("{from} and more"),
        };
        (from.to_string(), name)
    });
    let queries = below.into_iter().chain(each).enumerate().map(|(place, (from, name))| {
        let selector = format!("{}{{from=\"{from}\"}}", metric.family);
        Query::now(once(&selector)).called(name).numbered(place)
    });
    panel(metric, Look::Bars, queries.collect(), (12, 9))
}

fn monthly(metric: &Metric<'_>) -> Option<Draft> {
    let family = &metric.family;
    match metric.figure.measure {
        Measure::Retention => {
            let query = Query::now(once_by("cohort, age", family)).in_columns();
            Some(panel(metric, Look::Cohorts, vec![query], (16, 10)))
        }
        Measure::ReportingDays => {
            let query = Query::now(once_by("from", family)).in_columns();
            Some(panel(metric, Look::Days, vec![query], (8, 10)))
        }
        _ => None,
    }
}

fn newest_day(contract: &Contract) -> Draft {
    let day =
        format!("headcount_figures_day_timestamp_seconds{{contract=\"{}\"}}", contract.name());
    Draft {
        title: "Newest day".to_owned(),
        description:
            "The UTC day that these figures are of: days are counted one day after their end."
                .to_owned(),
        look: Look::Moment,
        // Grafana counts milliseconds.
        queries: vec![Query::now(format!("{} * 1000", once(&day)))],
        unit: "time:YYYY-MM-DD",
        size: (4, 4),
    }
}

fn about(contract: &Contract) -> Vec<Draft> {
    let of =
        |metric: &str| format!("headcount_figure_{metric}{{contract=\"{}\"}}", contract.name());
    let by_figure = |metric: &str| once_by("figure", &of(metric));
    vec![
        Draft {
            title: "Instances behind each figure".to_owned(),
            description: "How many instances are in the figure; none while they are too few to show.".to_owned(),
            look: Look::Lines,
            queries: vec![Query::over_time(by_figure("instances")).called("{{figure}}")],
            unit: "short",
            size: (COLUMNS / 2, 9),
        },
        Draft {
            title: "Last day in each figure".to_owned(),
            description: "A figure moves only when enough instances changed behind it, so its last day may be older than \
                          the newest."
                .to_owned(),
            look: Look::Figures,
            queries: vec![
                Query::now(format!("{} * 1000", by_figure("as_of_timestamp_seconds"))).in_columns(),
            ],
            unit: "time:YYYY-MM-DD",
            size: (8, 9),
        },
        Draft {
            title: "Incomplete figures".to_owned(),
            description: "Figures that look back further than reports were counted.".to_owned(),
            look: Look::Number,
            queries: vec![Query::over_time(format!("sum(1 - {})", by_figure("complete")))],
            unit: "short",
            size: (4, 9),
        },
    ]
}

/// Grafana's word for a unit of UCUM. What is counted has none.
fn unit(ucum: &str) -> &'static str {
    match ucum {
        "By" => "bytes",
        "KiBy" => "kbytes",
        "MiBy" => "mbytes",
        "GiBy" => "gbytes",
        "TiBy" => "tbytes",
        "By/s" => "binBps",
        "ns" => "ns",
        "us" => "µs",
        "ms" => "ms",
        "s" => "s",
        "min" => "m",
        "h" => "h",
        "d" => "d",
        "1" => "percentunit",
        "%" => "percent",
        "Hz" => "hertz",
        "Cel" => "celsius",
        "W" => "watt",
        "V" => "volt",
        "A" => "amp",
        "J" => "joule",
        "m" => "lengthm",
        "g" => "massg",
        _ => "short",
    }
}
