//! A configuration as a file that says what each setting is for.

use std::fmt::Write as _;

use headcount_receiver::settings::{Described, Value};

use super::{Configures, Loaded};

/// The text. What somebody has set has its origin behind it, all else is commented out.
pub(super) fn text<C: Configures>(loaded: &Loaded<C>) -> String {
    loaded
        .config
        .described()
        .iter()
        .fold(C::HEADING.to_owned(), |text, described| text + "\n" + &setting(loaded, described))
}

fn setting<C: Configures>(
    loaded: &Loaded<C>,
    Described { path, lines, value }: &Described,
) -> String {
    let mut text = String::new();
    for line in *lines {
        text.push_str(format!("#{line}").trim_end());
        text.push('\n');
    }
    let name = path.last().copied().unwrap_or_default();
    let set = loaded.origin(&path.join("."));
    let written = match (value, set) {
        (Value::Group, _) => writeln!(text, "[{}]", path.join(".")),
        (Value::Set(value), Some(origin)) => writeln!(text, "{name} = {value}  # {origin}"),
        (Value::Set(value), None) => writeln!(text, "#{name} = {value}"),
        (Value::Unset { expected }, _) => writeln!(text, "#{name} =  # not set; {expected}"),
    };
    written.expect("a text takes whatever is written to it");
    text
}
