//! `tests/MATRIX.md`: a column for each route, written by the test that went it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use headcount_tests::{Encoding, Way};

use super::How;

/// Set, the committed table is changed to what ran.
const BLESS: &str = "HEADCOUNT_BLESS";

const HEAD: &str = include_str!("matrix.md");

/// How a report travels from an application to the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// No one in between.
    Direct,
    /// A Collector, by the generated configurations.
    Collector,
    /// A relay for each contract.
    Relay,
    /// The one, then the other.
    CollectorAndRelay,
}

impl Route {
    const ALL: [Self; 4] = [Self::Direct, Self::Collector, Self::Relay, Self::CollectorAndRelay];

    fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Collector => "Collector",
            Self::Relay => "relay",
            Self::CollectorAndRelay => "Collector → relay",
        }
    }
}

/// The table: for each row its cells, in the order of the routes.
type Table = BTreeMap<String, Vec<String>>;

/// Holds what ran, and was right, against the route's column of the committed table.
pub(crate) fn check(route: Route, ran: &[How]) -> anyhow::Result<()> {
    // Tests of several routes run at the same time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("MATRIX.md");
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let mut table = read(&committed);
    let place = Route::ALL.iter().position(|known| *known == route).context("all are listed")?;
    for how in How::all() {
        let reports = ran.iter().filter(|ran| **ran == how).count();
        let empty = || vec!["–".to_owned(); Route::ALL.len()];
        let row = table.entry(row(how)).or_insert_with(empty);
        row[place] = if reports == 0 { "–".to_owned() } else { reports.to_string() };
    }
    let known: Vec<_> = How::all().into_iter().map(row).collect();
    table.retain(|row, _| known.contains(row));
    let ran = write(&table);
    if env::var_os(BLESS).is_some() {
        fs::write(&file, ran)?;
        return Ok(());
    }
    ensure!(ran == committed, "expected MATRIX.md to tell what ran; {BLESS}=1 writes it:\n{ran}");
    Ok(())
}

fn row(how: How) -> String {
    let transport = match how.way {
        Way::Grpc => "gRPC",
        Way::Protobuf => "HTTP, protobuf",
        Way::Json => "HTTP, JSON",
    };
    let compression = match how.encoding {
        Encoding::Identity => "none",
        Encoding::Gzip => "gzip",
        Encoding::Zstd => "zstd",
    };
    format!("{} | {transport} | {compression}", how.sdk.language())
}

/// The rows of a table that [`write`] wrote; other lines are no rows.
fn read(text: &str) -> Table {
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let (row, cells) = cells.split_at_checked(3)?;
        let mut cells: Vec<_> = cells.iter().map(|&cell| cell.to_owned()).collect();
        cells.resize(Route::ALL.len(), "–".to_owned());
        Some((row.join(" | "), cells))
    });
    rows.collect()
}

fn write(table: &Table) -> String {
    let routes: Vec<_> = Route::ALL.iter().map(|route| route.name()).collect();
    let rows = How::all().into_iter().map(|how| {
        let row = row(how);
        let cells = table.get(&row).map(|cells| cells.join(" | ")).unwrap_or_default();
        format!("| {row} | {cells} |\n")
    });
    format!(
        "{HEAD}\n| SDK | transport | compression | {} |\n|---|---|---|{}\n{}",
        routes.join(" | "),
        "---:|".repeat(routes.len()),
        rows.collect::<String>(),
    )
}
