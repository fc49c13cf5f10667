//! `GET /`: how the receiver is, on one page for whoever runs it.
//!
//! What stands on it is counted already, or costs a look: no request goes through the reports. Everything on it is the
//! receiver's own, the contracts' or a closed word, and nothing a sender wrote.

mod alarms;
mod page;
mod runbook;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use jiff::Timestamp;

use super::Shared;
use crate::aside::aside;
use crate::metrics::Seen;
use crate::store::Durability;

/// Nothing but the page's own sheet is loaded, nothing runs, nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's looks.
const SHEET: &str = include_str!("overview/sheet.css");

/// What there is to tell at one moment.
struct Overview {
    now: Timestamp,
    seen: Seen,
    durability: Durability,
    /// Bytes that may wait to be forwarded.
    queue_limit: u64,
}

/// The page.
pub(super) async fn page(State(shared): State<Arc<Shared>>) -> Response {
    let look = move || {
        let overview = Overview {
            now: shared.clock.now(),
            seen: Seen::look(&shared.sources),
            durability: shared.sources.store.durability(),
            queue_limit: shared.queue_limit,
        };
        overview.page().into_string()
    };
    // It looks at files.
    let html = aside(look).await;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, html).into_response()
}

/// The page's sheet.
pub(super) async fn sheet() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], SHEET).into_response()
}

#[cfg(test)]
mod tests;
