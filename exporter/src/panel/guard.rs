//! Whether a change comes from this very page.

use std::hint::black_box;

use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use http::{Uri, request::Parts};
use sha2::{Digest as _, Sha256};

use crate::text::hex;

/// What browsers say about where a request comes from, on `https` and on local addresses.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The token of this process, and the checks.
pub(super) struct Guard {
    /// `None` where the system has no randomness; then nothing can be changed here.
    token: Option<String>,
}

/// Why a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The browser says that another site sent it.
    OtherSite,
    /// The form is not one of this process.
    OtherForm,
}

impl Guard {
    pub(super) fn new() -> Self {
        let mut token = [0; 32];
        let filled = getrandom::fill(&mut token).is_ok();
        Self { token: filled.then(|| hex(&token)) }
    }

    /// What each form carries.
    pub(super) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Whether a request that carries this token comes from a page of ours.
    pub(super) fn check(&self, request: &Parts, token: &str) -> Result<(), Refused> {
        if !is_same_site(&request.headers, &request.uri) {
            return Err(Refused::OtherSite);
        }
        match &self.token {
            Some(own) if equal(own, token) => Ok(()),
            _ => Err(Refused::OtherForm),
        }
    }
}

/// By what the browser says. What says nothing is no browser of the last years, and has no
/// operator's cookies to abuse; it still needs the token.
fn is_same_site(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        // `none`: the operator's own doing, such as a form that is sent again after a restart.
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or(uri.authority().map(http::uri::Authority::as_str));
    match (origin.to_str(), host) {
        (Ok(origin), Some(host)) => is_origin_of(origin, host),
        _ => false,
    }
}

/// Whether an origin, such as `http://books.example:8080`, is this host's.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let (rest, port) = if let Some(rest) = origin.strip_prefix("https://") {
        (rest, ":443")
    } else if let Some(rest) = origin.strip_prefix("http://") {
        (rest, ":80")
    } else {
        return false;
    };
    // Browsers leave the scheme's own port out; a proxy may write it.
    let plain = |name: &str| name.strip_suffix(port).unwrap_or(name).to_ascii_lowercase();
    plain(rest) == plain(host)
}

/// Compares in a time that tells nothing about the token: of hashes, to the last byte.
fn equal(own: &str, given: &str) -> bool {
    let (own, given) = (Sha256::digest(own), Sha256::digest(given));
    let differing = own.iter().zip(given.iter()).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    differing == 0
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn what_the_browser_says_decides() {
        let guard = Guard::new();
        for (headers, expected) in [
            (&[][..], Ok(())),
            (&[("sec-fetch-site", "same-origin")][..], Ok(())),
            (&[("sec-fetch-site", "none")], Ok(())),
            (&[("sec-fetch-site", "same-site")], Err(Refused::OtherSite)),
            (&[("sec-fetch-site", "cross-site")], Err(Refused::OtherSite)),
            (&[("sec-fetch-site", "")], Err(Refused::OtherSite)),
            (&[("host", "books:80"), ("origin", "http://books")], Ok(())),
            (&[("host", "Books.example:443"), ("origin", "https://books.example")], Ok(())),
            (&[("host", "[::1]:3000"), ("origin", "http://[::1]:3000")], Ok(())),
            (&[("host", "books"), ("origin", "null")], Err(Refused::OtherSite)),
            (&[("host", "books"), ("origin", "http://books:8080")], Err(Refused::OtherSite)),
            (&[("host", "books"), ("origin", "https://books:80")], Err(Refused::OtherSite)),
            (&[("host", "books"), ("origin", "http://books.evil")], Err(Refused::OtherSite)),
            (&[("host", "books"), ("origin", "http://evil@books")], Err(Refused::OtherSite)),
            (&[("origin", "http://books")], Err(Refused::OtherSite)),
        ] {
            assert_eq!(guard.check(&request(headers), guard.token()), expected, "{headers:?}");
        }
        // HTTP/2 has no `Host` but an authority.
        let http2 = Request::post("https://books/usage").header("origin", "https://books");
        let (http2, ()) = http2.body(()).expect("a request").into_parts();
        assert_eq!(guard.check(&http2, guard.token()), Ok(()));
    }

    #[test]
    fn a_token_is_this_process_s_and_whole() {
        let (guard, other) = (Guard::new(), Guard::new());
        let own = guard.token();
        assert!(own.len() == 64, "{own}");
        for token in [other.token(), "", &own[1..], &own[..own.len() - 1], &own.to_uppercase()] {
            assert_eq!(guard.check(&request(&[]), token), Err(Refused::OtherForm), "{token}");
        }
        let without_randomness = Guard { token: None };
        assert_eq!(without_randomness.check(&request(&[]), ""), Err(Refused::OtherForm));
    }
}
