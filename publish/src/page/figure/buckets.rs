//! Instances by the size of something.

use headcount_contract::{Contract, Measure, Type};
use headcount_figures::Bucket;
use maud::{Markup, html};

use super::groups::bar;
use super::{Shown, Width};
use crate::page::text::{self, NONE, Text, as_number, count, percent};

pub(super) fn card(shown: &Shown<'_>, buckets: &[Bucket]) -> Markup {
    // Where the bounds begin at the least that there is, nothing is below them.
    let shown_buckets = match buckets {
        [Bucket { from: None, instances: Some(0) }, rest @ ..] => rest,
        all => all,
    };
    let rows = rows(shown, shown_buckets, whole_numbers(shown));
    super::card(shown, Width::Third, &rows, &html! {})
}

/// A row for each bucket.
pub(super) fn rows(shown: &Shown<'_>, buckets: &[Bucket], whole: bool) -> Markup {
    let counts = buckets.iter().filter_map(|bucket| bucket.instances);
    let (all, longest) = counts.fold((0, 0), |(sum, most), count| (sum + count, most.max(count)));
    html! {
        table.bars {
            thead.unseen {
                tr {
                    th scope="col" { "Range" }
                    th scope="col" { (Text(&text::capital(shown.application.counted()))) }
                    th scope="col" { "Share" }
                }
            }
            tbody {
                @for (bucket, below) in Bucket::bounded(buckets) {
                    tr.ink {
                        th scope="row" {
                            (label(bucket.from, below, whole))
                            (bar(as_number(bucket.instances.unwrap_or(0)), as_number(longest)))
                        }
                        td.n { (bucket.instances.map_or_else(|| NONE.to_owned(), count)) }
                        td.n.share {
                            @if let Some(instances) = bucket.instances {
                                (percent(as_number(instances), as_number(all)))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `5 to 19`, `less than 1`, `100 and more`.
pub(super) fn label(from: Option<f64>, below: Option<f64>, whole: bool) -> String {
    let number = text::number;
    match (from, below) {
        (None, Some(1.0)) if whole => "0".to_owned(),
        (None, Some(below)) => format!("less than {}", number(below)),
        (Some(from), None) => format!("{} and more", number(from)),
        (Some(from), Some(below)) if whole && below - from <= 1.0 => number(from),
        (Some(from), Some(below)) if whole => {
            format!("{} to {}", number(from), number(below - 1.0))
        }
        (Some(from), Some(below)) => {
            format!("{} to less than {}", number(from), number(below))
        }
        (None, None) => "all".to_owned(),
    }
}

/// Whether there is nothing between two whole numbers of what is measured.
fn whole_numbers(shown: &Shown<'_>) -> bool {
    let Measure::Distribution(path, bounds) = &shown.figure.measure else { return true };
    let bounds = bounds.iter().filter_map(serde_json::Number::as_f64);
    bounds.into_iter().all(|bound| bound.fract() == 0.0)
        && is_whole(shown.application.newest(), path)
}

/// Whether a path leads to whole numbers, or to a list, whose elements are counted.
fn is_whole(contract: &Contract, path: &str) -> bool {
    contract.leaf(path).is_none_or(|leaf| leaf.kind == Type::Integer)
}
