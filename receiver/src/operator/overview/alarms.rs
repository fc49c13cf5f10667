//! The alarms of `deploy/prometheus/alerts.yml` that one look can decide.
//!
//! The others are about what came within an hour or a day, which Prometheus remembers and the receiver does not.

use jiff::{SignedDuration, Timestamp};

use crate::metrics::Seen;

/// An alarm that would sound now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alarm {
    /// Its name in `alerts.yml`, and the heading of what to do in `ALERTS.md`.
    pub(super) name: &'static str,
    pub(super) severity: &'static str,
    /// What is the matter.
    pub(super) summary: &'static str,
    sounds: fn(&Seen, Timestamp) -> bool,
}

/// How long before its end a certificate should be another one.
const RENEWAL: SignedDuration = SignedDuration::from_hours(14 * 24);

/// All of them, with the conditions of their rules.
pub(super) const ALARMS: [Alarm; 8] = [
    Alarm {
        name: "HeadcountStoreFailing",
        severity: "page",
        summary: "The store keeps nothing",
        sounds: |seen, _| !seen.store.healthy,
    },
    Alarm {
        name: "HeadcountStoreFull",
        severity: "page",
        summary: "The store takes no new instances any more",
        sounds: |seen, _| is_above(seen, 9),
    },
    Alarm {
        name: "HeadcountStoreNearQuota",
        severity: "ticket",
        summary: "The store has taken more than 80 % of its quota",
        sounds: |seen, _| is_above(seen, 8),
    },
    Alarm {
        name: "HeadcountFiguresOverdue",
        severity: "ticket",
        summary: "The newest figures are late",
        sounds: |seen, _| seen.figures.iter().any(|(_, of)| of.due > 0),
    },
    Alarm {
        name: "HeadcountPushingFails",
        severity: "ticket",
        summary: "Published figures do not get to the other backend, and wait",
        sounds: |seen, _| seen.push.as_ref().is_some_and(|count| count.failing),
    },
    Alarm {
        name: "HeadcountForwardingFails",
        severity: "ticket",
        summary: "What is accepted does not reach the other backend, and waits",
        sounds: |seen, _| seen.forward.as_ref().is_some_and(|(count, _)| count.failing),
    },
    Alarm {
        name: "HeadcountCertificateEnds",
        severity: "ticket",
        summary: "The certificate ends within 14 days",
        sounds: |seen, now| {
            seen.expires.is_some_and(|expires| expires.duration_since(now) < RENEWAL)
        },
    },
    Alarm {
        name: "HeadcountPointsUnaccounted",
        severity: "ticket",
        summary: "Accepted, rejected and duplicate data points are not those that were sent",
        sounds: |seen, _| {
            let counts = &seen.counts;
            counts.sent != counts.accepted + counts.duplicate + counts.rejected + counts.left_out
        },
    },
];

/// Those that would sound now.
pub(super) fn sounding(seen: &Seen, now: Timestamp) -> Vec<Alarm> {
    ALARMS.into_iter().filter(|alarm| (alarm.sounds)(seen, now)).collect()
}

/// Whether the store has taken more than so many tenths of its quota.
fn is_above(seen: &Seen, tenths: u128) -> bool {
    u128::from(seen.store.bytes) * 10 > u128::from(seen.store.limit) * tenths
}
