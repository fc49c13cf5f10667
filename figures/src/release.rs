//! The order of releases, as people number them.

use std::cmp::Ordering;

/// A release, taken apart: `v2.4.2-rc.1+build` is 2, 4, 2 before the release, candidate 1.
struct Release<'t> {
    numbers: Vec<&'t str>,
    /// What comes after a hyphen: it is before the release itself.
    before: Option<Vec<&'t str>>,
}

/// Whether a text names a release: it begins with a digit, or with a `v` and a digit.
pub(crate) fn is_release(text: &str) -> bool {
    without_prefix(text).starts_with(|first: char| first.is_ascii_digit())
}

/// Which of two releases is the newer one. `2.4` and `v2.4.0` are the same, and so is `2.4.0+build`, or whatever else comes
/// after a colon, a plus sign or a space; `2.4.0-rc.1` comes before them. Texts that name no release come before all.
pub(crate) fn compare(one: &str, two: &str) -> Ordering {
    match (is_release(one), is_release(two)) {
        (true, true) => Release::of(one).compare(&Release::of(two)),
        (one, two) => one.cmp(&two),
    }
}

fn without_prefix(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).unwrap_or(text)
}

impl<'t> Release<'t> {
    fn of(text: &'t str) -> Self {
        let text = without_prefix(text);
        let text = text.split([':', '+', ' ', '/', '@', '(']).next().unwrap_or(text);
        let (numbers, before) = match text.split_once('-') {
            Some((numbers, before)) => (numbers, Some(before)),
            None => (text, None),
        };
        let parts = |text: &'t str| text.split(['.', '_', '-']).collect();
        let mut numbers: Vec<_> = numbers.split(['.', '_']).collect();
        while numbers.last().is_some_and(|last| last.bytes().all(|digit| digit == b'0')) {
            numbers.pop();
        }
        Self { numbers, before: before.map(parts) }
    }

    fn compare(&self, other: &Self) -> Ordering {
        parts(&self.numbers, &other.numbers).then_with(|| match (&self.before, &other.before) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(two)) => parts(one, two),
        })
    }
}

fn parts(one: &[&str], two: &[&str]) -> Ordering {
    let pairs = one.iter().zip(two).map(|(one, two)| part(one, two));
    pairs.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&two.len()))
}

/// Numbers as numbers, of any length; words as words, after all numbers.
fn part(one: &str, two: &str) -> Ordering {
    let split = |text: &'_ str| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at(digits);
        (digits.trim_start_matches('0').to_owned(), digits.is_empty(), rest.to_owned())
    };
    let ((one, one_is_word, one_rest), (two, two_is_word, two_rest)) = (split(one), split(two));
    one_is_word
        .cmp(&two_is_word)
        .then(one.len().cmp(&two.len()))
        .then(one.cmp(&two))
        .then_with(|| one_rest.cmp(&two_rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_an_order() {
        let ascending = [
            "unknown",
            "0.9",
            "0.10",
            "0.90.1-alpha",
            "0.90.1-alpha.1",
            "0.90.1-beta.2",
            "0.90.1-beta.11",
            "0.90.1-rc.1",
            "0.90.1",
            "2.4.2",
            "v2.4.3:match:f1bd9ae",
            "2.15.0",
            "v16.13.1-rc.1",
            "16.13.1",
            "20260304",
            "99999999999999999999999.1",
        ];
        for (place, one) in ascending.iter().enumerate() {
            for (other_place, other) in ascending.iter().enumerate() {
                assert_eq!(compare(one, other), place.cmp(&other_place), "{one} and {other}");
            }
        }
    }

    #[test]
    fn the_same_release_is_written_differently() {
        for other in ["2.4", "v2.4.0", "2.4.0+build.7", "v2.4:match:f1bd9ae", "02.04"] {
            assert_eq!(compare("2.4.0", other), Ordering::Equal, "{other}");
        }
        assert_eq!(compare("edge", "other"), Ordering::Equal);
    }
}
