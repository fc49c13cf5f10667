//! Answers, and the headers that protect each of them.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{StatusCode, header};
use maud::Markup;
use sha2::{Digest as _, Sha256};

use super::page::STYLE;
use super::request::Done;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Nothing is loaded, run or framed; one style applies; forms go to this host only. The page's
/// icon stands in the page itself.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    policy.try_into().expect("base64 and words are ASCII")
});

/// A page.
pub(super) fn html(status: StatusCode, page: Markup) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, kind)], page.into_string()).into_response()
}

/// Sends the browser on to the page, so that to load it again repeats nothing.
pub(super) fn see_other(done: Done) -> Response {
    // A query and a fragment alone: relative to the page, wherever it is mounted.
    let location = format!("?done={}#done", done.as_str());
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Adds the headers that every answer has.
pub(super) async fn protected(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With `no-referrer`, browsers would hide the origin of our own forms from us.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
