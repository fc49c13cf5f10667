use std::collections::BTreeMap;

use headcount_contract::misleading;

use super::*;
use crate::sample;

/// Reads CSV as RFC 4180 has it.
fn read(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut chars) = (false, table.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'), "a line ends with CRLF");
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    assert!(row.is_empty() && field.is_empty() && !quoted, "the last line has its end");
    rows
}

#[test]
fn the_table_has_the_same_columns_in_every_row_whatever_it_holds() {
    for application in [sample::harbour(), sample::hostile(), sample::begun()] {
        let rows = read(&csv::table(&application));
        assert_eq!(rows[0].join(","), csv::HEADER);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
        for field in rows.iter().flatten() {
            assert!(!field.contains(misleading), "{field:?}");
            assert!(!field.starts_with(['=', '@', '\t', '|', '%', ' ']), "{field:?}");
            let is_number = field.parse::<f64>().is_ok();
            assert!(is_number || !field.starts_with(['+', '-']), "{field:?}");
        }
    }
}

#[test]
fn lines_and_table_say_the_same() {
    let application = sample::harbour();
    let rows = read(&csv::table(&application));
    let lines = lines::table(&application);
    let (about, lines) = lines.split_once('\n').expect("the first line");
    let about = Document::parse(about).expect("JSON");
    let about = about.get("about").expect("the first line is about the whole");
    assert_eq!(about.get("licence"), Some(&text("CC0-1.0")));
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), rows.len() - 1);
    for (line, row) in lines.iter().zip(&rows[1..]) {
        let Ok(Document::Object(members)) = Document::parse(line) else { panic!("{line}") };
        let mut members: BTreeMap<_, _> = members.into_iter().collect();
        for (column, field) in rows[0].iter().zip(row) {
            let told = members.remove(column).map_or_else(String::new, |value| match value {
                Document::Text(text) => text,
                value => value.to_string(),
            });
            assert_eq!(&told, field, "{column} of {line}");
        }
        assert!(members.is_empty(), "{line}");
    }
}

#[test]
fn the_document_has_every_day_and_every_definition() {
    let application = sample::harbour();
    let document = document(&application);
    let Some(Document::List(days)) = document.get("days") else { panic!("expected days") };
    assert_eq!(days.len(), 120);
    let definition = document.get("figures").and_then(|figures| figures.get("users_by_system"));
    let definition = definition.and_then(|figure| figure.get("definition"));
    assert_eq!(
        definition.map(ToString::to_string).as_deref(),
        Some(r#""sum of users by system, in the latest report of each instance within 7 days""#)
    );
    // Finished months are in the table once, not every day.
    let retention = row::rows(&application.snapshot).filter(|row| row.kind == "retention");
    let days: std::collections::BTreeSet<_> = retention.map(|row| row.frozen.day).collect();
    assert_eq!(days.len(), 5);
}
