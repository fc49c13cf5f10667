//! No more series than a contract may have: nobody else's Prometheus should have to carry a surprise.

use headcount_contract::Measure;

use super::about::{OF_CONTRACT, OF_FIGURE};
use crate::gauges::Gauge;

/// The most series of a contract.
pub(super) const MOST: usize = 500;

/// The gauges that there is room for, in their order.
///
/// Figures with one value are taken first, then those with several, in the contract's order and as long as there is room for
/// the whole figure: a group less would make what is added up wrong. Retention comes last, with as many of its newest
/// cohorts as there is room for. So its oldest cohorts are what is left out first.
pub(super) fn fit(gauges: Vec<Gauge<'_>>) -> Vec<Gauge<'_>> {
    let mut places: Vec<_> = gauges.into_iter().enumerate().collect();
    places.sort_by_key(|(place, gauge)| (rank(gauge), *place));
    let mut left = MOST - OF_CONTRACT;
    let mut shown = Vec::new();
    for (place, mut gauge) in places {
        let Some(room) = left.checked_sub(OF_FIGURE) else { break };
        if gauge.metric.figure.measure == Measure::Retention {
            shorten(&mut gauge, room);
        }
        if gauge.points.len() <= room {
            left = room - gauge.points.len();
            shown.push((place, gauge));
        }
    }
    shown.sort_by_key(|(place, _)| *place);
    shown.into_iter().map(|(_, gauge)| gauge).collect()
}

/// What is more important has a lower one.
fn rank(gauge: &Gauge<'_>) -> u8 {
    match gauge.metric.figure.measure {
        Measure::Retention => 2,
        _ if gauge.points.len() > 1 => 1,
        _ => 0,
    }
}

/// Leaves out the oldest cohorts, each as a whole, until there are at most so many points.
fn shorten(gauge: &mut Gauge<'_>, most: usize) {
    while gauge.points.len() > most {
        let Some(oldest) = gauge.points.last().map(|point| point.attributes.first().cloned())
        else {
            return;
        };
        gauge.points.retain(|point| point.attributes.first() != oldest.as_ref());
    }
}
