//! The panel as a browser meets it: requests in, answers out.

mod actions;
mod mounting;
mod refusals;

use axum::Router;
use axum::body::{Body, to_bytes};
use headcount_contract::Contract;
use http::{HeaderMap, Request, StatusCode, header};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{Exporter, ExporterBuilder};

/// A contract with two levels, whose withdrawal deletes the id.
pub(super) const SHOP: &str = r#"
contract: shop
version: "1"
brief: How one shop is used.
identity: stable
consent: { default: opt_in, environment: SHOP_TELEMETRY, on_withdrawal: delete_id }
schedule: { covers: now, daily: random }
report:
  instance: { $id: service.instance.id, hash: sha256, encoding: hex }
  version: { $attribute: service.version, brief: The release that runs, max_length: 32 }
  users: { $gauge: shop.users, unit: "{user}", brief: People with an account }
  orders: { $gauge: shop.orders, unit: "{order}", brief: Orders of the last 30 days, level: usage }
"#;

/// A receiver's address at which nobody listens.
pub(super) const NOWHERE: &str = "http://127.0.0.1:9";

/// An exporter whose gauges hold something.
pub(super) fn shop(
    folder: &TempDir,
    adapt: impl FnOnce(ExporterBuilder) -> ExporterBuilder,
) -> Exporter {
    let contract = Contract::parse("shop.yaml", SHOP).expect("a contract");
    let builder = Exporter::builder(contract, folder.path().join("usage"))
        .endpoint(NOWHERE)
        .environment(|_| None)
        .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
        .attribute("service.version", "1.4.0")
        .show_notice(|_| {});
    let exporter = adapt(builder).build().expect("an exporter");
    exporter.meter().u64_gauge("shop.users").build().record(12, &[]);
    exporter.meter().u64_gauge("shop.orders").build().record(340, &[]);
    exporter
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().expect("ASCII")
    }

    /// The token in the page's forms.
    fn token(&self) -> &str {
        let (_, rest) = self.text.split_once(r#"name="token" value=""#).expect("a form");
        rest.split('"').next().expect("a value")
    }
}

/// One panel, mounted at a path.
pub(super) struct Mounted {
    router: Router,
}

impl Mounted {
    fn new(exporter: &Exporter) -> Self {
        let panel = super::router(exporter.clone());
        Self { router: Router::new().nest_service("/admin/usage", panel) }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("it never fails");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body in memory");
        let text = String::from_utf8(body.into()).expect("UTF-8");
        Answer { status: head.status, headers: head.headers, text }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// The page.
    async fn page(&self) -> Answer {
        let page = self.get("/admin/usage").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page
    }

    /// Posts a form as a browser does that has read the page.
    async fn post(&self, action: &str) -> Answer {
        let token = self.get("/admin/usage").await.token().to_owned();
        let body = format!("token={token}&action={action}");
        self.ask(posted(&[("sec-fetch-site", "same-origin")], body)).await
    }
}

fn posted(headers: &[(&str, &str)], body: String) -> Request<Body> {
    let mut request = Request::post("/admin/usage?")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::HOST, "books.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}
