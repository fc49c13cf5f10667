//! Texts of others, as people read them.

use std::fmt::Write as _;

/// Characters that make text look like something else: controls, and those that turn or hide text.
///
/// ```
/// use headcount_contract::misleading;
///
/// // U+202E turns the direction of what follows, so that this reads as ending in `exe.txt`.
/// assert!("report\u{202e}txt.exe".contains(misleading));
/// assert!(!"Users, by team".contains(misleading));
/// ```
pub fn misleading(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// The same JSON with each [`misleading`] character as one of JSON's escapes, which mean the same. Outside of strings
/// JSON has none of them but the line ends that indent it.
///
/// ```
/// assert_eq!(headcount_contract::visible_json("[\n  \"\u{202e}\"\n]"), "[\n  \"\\u202e\"\n]");
/// ```
pub fn visible_json(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && misleading(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(written, "\\u{unit:04x}").expect("a string takes everything");
            }
        } else {
            written.push(c);
        }
    }
    written
}

/// The text with a capital at its start.
///
/// ```
/// assert_eq!(headcount_contract::capital("people with an account"), "People with an account");
/// ```
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", chars.as_str())
}

/// The text as a sentence: with a capital at its start, and a full stop where it has no end.
///
/// ```
/// assert_eq!(headcount_contract::sentence("off: it was declined"), "Off: it was declined.");
/// ```
pub fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{}{end}", capital(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_becomes_a_sentence() {
        assert_eq!(sentence("off: it was declined"), "Off: it was declined.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), ".");
    }
}
