//! A settings panel for the host's admin area: one page, on which the person who runs the instance
//! sees and decides everything. It needs the feature `panel` and a host that uses axum.
//!
//! **The panel authenticates nobody.** Whoever can open it can decide. Mount it where the host's
//! own authentication stands before it, for the people who administer the instance.
//!
//! ```
//! # use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response};
//! # async fn administrators_only(request: Request, next: Next) -> Response { next.run(request).await }
//! # fn application(usage: headcount::Exporter) -> Router {
//! let admin = Router::new()
//!     .nest_service("/admin/usage", headcount::panel::router(usage))
//!     .layer(from_fn(administrators_only));
//! # admin
//! # }
//! ```
//!
//! # The page
//!
//! It is made on the server, without a script, a cookie or anything from elsewhere, and works at any
//! path, with a slash at its end and without, behind a proxy that changes paths too: all that
//! it links to is a query of itself.
//!
//! | shows | from |
//! |---|---|
//! | how the instance stands, who decided, what comes next | [`Exporter::status`] |
//! | the decision, with the levels that the contract uses | [`Exporter::agree`], [`Exporter::decline`] |
//! | what is new since somebody agreed | [`Exporter::difference`] |
//! | the notice | [`Exporter::notice`] |
//! | the report as it would be sent now, and the bytes to save | [`Exporter::preview`] |
//! | every report that was sent, with its receipt | [`Exporter::history`] |
//! | a report now, erasure at the receiver | [`Exporter::send_now`], [`Exporter::erase`] |
//!
//! To look at the page counts as nothing: whether the notice has reached somebody is for
//! [`ExporterBuilder::show_notice`](crate::ExporterBuilder::show_notice) to say.
//!
//! # What it defends against
//!
//! - *Another site's page that posts in the operator's name*: a change has to come from this page. The
//!   browser says so in `Sec-Fetch-Site`, or in `Origin`, which has to name the `Host`; and the form
//!   carries a random token of this process, which also keeps out whatever sends neither header
//!   without having read the page. Where neither `https` nor a local address
//!   makes browsers send the first header, a reverse proxy has to pass the `Host` on as it came. Of
//!   several processes behind one address, each refuses the other's forms: keep a browser with one.
//! - *Text that is markup*: everything is escaped, and characters that turn or hide text are shown
//!   as such. The content security policy allows no script at all, and one style by its hash.
//! - *A frame of another site's page*: no frame may hold it.
//! - *Traces*: no answer may be stored or lends its address to another site.

mod act;
mod guard;
mod page;
mod problem;
mod reply;
mod request;
mod seen;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::get;

use crate::Exporter;
use guard::Guard;

/// What the panel's handlers share.
struct Panel {
    exporter: Exporter,
    guard: Guard,
}

/// The panel of this exporter, to be mounted into the host's router, **behind its authentication**.
///
/// `nest_service` mounts it at a path with and without a slash at the end, `nest` without; `merge` puts
/// it at `/`. Where the router is `nest`ed or `merge`d, it takes on the host's state, whatever that
/// is. See [the module](self).
///
/// Its calls into the exporter block, and run on tokio's threads for that.
///
/// ```
/// # use headcount::contract::Library;
/// # let contract = Library::built_in().get("manyfold", "0.90").expect("built in").clone();
/// # let folder = tempfile::tempdir()?;
/// let usage = headcount::Exporter::builder(contract, folder.path())
///     .endpoint("http://127.0.0.1:4318")
///     .build()?;
/// let application: axum::Router = axum::Router::new()
///     .nest_service("/admin/usage", headcount::panel::router(usage));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn router<S>(exporter: Exporter) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let panel = Arc::new(Panel { exporter, guard: Guard::new() });
    let page = get(act::show).post(act::change).with_state(panel);
    Router::new().route("/", page.layer(map_response(reply::protected)))
}
