//! What a client would rather have: `Accept` and `Accept-Encoding` (RFC 9110 section 12.5).

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING};

use crate::front::Encoding;

/// A media type, or in a header a range of them: `text/html`, `text/*`, `*/*`, with the parameter `version`, by which
/// alone types are told apart that are else the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range<'t> {
    kind: &'t str,
    detail: &'t str,
    version: Option<&'t str>,
}

impl<'t> Range<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let (kind, detail) = parts.next().unwrap_or_default().split_once('/').unwrap_or_default();
        let version = parts.find_map(|part| parameter(part, "version"));
        Self { kind, detail, version }
    }

    /// How closely it fits a media type, if it does: the closest says what the client thinks of it.
    fn fits(&self, offered: &Range<'_>) -> Option<u8> {
        let is = |range: &str, offered: &str| range.eq_ignore_ascii_case(offered);
        match (self.kind, self.detail, self.version) {
            ("*", "*", _) => Some(0),
            (kind, "*", _) => is(kind, offered.kind).then_some(1),
            (kind, detail, version) => {
                let same = is(kind, offered.kind) && is(detail, offered.detail);
                match (version, offered.version) {
                    (None, _) => same.then_some(2),
                    (Some(asked), Some(offered)) => (same && asked == offered).then_some(3),
                    (Some(_), None) => None,
                }
            }
        }
    }
}

/// The value of a parameter of this name.
fn parameter<'t>(part: &'t str, name: &str) -> Option<&'t str> {
    let (key, value) = part.split_once('=')?;
    key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
}

/// Thousandths, by the parameter `q` of an item: all of them where there is none, none where it is none.
fn quality(item: &str) -> u32 {
    let Some(value) = item.split(';').skip(1).find_map(|part| parameter(part.trim(), "q")) else {
        return 1_000;
    };
    let value = value.parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
    let thousandths = (value * 1_000.0).round() as u32;
    thousandths
}

/// The place of the media type that the client would rather have: the first of those that it likes best, and the first
/// of all where it likes none.
pub(super) fn best(headers: &HeaderMap, offered: &[Range<'_>]) -> usize {
    let accepted: Vec<_> =
        items(headers, ACCEPT).map(|item| (Range::of(item), quality(item))).collect();
    if accepted.is_empty() {
        return 0;
    }
    let liked = |offered: &Range<'_>| {
        let fits =
            accepted.iter().filter_map(|(range, quality)| Some((range.fits(offered)?, *quality)));
        fits.max_by_key(|(closeness, _)| *closeness).map_or(0, |(_, quality)| quality)
    };
    let best = |best: (usize, u32), (place, offered): (usize, &Range<'_>)| match liked(offered) {
        quality if quality > best.1 => (place, quality),
        _ => best,
    };
    offered.iter().enumerate().fold((0, 0), best).0
}

/// The encoding that the client would rather have of those that there are; without a wish, none.
pub(super) fn encoding(headers: &HeaderMap, is_there: impl Fn(Encoding) -> bool) -> Encoding {
    let quality = |encoding: Encoding| quality_of(headers, encoding.name());
    let mut best = (Encoding::Identity, 0);
    for encoding in [Encoding::Zstd, Encoding::Gzip].into_iter().filter(|one| is_there(*one)) {
        let quality = quality(encoding).or_else(|| quality_of(headers, "*")).unwrap_or(0);
        if quality > best.1 {
            best = (encoding, quality);
        }
    }
    // Whoever says so rather has it as it is.
    let plain = quality(Encoding::Identity).unwrap_or(0);
    if plain > best.1 { Encoding::Identity } else { best.0 }
}

fn quality_of(headers: &HeaderMap, name: &str) -> Option<u32> {
    let named = |item: &&str| {
        let encoding = item.split(';').next().unwrap_or_default().trim();
        encoding.eq_ignore_ascii_case(name)
            || (name == "gzip" && encoding.eq_ignore_ascii_case("x-gzip"))
    };
    items(headers, ACCEPT_ENCODING).find(named).map(quality)
}

/// The items of a list that may come in several lines.
fn items(headers: &HeaderMap, name: http::HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_client_gets_the_type_that_it_likes_best_and_else_the_first() {
        let offered = [
            "text/plain; version=0.0.4; charset=utf-8",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "text/html; charset=utf-8",
        ];
        let offered = offered.map(Range::of);
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let cases = [
            ("", 0),
            ("*/*", 0),
            ("text/*", 0),
            (prometheus, 1),
            ("application/openmetrics-text;version=0.0.1", 0),
            ("application/openmetrics-text", 1),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 2),
            ("TEXT/HTML", 2),
            ("text/plain;q=0.1, */*", 1),
            ("image/png", 0),
            ("text/*;q=0, */*;q=0.1", 1),
            ("text/html;q=nonsense, application/openmetrics-text;q=0.001", 1),
            (",;=,/,;q", 0),
        ];
        for (accept, place) in cases {
            assert_eq!(best(&asked(ACCEPT, accept), &offered), place, "{accept}");
        }
    }

    #[test]
    fn a_client_gets_the_encoding_that_it_likes_best_of_those_that_there_are() {
        let cases = [
            ("", Encoding::Identity),
            ("gzip, deflate, br, zstd", Encoding::Zstd),
            ("gzip, deflate, br", Encoding::Gzip),
            ("gzip;q=1.0, zstd;q=0.5", Encoding::Gzip),
            ("identity, gzip;q=0.5", Encoding::Identity),
            ("*", Encoding::Zstd),
            ("*, zstd;q=0", Encoding::Gzip),
            ("br", Encoding::Identity),
            ("X-GZIP", Encoding::Gzip),
            ("gzip;q=0", Encoding::Identity),
            ("identity;q=0", Encoding::Identity),
        ];
        for (accept, expected) in cases {
            let headers = asked(ACCEPT_ENCODING, accept);
            assert_eq!(encoding(&headers, |_| true), expected, "{accept}");
            assert_eq!(encoding(&headers, |_| false), Encoding::Identity, "{accept}");
        }
    }
}
