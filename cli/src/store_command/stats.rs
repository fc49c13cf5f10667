//! `headcount store stats`: what is stored, and what that takes.

use bytesize::ByteSize;
use headcount_contract::{Document, Library};
use headcount_receiver::{FiguresStats, Stats, VersionStats};

use crate::args;
use crate::config::Config;
use crate::exit::Outcome;
use crate::output::Output;
use crate::{known, output, store};

/// Prints it, for people or as JSON.
pub(super) fn run(args::Stats { json, store, contracts }: args::Stats) -> Outcome {
    let Config { kept, receiver, .. } = Config::load(&store, Vec::new())?.config;
    let library = known::library(&[kept.contracts.clone(), contracts].concat())?;
    let (reader, _) = store::read(&kept)?;
    let stats = reader.stats().map_err(store::failure)?;
    let totals = [
        ("file_bytes", stats.file_bytes),
        ("free_bytes", stats.free_bytes),
        ("log_bytes", stats.log_bytes),
        ("quota_bytes", receiver.admission.store_bytes.as_u64()),
        ("erasures_remembered", stats.erasures),
        ("waiting_to_be_forwarded", stats.waiting),
        ("waiting_bytes", stats.waiting_bytes),
    ];
    if json {
        return output::print(&document(&stats, &library, &totals).to_string());
    }
    let mut output = Output::take();
    for line in table(&stats.versions, &library) {
        output.line(line)?;
    }
    for of in &stats.figures {
        output.line(frozen(of))?;
    }
    let size = |index: usize| ByteSize::b(totals[index].1);
    output.line(format_args!(
        "file {}, of it free {}; log {}; quota {}; {} erasures remembered",
        size(0),
        size(1),
        size(2),
        size(3),
        stats.erasures
    ))?;
    if stats.waiting > 0 {
        let bytes = ByteSize::b(stats.waiting_bytes);
        output.line(format_args!(
            "{} parts of reports wait to be forwarded, {bytes}",
            stats.waiting
        ))?;
    }
    output.end()
}

/// How far the figures of an application are, for people.
fn frozen(of: &FiguresStats) -> String {
    let FiguresStats { contract, frozen, next, instances, counted_bytes, frozen_bytes } = of;
    let days = match frozen {
        Some((first, last)) => format!("frozen from {first} to {last}"),
        None => "no day frozen yet".to_owned(),
    };
    let [counted, kept] = [counted_bytes, frozen_bytes].map(|bytes| ByteSize::b(*bytes));
    format!(
        "figures of {contract}: {days}, {kept}; {next} is next; {instances} instances counted, {counted}"
    )
}

fn figures(figures: &[FiguresStats]) -> Document {
    let of = figures.iter().map(|of| {
        let FiguresStats { contract, frozen, next, instances, counted_bytes, frozen_bytes } = of;
        let mut members = vec![("contract", Document::Text(contract.clone()))];
        if let Some((first, last)) = frozen {
            members.push(("first_frozen", Document::Text(first.to_string())));
            members.push(("last_frozen", Document::Text(last.to_string())));
        }
        members.extend([
            ("next", Document::Text(next.to_string())),
            ("instances", number(*instances)),
            ("counted_bytes", number(*counted_bytes)),
            ("frozen_bytes", number(*frozen_bytes)),
        ]);
        object(members)
    });
    Document::List(of.collect())
}

/// How long reports of a version are kept, for people.
fn kept(version: &VersionStats, library: &Library) -> String {
    let Some(contract) = library.get(&version.contract, &version.version) else {
        return "for ever: no such contract here".to_owned();
    };
    let days = contract.intake().keep_reports_days;
    days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"))
}

fn table(versions: &[VersionStats], library: &Library) -> Vec<String> {
    let head = ["contract", "reports", "instances", "first", "last", "bytes", "kept"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(versions.iter().map(|version| {
        let kept = kept(version, library);
        let VersionStats { contract, version, reports, instances, first, last, bytes } = version;
        [
            format!("{contract}/{version}"),
            reports.to_string(),
            instances.to_string(),
            first.to_string(),
            last.to_string(),
            ByteSize::b(*bytes).to_string(),
            kept,
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn document(stats: &Stats, library: &Library, totals: &[(&str, u64)]) -> Document {
    let versions = stats.versions.iter().map(|version| {
        let VersionStats { contract, version, reports, instances, first, last, bytes } = version;
        let known = library.get(contract, version);
        let days = known.and_then(|contract| contract.intake().keep_reports_days);
        let mut members = vec![
            ("contract", Document::Text(contract.clone())),
            ("version", Document::Text(version.clone())),
            ("reports", number(*reports)),
            ("instances", number(*instances)),
            ("first_date", Document::Text(first.to_string())),
            ("last_date", Document::Text(last.to_string())),
            ("bytes", number(*bytes)),
        ];
        // Left out where they are kept for ever.
        members.extend(days.map(|days| ("kept_days", number(days.into()))));
        object(members)
    });
    let contracts = Document::List(versions.collect());
    let mut members = vec![("contracts", contracts), ("figures", figures(&stats.figures))];
    members.extend(totals.iter().map(|(name, total)| (*name, number(*total))));
    object(members)
}

fn number(number: u64) -> Document {
    Document::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn object(members: Vec<(&str, Document)>) -> Document {
    Document::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
