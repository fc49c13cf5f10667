//! Whether what is stored is what was recorded.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use headcount_contract::{Contract, Document, Header, Reason};
use headcount_receiver::{Filter, Location, Row};

/// The one stored report of a contract, read from the database's file as `headcount reports` does.
pub(super) fn stored(database: &Path, contract: &Contract) -> anyhow::Result<Document> {
    let filter = Filter {
        contract: Some(contract.name().to_owned()),
        version: Some(contract.version().to_owned()),
        ..Filter::default()
    };
    let (reader, _) = Location::Sqlite(database.to_owned()).read(None)?;
    let mut rows = reader.reports(filter);
    let Row { part, .. } = rows.next().context("expected a stored report, got none")??;
    if rows.next().is_some() {
        bail!("expected one stored report, got several");
    }
    Ok(contract.report(&part?)?)
}

/// Reads the report by its contract: every key, type, pattern and vocabulary.
pub(super) fn fits(contract: &Contract, report: &Document) -> anyhow::Result<()> {
    // The report's own facts stand in for those of the header.
    let header = Header {
        report_id: Header::report_id_at(0, 0, [0; 8]),
        date: jiff::civil::date(1970, 1, 1),
        time_unix_nano: 0,
        reason: Reason::Daily,
        dropped: 0,
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
        // The instances keep what is theirs in folders beside it.
        let path = file?.path();
        if path.is_file() {
            places.push(fs::read(path)?);
        }
    }
    let is_in = |text: &str, bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    let found = texts.iter().filter(|text| places.iter().any(|bytes| is_in(text, bytes)));
    Ok(found.copied().collect())
}

#[cfg(test)]
mod tests {
    use headcount_contract::Library;

    use super::*;

    #[test]
    fn a_report_that_does_not_fit_its_contract_is_told_with_its_place() {
        let library = Library::built_in();
        let contract = library.find("flowforge/0.2").expect("it ships");
        let example = contract.example();
        assert!(fits(contract, &example).is_ok());
        let wrong = example.to_string().replace("\"Darwin\"", "\"Beos\"");
        let wrong = Document::parse(&wrong.replace("\"Linux\"", "\"Beos\"")).expect("JSON");
        assert_ne!(wrong, example);
        let error = fits(contract, &wrong).expect_err("no such system");
        assert!(error.to_string().ends_with("at os.type"), "{error}");
    }

    #[test]
    fn a_database_without_the_report_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = folder.path().join("headcount.db");
        let library = Library::built_in();
        let contract = library.find("manyfold").expect("it ships");
        assert!(stored(&database, contract).is_err());
        let location = Location::Sqlite(database.clone());
        let _open = location.open().expect("a new database");
        let error = stored(&database, contract).expect_err("nothing was put there");
        assert_eq!(error.to_string(), "expected a stored report, got none");
    }

    #[test]
    fn what_must_be_nowhere_is_found_in_every_place() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = folder.path().join("headcount.db");
        fs::write(&database, b"\0one\0").expect("a file can be written");
        fs::write(folder.path().join("headcount.db-wal"), b"two").expect("a file can be written");
        let texts = ["one", "two", "three", "four"];
        let found = found(&database, b"..three..", &texts).expect("they can be read");
        assert_eq!(found, ["one", "two", "three"]);
    }
}
