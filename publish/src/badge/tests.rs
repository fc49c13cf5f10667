use headcount_figures::Snapshot;

use super::*;
use crate::sample;

fn badge(application: &Application) -> Badge {
    Badge::of(application, &Brand::default())
}

#[test]
fn a_number_is_short_and_never_more_than_it_is() {
    let cases = [
        (0.0, "0"),
        (999.0, "999"),
        (1_000.0, "1k"),
        (1_049.0, "1k"),
        (1_299.0, "1.2k"),
        (9_999.0, "9.9k"),
        (12_345.0, "12k"),
        (999_999.0, "999k"),
        (3_450_000.0, "3.4M"),
        (2e9, "2G"),
        (7.9, "7"),
        (-1_500.0, "-1.5k"),
    ];
    for (value, expected) in cases {
        assert_eq!(compact(value), expected, "{value}");
    }
}

#[test]
fn the_endpoint_has_what_shields_documents() {
    let told = badge(&sample::harbour()).endpoint().to_string();
    assert_eq!(
        told,
        r##"{"schemaVersion":1,"label":"instances","message":"479","color":"#0969a8","isError":false}"##
    );
    let branded = Brand { colour: Some("#0b6e4f".to_owned()), ..Brand::default() };
    assert_eq!(Badge::of(&sample::harbour(), &branded).colour.to_string(), "#0b6e4f");
}

#[test]
fn what_is_no_colour_fills_nothing() {
    let brand = Brand { colour: Some("red\"/><script>".to_owned()), ..Brand::default() };
    let badge = Badge::of(&sample::harbour(), &brand);
    assert_eq!(badge.colour, COLOUR);
    assert!(!picture::draw(&badge).contains("red"));
}

#[test]
fn without_a_number_it_says_why() {
    let begun = badge(&sample::begun());
    assert_eq!((begun.message.as_str(), begun.is_error), ("no number yet", true));
    let mut application = sample::harbour();
    let mut snapshot = Snapshot::clone(&application.snapshot);
    let newest = snapshot.days.last_mut().expect("there are 120");
    newest.numbers[0].value = Value::Hidden;
    application.snapshot = snapshot.into();
    let hidden = badge(&application);
    assert_eq!((hidden.message.as_str(), hidden.is_error), ("fewer than 5", true));
    assert_eq!(hidden.colour, PALE);
}

#[test]
fn a_picture_says_what_it_shows_and_has_room_for_it() {
    let picture = picture::draw(&badge(&sample::harbour()));
    assert!(
        picture.contains("<title>harbour: 479 instances, as of 2026-11-19</title>"),
        "{picture}"
    );
    // 11 pixels high: 9 letters, 3 digits of 7.0 pixels, and 6 pixels at each side.
    assert_eq!([width::tenths("instances", 11), width::tenths("479", 11)], [524, 210]);
    assert!(picture.contains(r#"width="98" height="20""#), "{picture}");
}

#[test]
fn no_text_of_a_picture_is_anything_but_text() {
    for hostile in sample::HOSTILE {
        let text = || hostile.to_owned();
        let badge =
            Badge { label: text(), message: text(), title: text(), ..badge(&sample::begun()) };
        let picture = picture::draw(&badge);
        let elements = picture.matches('<').count();
        assert_eq!(elements, picture::draw(&self::badge(&sample::begun())).matches('<').count());
        let escaped = hostile.contains(['<', '>', '"', '\'']);
        assert_eq!(
            picture.contains(hostile),
            !escaped
                && !hostile.contains(['&'])
                && !hostile.contains(headcount_contract::misleading),
            "{hostile:?}"
        );
    }
}
