//! What everybody may look at: bytes that are there already, by their path.
//!
//! A request for one of them reads nothing from the store, runs nothing and waits for nothing but, right after the
//! start, the first writing. So it takes no place among the requests at once, and no sender is asked to come later;
//! connections have the limits that all have.

mod accept;
mod body;
mod ready;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use headcount_publish::POLICY;

use self::body::Pieces;
pub(crate) use self::ready::Ready;
use self::ready::{Coded, Content, Found, Page};
use super::{Content as PayloadContent, Encoding, Shared, grpc};
use crate::refusal::Refusal;
use crate::tally::Shown;

/// A picture that somebody opens as a page may draw itself, and nothing else.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

const MOVED: &str = "public, max-age=3600";

/// Whether a request may be for something that everybody may look at.
pub(super) fn may_be(request: &Request) -> bool {
    !grpc::speaks(request) && !is_report(request)
}

/// Answers a request for something of the site; `None` where it is for nothing of that kind.
pub(super) fn answer(shared: &Shared, site: &Ready, request: &Request) -> Option<Response> {
    let found = site.find(request.uri().path())?;
    if !is_read(request.method()) {
        return Some(shared.refuse(request, &Refusal::Method("GET, HEAD")));
    }
    Some(match found {
        Found::Page(page) => show(shared, site, page, request.headers()),
        Found::Folder(name) => redirect(name),
    })
}

/// Tells a person in a page, instead of a program in JSON, that there is nothing.
pub(super) fn nothing(site: &Ready, request: &Request, mut refused: Response) -> Response {
    let offered = [accept::Range::of("application/json"), accept::Range::of("text/html")];
    if is_read(request.method()) && accept::best(request.headers(), &offered) == 1 {
        *refused.body_mut() = Body::from(site.not_found.clone());
        let headers = refused.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        careful(headers, POLICY);
    }
    refused
}

/// Whether it is a report that was sent to the wrong path: its sender is told the right one.
fn is_report(request: &Request) -> bool {
    request.method() == Method::POST
        && matches!(PayloadContent::of(request.headers()), Ok(PayloadContent::Protobuf))
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn show(shared: &Shared, site: &Ready, page: &Page, asked: &HeaderMap) -> Response {
    let content = page.content(asked);
    let encoding = accept::encoding(asked, |encoding| content.coded(encoding).is_some());
    let coded = content.coded(encoding).unwrap_or(&content.plain);
    let unchanged = asked.get_all(IF_NONE_MATCH).iter().any(|tags| names(tags, &coded.tag));
    let outcome = if unchanged { Shown::Unchanged } else { Shown::Whole };
    shared.tally.shown(page.surface, outcome);
    let mut response = match outcome {
        Shown::Whole => whole(content, coded, encoding),
        Shown::Unchanged => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, coded.tag.clone());
    headers.insert(CACHE_CONTROL, site.cache_control());
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    response
}

fn whole(content: &Content, coded: &Coded, encoding: Encoding) -> Response {
    let mut response = Response::new(Body::new(Pieces::of(coded.bytes.clone())));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content.media_type.clone());
    if encoding != Encoding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    careful(headers, if content.is_picture() { PICTURE_POLICY } else { POLICY });
    if !content.is_page() {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// It is what its type says, tells no other site where somebody came from, and does no more than it needs.
fn careful(headers: &mut HeaderMap, policy: &'static str) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}

/// Whether a list of entity tags has this one, or all (RFC 9110 section 13.1.2): a proxy that compressed what it passed
/// on calls the tag weak.
fn names(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let tags = tags.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    tags.map(|one| one.strip_prefix(b"W/").unwrap_or(one)).any(|one| one == b"*" || one == tag)
}

/// To the same with `/` at its end, so that what a page says of its neighbours is right.
fn redirect(name: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(place) = HeaderValue::try_from(format!("{name}/")) {
        response.headers_mut().insert(LOCATION, place);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(MOVED));
    response
}

#[cfg(test)]
mod tests;
