//! As few lines as can be read.

use headcount_contract::Document;

use super::{is_scalar, member, one_line};

/// The document in lines of at most this width, unless a single value is longer.
pub(crate) fn packed(document: &Document, width: usize) -> Vec<String> {
    let mut lines = Lines { width, done: Vec::new() };
    lines.value(document, 0, "", "");
    lines.done
}

struct Lines {
    width: usize,
    done: Vec<String>,
}

impl Lines {
    /// Writes a value behind its key, if it has one, and before a comma, if one follows.
    fn value(&mut self, value: &Document, indent: usize, key: &str, comma: &str) {
        let line = format!("{:indent$}{key}{}{comma}", "", one_line(value));
        match value {
            _ if line.chars().count() <= self.width => self.done.push(line),
            Document::Object(members) if members.iter().all(|(_, value)| is_scalar(value)) => {
                self.flat(members, indent, key, comma);
            }
            Document::Object(members) => {
                self.done.push(format!("{:indent$}{key}{{", ""));
                self.members(members, indent + 2);
                self.done.push(format!("{:indent$}}}{comma}", ""));
            }
            Document::List(items) => {
                self.done.push(format!("{:indent$}{key}[", ""));
                for (index, item) in items.iter().enumerate() {
                    self.value(item, indent + 2, "", comma_before(index + 1, items.len()));
                }
                self.done.push(format!("{:indent$}]{comma}", ""));
            }
            _ => self.done.push(line),
        }
    }

    /// Single values share lines, everything else stands on its own.
    fn members(&mut self, members: &[(String, Document)], indent: usize) {
        let mut line = String::new();
        for (index, (key, value)) in members.iter().enumerate() {
            let comma = comma_before(index + 1, members.len());
            if is_scalar(value) {
                let text = format!("{}{comma}", member(key, &one_line(value)));
                self.append(&mut line, &text, indent);
            } else {
                self.flush(&mut line);
                self.value(value, indent, &format!("{}: ", Document::Text(key.clone())), comma);
            }
        }
        self.flush(&mut line);
    }

    /// An object of single values: lines hang behind its brace.
    fn flat(&mut self, members: &[(String, Document)], indent: usize, key: &str, comma: &str) {
        let mut line = format!("{:indent$}{key}{{", "");
        let hang = line.chars().count();
        for (index, (name, value)) in members.iter().enumerate() {
            let end =
                if index + 1 == members.len() { format!("}}{comma}") } else { ",".to_owned() };
            let text = format!("{}{end}", member(name, &one_line(value)));
            if index == 0 {
                line.push_str(&text);
            } else {
                self.append(&mut line, &text, hang);
            }
        }
        self.flush(&mut line);
    }

    fn append(&mut self, line: &mut String, text: &str, indent: usize) {
        if !line.is_empty() && line.chars().count() + 1 + text.chars().count() > self.width {
            self.flush(line);
        }
        if line.is_empty() {
            *line = format!("{:indent$}{text}", "");
        } else {
            line.push(' ');
            line.push_str(text);
        }
    }

    fn flush(&mut self, line: &mut String) {
        if !line.is_empty() {
            self.done.push(std::mem::take(line));
        }
    }
}

fn comma_before(next: usize, length: usize) -> &'static str {
    if next < length { "," } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"id":"0123456789","on":{"a":true,"b":false},"few":[1,2],
        "many":[{"name":"one","value":1,"unit":"user"},{"name":"two","value":2,"unit":"user"}]}"#;

    #[test]
    fn what_fits_shares_a_line_and_nothing_is_lost() {
        let document = Document::parse(TEXT).unwrap();
        let lines = packed(&document, 34);
        assert_eq!(
            lines.join("\n"),
            r#"{
  "id": "0123456789",
  "on": {"a": true, "b": false},
  "few": [1, 2],
  "many": [
    {"name": "one", "value": 1,
     "unit": "user"},
    {"name": "two", "value": 2,
     "unit": "user"}
  ]
}"#
        );
        for width in 1..120 {
            let text = packed(&document, width).join("\n");
            assert_eq!(Document::parse(&text).unwrap(), document, "width {width}");
        }
    }
}
