//! The instruments that are looked at when somebody asks.

use jiff::civil::Date;
use opentelemetry::{KeyValue, Value};

use super::declared::{Declared, Look, Observed};
use super::seen::Seen;
use crate::clock::midnight;
use crate::tally::OfContract;

/// Those that are looked at when somebody asks.
pub(super) const OBSERVED: &[Declared<Observed>] = &[
    counter(
        "headcount.receiver.requests",
        "{request}",
        "Requests that have ended, by what they spoke and what became of them",
        &["protocol", "outcome"],
        |seen, show| {
            for (protocol, outcome, requests) in seen.counts.requests.iter() {
                let labels = [pair("protocol", protocol), pair("outcome", outcome)];
                show(number(requests), &labels);
            }
        },
    ),
    counter(
        "headcount.receiver.pages",
        "{request}",
        "Requests for what everybody may look at, by surface, and whether it went out or was known already",
        &["surface", "outcome"],
        |seen, show| {
            for (surface, outcome, requests) in seen.counts.shown.iter() {
                show(number(requests), &[pair("surface", surface), pair("outcome", outcome)]);
            }
        },
    ),
    level(
        "headcount.receiver.requests.active",
        "{request}",
        "Requests that are being answered; each may hold a body in memory",
        |seen| Some(number(seen.flights)),
    ),
    level("headcount.receiver.connections", "{connection}", "Connections that are open", |seen| {
        Some(number(seen.connections))
    }),
    level(
        "headcount.receiver.decode.waiting",
        "{request}",
        "Requests that wait to be decompressed and read",
        |seen| Some(number(seen.decode_waiting)),
    ),
    counter(
        "headcount.receiver.points.sent",
        "{data_point}",
        "Data points of the requests that were answered: as many as accepted, rejected and duplicate ones",
        &[],
        |seen, show| show(number(seen.counts.sent), &[]),
    ),
    counter(
        "headcount.receiver.points.accepted",
        "{data_point}",
        "Data points that were kept",
        &[],
        |seen, show| show(number(seen.counts.accepted), &[]),
    ),
    counter(
        "headcount.receiver.points.rejected",
        "{data_point}",
        "Data points that were not taken, by the reason that their sender was told",
        &["reason"],
        |seen, show| {
            for (reason, points) in seen.counts.reasons.iter() {
                show(number(points), &[pair("reason", reason)]);
            }
        },
    ),
    counter(
        "headcount.receiver.points.duplicate",
        "{data_point}",
        "Data points that changed nothing",
        &[],
        |seen, show| show(number(seen.counts.duplicate), &[]),
    ),
    counter(
        "headcount.receiver.reports",
        "{part}",
        "Reports, or parts of reports, of each contract that is known, by whether anything in them was new",
        &["contract", "version", "effect"],
        |seen, show| {
            for of in &seen.counts.contracts {
                for (effect, parts) in [("added", of.added), ("duplicate", of.duplicate)] {
                    let [contract, version] = contract(of);
                    show(number(parts), &[contract, version, pair("effect", effect)]);
                }
            }
        },
    ),
    gauge(
        "headcount.receiver.reports.last_timestamp",
        "s",
        "When something new of a contract came last, in Unix time; only for those of which anything came",
        &["contract", "version"],
        |seen, show| {
            for of in &seen.counts.contracts {
                let Some(last) = of.last else { continue };
                show(last.as_duration().as_secs_f64(), &contract(of));
            }
        },
    ),
    counter(
        "headcount.receiver.erasures",
        "{erasure}",
        "Requests for the erasure of an instance that were met, over OTLP and the service for instances",
        &[],
        |seen, show| show(number(seen.counts.erasures), &[]),
    ),
    level(
        "headcount.receiver.store.size",
        "By",
        "What the store takes of its quota; in memory an estimate",
        |seen| Some(number(seen.store.bytes)),
    ),
    level(
        "headcount.receiver.store.limit",
        "By",
        "The quota, `admission.store_bytes`: from 90 % of it on, new instances are turned away",
        |seen| Some(number(seen.store.limit)),
    ),
    level(
        "headcount.receiver.store.waiting",
        "{request}",
        "Requests that wait for their transaction",
        |seen| Some(number(seen.store.waiting)),
    ),
    gauge(
        "headcount.receiver.store.failing",
        "",
        "1 while nothing can be kept, and clients are asked to come again; else 0",
        &[],
        |seen, show| show(number(u64::from(!seen.store.healthy)), &[]),
    ),
    counter(
        "headcount.receiver.forward.parts",
        "{part}",
        "Reports, or parts of reports, that the backend has, or that it never will: refused, displaced by newer ones, or \
         not readable any more; only where reports are forwarded",
        &["outcome"],
        |seen, show| {
            let Some((count, outbox)) = &seen.forward else { return };
            let outcomes = [
                ("forwarded", count.taken),
                ("refused", count.refused),
                ("displaced", outbox.displaced),
                ("unreadable", count.unreadable),
            ];
            for (outcome, parts) in outcomes {
                show(number(parts), &[pair("outcome", outcome)]);
            }
        },
    ),
    counter(
        "headcount.receiver.forward.points.rejected",
        "{data_point}",
        "Data points of what was forwarded that the backend said it would not take",
        &[],
        |seen, show| {
            if let Some((count, _)) = &seen.forward {
                show(number(count.rejected), &[]);
            }
        },
    ),
    level(
        "headcount.receiver.forward.waiting",
        "{part}",
        "Reports, or parts of reports, that wait to be forwarded",
        |seen| seen.forward.as_ref().map(|(_, outbox)| number(outbox.parts)),
    ),
    level(
        "headcount.receiver.forward.waiting.size",
        "By",
        "What waits to be forwarded, of `forward.queue_bytes`",
        |seen| seen.forward.as_ref().map(|(_, outbox)| number(outbox.bytes)),
    ),
    gauge(
        "headcount.receiver.forward.failing",
        "",
        "1 while the backend cannot be reached, and reports wait for it; else 0",
        &[],
        |seen, show| {
            if let Some((count, _)) = &seen.forward {
                show(number(u64::from(count.failing)), &[]);
            }
        },
    ),
    gauge(
        "headcount.receiver.figures.newest_timestamp",
        "s",
        "The beginning of the newest day whose figures are frozen, in Unix time; only where there is one",
        &["contract"],
        |seen, show| {
            for (contract, of) in &seen.figures {
                let Some(newest) = of.newest.and_then(begin) else { continue };
                show(newest, &[pair("contract", contract.clone())]);
            }
        },
    ),
    gauge(
        "headcount.receiver.figures.due",
        "{day}",
        "Days that are closed and whose figures are not frozen yet",
        &["contract"],
        |seen, show| {
            for (contract, of) in &seen.figures {
                show(number(of.due), &[pair("contract", contract.clone())]);
            }
        },
    ),
    gauge(
        "headcount.receiver.figures.freeze.duration",
        "s",
        "How long it took to count and freeze the newest day; only where the receiver did since it began",
        &["contract"],
        |seen, show| {
            for (contract, of) in &seen.figures {
                let Some(took) = of.took else { continue };
                show(took.as_secs_f64(), &[pair("contract", contract.clone())]);
            }
        },
    ),
    counter(
        "headcount.receiver.figures.reports",
        "{report}",
        "Reports of closed days that were counted, and those that could not be read and were not",
        &["contract", "outcome"],
        |seen, show| {
            for (contract, of) in &seen.figures {
                for (outcome, reports) in [("counted", of.counted), ("unreadable", of.damaged)] {
                    show(
                        number(reports),
                        &[pair("contract", contract.clone()), pair("outcome", outcome)],
                    );
                }
            }
        },
    ),
    counter(
        "headcount.receiver.push.days",
        "{day}",
        "Frozen days, of each application, whose figures the backend has, or refused; only where figures are pushed",
        &["outcome"],
        |seen, show| {
            let Some(count) = &seen.push else { return };
            for (outcome, days) in [("pushed", count.taken), ("refused", count.refused)] {
                show(number(days), &[pair("outcome", outcome)]);
            }
        },
    ),
    counter(
        "headcount.receiver.push.points.rejected",
        "{data_point}",
        "Data points of what was pushed that the backend said it would not take",
        &[],
        |seen, show| {
            if let Some(count) = &seen.push {
                show(number(count.rejected), &[]);
            }
        },
    ),
    gauge(
        "headcount.receiver.push.failing",
        "",
        "1 while the backend for figures cannot be reached, and they wait for it; else 0",
        &[],
        |seen, show| {
            if let Some(count) = &seen.push {
                show(number(u64::from(count.failing)), &[]);
            }
        },
    ),
    counter(
        "headcount.receiver.health.requests",
        "{request}",
        "Questions whether the receiver is alive or ready, which are in no other count",
        &[],
        |seen, show| show(number(seen.counts.health), &[]),
    ),
    gauge(
        "headcount.receiver.tls.certificate.end_timestamp",
        "s",
        "When the certificate ends that new connections are shown, in Unix time; only with TLS",
        &[],
        |seen, show| {
            if let Some(expires) = seen.expires {
                show(expires.as_duration().as_secs_f64(), &[]);
            }
        },
    ),
    counter(
        "process.cpu.time",
        "s",
        "Time that the process has spent on processors; on Linux",
        &["cpu.mode"],
        |seen, show| {
            let Some(process) = &seen.process else { return };
            show(process.user, &[pair("cpu.mode", "user")]);
            show(process.system, &[pair("cpu.mode", "system")]);
        },
    ),
    level("process.memory.usage", "By", "Physical memory that the process has; on Linux", |seen| {
        seen.process.as_ref().map(|process| number(process.memory))
    }),
    level(
        "process.unix.file_descriptor.count",
        "{file_descriptor}",
        "Files and connections that the process has open; on Linux",
        |seen| seen.process.as_ref().map(|process| number(process.files)),
    ),
    gauge("process.uptime", "s", "Time since the receiver began", &[], |seen, show| {
        show(seen.uptime.as_secs_f64(), &[]);
    }),
];

const fn counter(
    name: &'static str,
    unit: &'static str,
    brief: &'static str,
    labels: &'static [&'static str],
    look: Look,
) -> Declared<Observed> {
    Declared { name, unit, brief, labels, how: Observed::Counter(look) }
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    brief: &'static str,
    labels: &'static [&'static str],
    look: Look,
) -> Declared<Observed> {
    Declared { name, unit, brief, labels, how: Observed::Gauge(look) }
}

const fn level(
    name: &'static str,
    unit: &'static str,
    brief: &'static str,
    look: fn(&Seen) -> Option<f64>,
) -> Declared<Observed> {
    Declared { name, unit, brief, labels: &[], how: Observed::Level(look) }
}

fn pair(key: &'static str, value: impl Into<Value>) -> KeyValue {
    KeyValue::new(key, value)
}

/// Names and versions of contracts are the makers' own, and never a sender's.
fn contract(of: &OfContract) -> [KeyValue; 2] {
    [pair("contract", of.contract.clone()), pair("version", of.version.clone())]
}

/// The first moment of a day, in Unix time.
fn begin(day: Date) -> Option<f64> {
    midnight(day).map(|midnight| midnight.as_duration().as_secs_f64())
}

/// A count as Prometheus has it.
#[allow(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, which is more than anybody will count"
)]
fn number(count: u64) -> f64 {
    count as f64
}
