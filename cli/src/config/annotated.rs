//! A configuration as a file that says what each setting is for.

use std::fmt::Write as _;

use headcount_receiver::settings::{Described, Group as _, Value};

use super::Config;

const HEADING: &str = "\
# The configuration of `headcount serve`, and of the commands that work on its store. Paths are relative to this
# file's folder. A setting behind a # has its default. A variable of the environment wins over this file, such as
# HEADCOUNT_CONNECTIONS__TOTAL=100, and a flag over both, such as --set connections.total=100.
";

/// The text. What somebody has set has its origin behind it, all else is commented out.
pub(super) fn text(config: &Config) -> String {
    config
        .described()
        .iter()
        .fold(HEADING.to_owned(), |text, described| text + "\n" + &setting(config, described))
}

fn setting(config: &Config, Described { path, lines, value }: &Described) -> String {
    let mut text = String::new();
    for line in *lines {
        text.push_str(format!("#{line}").trim_end());
        text.push('\n');
    }
    let name = path.last().copied().unwrap_or_default();
    let set = config.origin(&path.join("."));
    let written = match (value, set) {
        (Value::Group, _) => writeln!(text, "[{}]", path.join(".")),
        (Value::Set(value), Some(origin)) => writeln!(text, "{name} = {value}  # {origin}"),
        (Value::Set(value), None) => writeln!(text, "#{name} = {value}"),
        (Value::Unset { expected }, _) => writeln!(text, "#{name} =  # not set; {expected}"),
    };
    written.expect("a text takes whatever is written to it");
    text
}
