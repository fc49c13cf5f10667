//! The colours of the style sheet against WCAG 2.2, AA.

use std::collections::BTreeMap;

use super::super::STYLE;

/// Text on what it stands on.
const TEXT: [(&str, &str); 16] = [
    ("text", "page"),
    ("text", "card"),
    ("text", "code-back"),
    ("text", "good-back"),
    ("text", "odd-back"),
    ("text", "bad-back"),
    ("quiet", "page"),
    ("quiet", "card"),
    ("link", "page"),
    ("link", "card"),
    ("link", "code-back"),
    ("on-fill", "fill"),
    ("good", "good-back"),
    ("odd", "odd-back"),
    ("bad", "bad-back"),
    ("bad", "card"),
];
/// Lines by which a control is known, and the focus.
const CONTROLS: [(&str, &str); 4] =
    [("edge", "card"), ("fill", "card"), ("link", "page"), ("link", "card")];

/// The colours of a block of the style sheet.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let lines = block.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    lines.map(|(name, rest)| (name, channels(rest.trim_end_matches(';')))).collect()
}

fn channels(digits: &str) -> [f64; 3] {
    assert_eq!(digits.len(), 6, "{digits}");
    [0, 2, 4].map(|at| {
        let byte = u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
        let channel = f64::from(byte) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    })
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let light = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (light(a), light(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_and_control_can_be_told_from_what_is_behind_it() {
    let (light, rest) = STYLE.split_once("@media (prefers-color-scheme: dark)").expect("both");
    let (dark, _) = rest.split_once("*,").expect("rules after the colours");
    for (scheme, block) in [("light", light), ("dark", dark)] {
        let colours = colours(block);
        assert_eq!(colours.len(), 16, "{scheme}: {colours:?}");
        for (pairs, least) in [(&TEXT[..], 4.5), (&CONTROLS[..], 3.0)] {
            for (front, back) in pairs {
                let contrast = contrast(colours[front], colours[back]);
                assert!(contrast >= least, "{scheme}: {front} on {back} has {contrast:.2}");
            }
        }
    }
}

#[test]
fn the_formula_is_the_one_of_the_guidelines() {
    let grey = contrast(channels("767676"), channels("ffffff"));
    assert!((grey - 4.54).abs() < 0.01, "the lightest grey on white that passes: {grey}");
}

#[test]
fn colours_stand_in_one_place() {
    let (_, rules) = STYLE.split_once("*,").expect("rules after the colours");
    assert!(!rules.contains('#'), "a colour or an id among the rules");
}
