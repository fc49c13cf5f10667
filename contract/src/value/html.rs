//! HTML's escapes, the five that Django's `escape` writes.

const ESCAPES: [(char, &str); 5] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;")];

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match ESCAPES.iter().find(|(raw, _)| *raw == c) {
            Some((_, escaped)) => out.push_str(escaped),
            None => out.push(c),
        }
    }
    out
}

pub(super) fn unescape(text: &str) -> String {
    // `&amp;` comes last, so that `&amp;lt;` becomes `&lt;` and stays so.
    ESCAPES.iter().rev().fold(text.to_owned(), |text, (raw, escaped)| {
        text.replace(escaped, raw.encode_utf8(&mut [0; 4]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_escaped_and_back() {
        let text = "<b a='1'>&amp;\"";
        assert_eq!(escape(text), "&lt;b a=&#x27;1&#x27;&gt;&amp;amp;&quot;");
        assert_eq!(unescape(&escape(text)), text);
    }
}
