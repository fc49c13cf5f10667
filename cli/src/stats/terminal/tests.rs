use super::*;

fn unicode() -> Terminal {
    Terminal::new(80, true)
}

#[test]
fn a_bar_is_as_long_as_the_share_and_what_is_there_shows() {
    assert_eq!(unicode().bar(1.0, 4), "████");
    assert_eq!(unicode().bar(0.5, 4), "██");
    assert_eq!(unicode().bar(0.28, 4), "█▏");
    assert_eq!(unicode().bar(0.0001, 4), "▏");
    assert_eq!(unicode().bar(0.0, 4), "");
    assert_eq!(unicode().bar(7.0, 4), "████");
    assert_eq!(unicode().bar(f64::NAN, 4), "");
    assert_eq!(Terminal::new(80, false).bar(0.5, 4), "##");
}

#[test]
fn a_curve_begins_at_zero_and_fits() {
    assert_eq!(unicode().curve(&[0.0, 50.0, 100.0], 10), "▁▅█");
    assert_eq!(unicode().curve(&[100.0, 100.0], 10), "██");
    assert_eq!(unicode().curve(&[0.0, 0.0], 10), "▁▁");
    assert_eq!(unicode().curve(&[], 10), "");
    let year: Vec<_> = (0..365).map(f64::from).collect();
    assert_eq!(unicode().curve(&year, 8), "▁▂▃▄▅▆▇█");
    assert_eq!(Terminal::new(80, false).curve(&[0.0, 1.0], 8), "_@");
}

#[test]
fn what_is_too_wide_is_cut_by_columns() {
    assert_eq!(unicode().left("instances", 5), "inst…");
    assert_eq!(unicode().left("ab", 4), "ab  ");
    assert_eq!(unicode().right("ab", 4), "  ab");
    // Each of them takes two columns.
    assert_eq!(unicode().left("日本語", 5), "日本…");
}

#[test]
fn text_of_others_does_nothing() {
    let text = "v1\u{1b}[31m\r\n\u{9b}2J\u{7}\u{202e}txt";
    let shown = harmless(text);
    assert!(!shown.contains(misleading), "{shown:?}");
    assert!(shown.starts_with("v1") && shown.ends_with("txt"));
}

#[test]
fn the_first_variable_that_says_something_decides_about_unicode() {
    let locale = |set: &'static [(&str, &str)]| {
        has_unicode(|name| set.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).into()))
    };
    assert!(locale(&[("LANG", "en_GB.UTF-8")]));
    assert!(locale(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
    if !cfg!(windows) {
        assert!(!locale(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(!locale(&[]));
    }
}
