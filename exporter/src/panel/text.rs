//! Texts of others on the page: escaped, and with every character in sight.

use std::fmt::Write as _;

use headcount_contract::{Document, misleading, visible_json};
use maud::{Escaper, Render};

/// A text that somebody else wrote: a contract, a receiver, an operating system. Characters that turn
/// or hide text become visible signs.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Render for Text<'_> {
    fn render_to(&self, buffer: &mut String) {
        let visible = self.0.chars().map(|c| match c {
            '\n' | '\t' => c,
            c if misleading(c) => '\u{fffd}',
            c => c,
        });
        self::escaped(visible, buffer);
    }
}

/// A report, indented. It is the JSON that is sent: characters that turn or hide text stand as
/// JSON's escapes, which mean the same.
pub(super) struct Json<'a>(pub(super) &'a Document);

impl Render for Json<'_> {
    fn render_to(&self, buffer: &mut String) {
        escaped(visible_json(&self.0.pretty()).chars(), buffer);
    }
}

fn escaped(text: impl Iterator<Item = char>, buffer: &mut String) {
    let mut escaper = Escaper::new(buffer);
    for c in text {
        escaper.write_char(c).expect("a string takes everything");
    }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn text_is_never_markup_and_hides_nothing() {
        let text = Text("<b title=\"x\">&\u{202e}\0\u{1b}[2J\r\nnext");
        let shown = html! { p title=(text) { (text) } }.into_string();
        let escaped = "&lt;b title=&quot;x&quot;&gt;&amp;\u{fffd}\u{fffd}\u{fffd}[2J\u{fffd}\nnext";
        assert_eq!(shown, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }

    #[test]
    fn a_report_is_the_same_json() {
        let report = Document::Object(vec![(
            "a<".to_owned(),
            Document::List(vec![Document::Text("\u{202e}\u{7f}\n\u{feff}é".to_owned())]),
        )]);
        let shown = html! { (Json(&report)) }.into_string();
        assert_eq!(
            shown,
            "{\n  &quot;a&lt;&quot;: [\n    &quot;\\u202e\\u007f\\n\\ufeffé&quot;\n  ]\n}"
        );
        let json = shown.replace("&quot;", "\"").replace("&lt;", "<");
        assert_eq!(Document::parse(&json).expect("JSON"), report);
    }
}
