//! The order of releases.

use std::cmp::Ordering;

use headcount_figures::GroupName;

/// Compares two releases, the older one first: by their numbers, and a pre-release before its release. Groups
/// without a release come before all.
pub(super) fn compare(a: &GroupName, b: &GroupName) -> Ordering {
    key(a).cmp(&key(b))
}

/// Whether a group is one of a release.
pub(super) fn is_release(name: &GroupName) -> bool {
    key(name).is_some()
}

/// Numbers of the release, whether it is a final one, and what tells pre-releases apart.
fn key(name: &GroupName) -> Option<(Vec<u64>, bool, Vec<Part>)> {
    let GroupName::Value(text) = name else { return None };
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let text = text.get(start..)?;
    let text = text.split(['+', ':', '@']).next().unwrap_or(text);
    let (numbers, rest) = text.split_once('-').unwrap_or((text, ""));
    let numbers = numbers.split('.').map(|number| number.parse().unwrap_or(0)).collect();
    let rest: Vec<_> = rest.split(['.', '-']).filter(|part| !part.is_empty()).map(part).collect();
    Some((numbers, rest.is_empty(), rest))
}

/// A part of a pre-release: numbers come before words.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

fn part(text: &str) -> Part {
    text.parse().map_or_else(|_| Part::Word(text.to_owned()), Part::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_stand_in_their_order() {
        let names =
            ["v2.9.4", "v2.10.0-rc.2", "v2.10.0-rc.10", "v2.10.0", "v2.10.1:match:f1bd9ae", "3"];
        let names = names.map(|name| GroupName::Value(name.to_owned()));
        assert!(names.is_sorted_by(|a, b| compare(a, b) == Ordering::Less));
        assert_eq!(compare(&GroupName::Other, &names[0]), Ordering::Less);
        assert!(!is_release(&GroupName::Missing) && !is_release(&GroupName::Value("main".into())));
    }
}
