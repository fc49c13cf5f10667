//! Settings from the environment: `HEADCOUNT_CONNECTIONS__TOTAL` is `connections.total`.

use std::ffi::OsString;

use headcount_receiver::settings::Given;

use super::assignment::Assignment;
use super::mistakes::Mistakes;
use super::names::Names;

/// A variable's name and value.
pub(super) type Variable = (OsString, OsString);

const PREFIX: &str = "HEADCOUNT_";
/// Between a group and its setting: a single `_` is part of many names.
const WITHIN: &str = "__";

/// The values of variables that settings have. An empty one is not set. Others that begin alike are none of ours:
/// Kubernetes makes such as `HEADCOUNT_PORT` for a service of that name. Only a group's name is a slip of the hand
/// where the rest is not known.
pub(super) fn assignments(
    variables: impl IntoIterator<Item = Variable>,
    names: &Names,
    mistakes: &mut Mistakes,
) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (variable, value) in variables {
        let Some(variable) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        let known = names.settings().find(|path| name(path) == variable);
        match (known, value.into_string()) {
            (Some(path), Ok(value)) => {
                assignments.push(Assignment::new(variable, path, Given::Text(value)));
            }
            (Some(_), Err(_)) => mistakes.note(variable, "expected a value in UTF-8, got another"),
            (None, _) => unknown(variable, names, mistakes),
        }
    }
    // The environment has no order.
    assignments.sort_by(|one, other| one.origin.cmp(&other.origin));
    assignments
}

/// The name of a setting's variable.
pub(super) fn name(path: &[&str]) -> String {
    format!("{PREFIX}{}", path.join(WITHIN).to_uppercase())
}

fn unknown(variable: &str, names: &Names, mistakes: &mut Mistakes) {
    let group = names.groups().find_map(|group| {
        let rest = variable.strip_prefix(&name(group))?.strip_prefix(WITHIN)?;
        Some((group, rest.to_lowercase()))
    });
    if let Some((group, rest)) = group {
        mistakes.note(variable, names.expected(group, &rest));
    }
}
