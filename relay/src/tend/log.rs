//! What the log tells once a day, so that nothing is missing unseen.

use headcount_receiver::Reasons;
use jiff::civil::Date;

use crate::hold::{LeftOut, Told};

/// Tells of a day that is over, if something of it was left out or rejected.
pub(super) fn daily(left_out: &mut LeftOut, today: Date) {
    if let Some(told) = left_out.take(today) {
        tell(&told);
    }
}

fn tell(Told { day, left_out, rejected, first }: &Told) {
    if *left_out > 0 {
        tracing::info!(
            %day,
            points = left_out,
            "left out values of metrics that are no usage figures; `headcount operator preview` names them"
        );
    }
    if rejected.total() > 0 {
        let reasons = reasons(rejected);
        let first = first.as_deref().unwrap_or_default();
        tracing::warn!(%day, points = rejected.total(), reasons, "rejected values, the first: {first}");
    }
}

/// Every reason with its points, such as `unfit 3, closed_day 1`.
fn reasons(rejected: &Reasons) -> String {
    let told = rejected.iter().filter(|(_, points)| *points > 0);
    let told: Vec<_> = told.map(|(reason, points)| format!("{reason} {points}")).collect();
    told.join(", ")
}
