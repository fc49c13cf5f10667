//! Texts of others on the page: escaped, and with every character in sight.

use std::fmt::Write as _;

use headcount_contract::{Document, misleading};
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
        let mut text = String::new();
        for c in self.0.pretty().chars() {
            // JSON has no line ends within its strings, so those that are there indent it.
            if c != '\n' && misleading(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(text, "\\u{unit:04x}").expect("a string takes everything");
                }
            } else {
                text.push(c);
            }
        }
        escaped(text.chars(), buffer);
    }
}

fn escaped(text: impl Iterator<Item = char>, buffer: &mut String) {
    let mut escaper = Escaper::new(buffer);
    for c in text {
        escaper.write_char(c).expect("a string takes everything");
    }
}

/// The text with a capital at its start, as a sentence has it.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{capital}{}{end}", chars.as_str())
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

    #[test]
    fn a_fragment_becomes_a_sentence() {
        assert_eq!(sentence("off: it was declined"), "Off: it was declined.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), ".");
    }
}
