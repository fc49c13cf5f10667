//! How far each release has spread, and how long it took.

use headcount_contract::Order;
use headcount_figures::{Adoption, GroupName, Release};
use maud::{Markup, html};

use super::Shown;
use crate::page::text::{self, Text, counted, percent};

/// As many releases as are told of.
const RELEASES: usize = 25;

/// The releases of a figure, the newest first; none where its groups are something else.
pub(super) fn releases(shown: &Shown<'_>) -> Adoption {
    match shown.figure.order {
        Order::Version => shown.application.snapshot.adoption(&shown.figure.name),
        Order::Count => Adoption::default(),
    }
}

/// Where a group stands among releases: the newest first, what is none last.
pub(super) fn place(adoption: &Adoption, group: &GroupName) -> usize {
    let GroupName::Value(name) = group else { return usize::MAX };
    let place = adoption.releases.iter().position(|release| release.name == *name);
    place.unwrap_or(usize::MAX)
}

pub(super) fn table(adoption: &Adoption) -> Markup {
    html! {
        @if adoption.releases.len() > 1 {
            details.numbers {
                summary { "How fast releases spread" }
                p.note {
                    "Of the instances whose release is shown, how many run this one or a newer one, and how many days went by
                     from the first on which it is shown to the first on which half of them did."
                }
                table {
                    thead { tr {
                        th scope="col" { "Release" }
                        th.n scope="col" { "It or newer" }
                        th.n scope="col" { "Half after" }
                    } }
                    tbody { @for release in adoption.releases.iter().take(RELEASES) { (row(release)) } }
                }
            }
        }
    }
}

fn row(release: &Release) -> Markup {
    html! {
        tr {
            th scope="row" { (Text(&release.name)) }
            td.n { (percent(release.share, 1.0)) }
            td.n {
                @match release.days_to_half {
                    Some(days) => (counted(days.into(), "day")),
                    None if release.share < 0.5 => "not yet",
                    None => (text::NONE),
                }
            }
        }
    }
}
