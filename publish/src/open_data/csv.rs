//! The table as CSV (RFC 4180): lines end with CRLF, and a field with a comma, a quotation mark or a line break stands
//! between quotation marks.

use std::fmt::{Display, Write as _};

use headcount_contract::misleading;

use super::row::{Row, rows};
use crate::application::Application;
use crate::wording::month_of;

/// The columns. New ones are added at the end, if ever.
pub(super) const HEADER: &str = "day,frozen_on,as_of,complete,figure,definition_id,kind,group,from,below,month,months_later,instances,value";

/// With these a spreadsheet begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '|', '%'];

pub(super) fn table(application: &Application) -> String {
    let mut table = format!("{HEADER}\r\n");
    for row in rows(&application.snapshot) {
        line(&mut table, &row).expect("a string takes everything");
    }
    table
}

fn line(table: &mut String, row: &Row<'_>) -> std::fmt::Result {
    let Row { frozen, number, kind, .. } = row;
    write!(table, "{},{},{},{},", frozen.day, frozen.frozen_on, number.as_of, number.complete)?;
    write!(table, "{},{},{kind},", field(&number.figure), field(&number.definition))?;
    let group = row.group.map(field).unwrap_or_default();
    let month = row.month.map(month_of).unwrap_or_default();
    write!(table, "{group},{},{},{month},", maybe(row.from), maybe(row.below))?;
    let [later, instances] = [row.months_later, row.instances].map(maybe);
    write!(table, "{later},{instances},{}\r\n", maybe(row.value))
}

fn maybe(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A text as a field. One that a spreadsheet would compute gets an apostrophe before it, and what a terminal would not
/// show as it is stands as its code point.
fn field(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if misleading(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    let starts = |c: char| FORMULA.contains(&c) || c.is_whitespace();
    if shown.starts_with(starts) || text.starts_with(misleading) {
        shown.insert(0, '\'');
    }
    if shown.contains(['"', ',', '\'']) || shown != text {
        shown = format!("\"{}\"", shown.replace('"', "\"\""));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_formula_and_each_is_one_field() {
        let fields = [
            ("v2.10.0", "v2.10.0"),
            ("=1+1", "\"'=1+1\""),
            ("-1", "\"'-1\""),
            (" =1", "\"' =1\""),
            ("\t=1", "\"'\\u{9}=1\""),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("a\r\nb", "\"a\\u{d}\\u{a}b\""),
            ("\u{1b}[31m", "\"'\\u{1b}[31m\""),
            ("", ""),
        ];
        for (text, expected) in fields {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }
}
