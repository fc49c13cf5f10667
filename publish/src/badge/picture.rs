//! The badge as a picture. It has no style of its own, loads nothing, and reads aloud as its title.

use headcount_contract::misleading;

use super::Badge;
use super::width;

/// In pixels: the height, the font's size, the room at each side of a text, and where its letters stand.
const HEIGHT: u32 = 20;
const FONT: u32 = 11;
const ROOM: u32 = 6;
const LINE: u32 = 14;

/// Above this, dark letters are easier to read: where black and white have the same contrast (WCAG 2.2).
const BRIGHT: f64 = 0.179;

pub(super) fn draw(badge: &Badge) -> String {
    let Badge { label, message, colour, title, .. } = badge;
    let [label_wide, message_wide] = [label, message].map(|text| width::tenths(text, FONT));
    let [left, right] = [label_wide, message_wide].map(|tenths| tenths.div_ceil(10) + 2 * ROOM);
    let wide = left + right;
    let [label, message, title] = [label, message, title].map(|text| escape(text));
    let ink = if colour.luminance() > BRIGHT { "#000" } else { "#fff" };
    let text = |at: u32, tenths: u32, ink: &str, text: &str| {
        let (whole, tenth) = (tenths / 10, tenths % 10);
        format!(
            r#"<text x="{at}" y="{LINE}" textLength="{whole}.{tenth}" fill="{ink}">{text}</text>"#
        )
    };
    let label = text(ROOM, label_wide, "#fff", &label);
    let message = text(left + ROOM, message_wide, ink, &message);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{HEIGHT}" viewBox="0 0 {wide} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title><clipPath id="edge"><rect width="{wide}" height="{HEIGHT}" rx="3"/></clipPath><g clip-path="url(#edge)"><rect width="{left}" height="{HEIGHT}" fill="#555"/><rect x="{left}" width="{right}" height="{HEIGHT}" fill="{colour}"/></g><g font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="{FONT}" aria-hidden="true">{label}{message}</g></svg>
"##
    )
}

/// A text in XML. What XML cannot have, and what would not show as it is, is replaced.
fn escape(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            c if misleading(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => written.push('\u{fffd}'),
            c => written.push(c),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::Brand;
    use crate::sample;

    #[test]
    fn letters_are_dark_on_what_is_bright() {
        let dark = ["#ffffff", "#ffe066", "#0969a8", "#000000", "no", "#fff", "#000"].map(|it| {
            let brand = Brand { colour: Some(it.to_owned()), ..Brand::default() };
            draw(&Badge::of(&sample::harbour(), &brand)).contains(r##"fill="#000">479<"##)
        });
        assert_eq!(dark, [true, true, false, false, false, true, false]);
    }
}
