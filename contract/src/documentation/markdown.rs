//! Text in Markdown (`CommonMark` with the tables of GitHub).

use crate::text::misleading;

/// Text that shows as it is: nothing in it is taken for Markdown or HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '&' => escaped.push_str("&amp;"),
            c if c.is_ascii_whitespace() => escaped.push(' '),
            c if misleading(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text as code, in a table or elsewhere.
pub(super) fn code(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_ascii_whitespace() => ' ',
        c if misleading(c) => '\u{fffd}',
        c => c,
    };
    let text: String = text.chars().map(shown).collect();
    // A table ends a cell at a pipe, in code as well.
    let text = text.replace('|', r"\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Backticks in a row, at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A table with the columns that say something.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let told =
        |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()));
    let columns: Vec<usize> = (0..head.len()).filter(|column| told(*column)).collect();
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(columns.iter().map(|column| head[*column]).collect());
    table.push_str(&line(columns.iter().map(|_| "---").collect()));
    for row in rows {
        table.push_str(&line(columns.iter().map(|column| row[*column].as_str()).collect()));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_markdown() {
        assert_eq!(escape("<b>a|b*\n_c_"), r"\<b\>a\|b\* \_c\_");
        assert_eq!(code("a|b"), r"`a\|b`");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a``b"), "```a``b```");
    }

    #[test]
    fn a_column_that_says_nothing_is_left_out() {
        let rows = [vec!["1".to_owned(), String::new(), "3".to_owned()]];
        assert_eq!(table(&["a", "b", "c"], &rows), "| a | c |\n| --- | --- |\n| 1 | 3 |\n");
    }
}
