//! Who may ask: whoever has the token, with a program or with a browser.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};

use super::Shared;

/// The scheme of RFC 6750.
const BEARER: &[u8] = b"bearer ";
/// The scheme of RFC 7617, by which browsers ask for a name and a password.
const BASIC: &[u8] = b"basic ";

/// Lets whoever has the token pass.
pub(super) async fn authorise(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if presented(request.method(), request.headers()).is_some_and(|token| shared.token.is(&token)) {
        return next.run(request).await;
    }
    tracing::debug!("refused a request to the operator's interface without its token");
    let challenges = AppendHeaders([
        (WWW_AUTHENTICATE, "Bearer realm=\"headcount\""),
        (WWW_AUTHENTICATE, "Basic realm=\"headcount\", charset=\"UTF-8\""),
    ]);
    let body = "expected the operator's token as `Authorization: Bearer …`, or in a browser as the password; got \
                none or another\n";
    (StatusCode::UNAUTHORIZED, challenges, body).into_response()
}

/// The token of a request that has one, and not two.
///
/// A browser sends a password again by itself, also where another site's page makes it ask. Such a page sees nothing of the
/// answer, but it could change something: so a password opens only what changes nothing.
fn presented(method: &Method, headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?.as_bytes(), values.next()) else { return None };
    if let Some(token) = behind(BEARER, value) {
        return Some(token.to_owned());
    }
    let credentials = behind(BASIC, value).filter(|_| method.is_safe())?;
    let credentials = STANDARD.decode(credentials).ok()?;
    // No name has a colon. Whose it is does not matter.
    let colon = credentials.iter().position(|byte| *byte == b':')?;
    Some(credentials[colon + 1..].to_owned())
}

/// What follows a scheme, whose name has no case (RFC 9110 section 11.1).
fn behind<'v>(scheme: &[u8], value: &'v [u8]) -> Option<&'v [u8]> {
    let (name, rest) = value.split_at_checked(scheme.len())?;
    name.eq_ignore_ascii_case(scheme).then_some(rest)
}
