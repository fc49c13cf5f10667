//! Whether what is stored is what was recorded.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use headcount_contract::{Contract, Document, Header, Reason};
use headcount_receiver::{Filter, Reader};

/// The one stored report of a contract, read from the database's file as `headcount reports` does.
pub(super) fn stored(database: &Path, contract: &Contract) -> anyhow::Result<Document> {
    let filter = Filter {
        contract: Some(contract.name().to_owned()),
        version: Some(contract.version().to_owned()),
        ..Filter::default()
    };
    let reader = Reader::open(database)?;
    let mut rows = reader.reports(filter);
    let (_, part) = rows.next().context("expected a stored report, got none")??;
    if rows.next().is_some() {
        bail!("expected one stored report, got several");
    }
    Ok(contract.report(&part?)?)
}

/// Reads the report by its contract: every key, type, pattern and vocabulary.
pub(super) fn fits(contract: &Contract, report: &Document) -> anyhow::Result<()> {
    // The report's own facts stand in for those of the header.
    let header = Header {
        report_id: Header::report_id_at(0, [0; 10]),
        date: jiff::civil::date(1970, 1, 1),
        time_unix_nano: 0,
        reason: Reason::Daily,
    };
    contract.part(report, &header)?;
    Ok(())
}

/// Looks for texts in the bytes that travelled and in every file of the database's folder.
pub(super) fn found<'t>(
    database: &Path,
    request: &[u8],
    texts: &[&'t str],
) -> anyhow::Result<Vec<&'t str>> {
    let folder = database.parent().context("a file is in a folder")?;
    let mut places = vec![request.to_vec()];
    for file in fs::read_dir(folder)? {
        places.push(fs::read(file?.path())?);
    }
    let is_in = |text: &str, bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    let found = texts.iter().filter(|text| places.iter().any(|bytes| is_in(text, bytes)));
    Ok(found.copied().collect())
}
