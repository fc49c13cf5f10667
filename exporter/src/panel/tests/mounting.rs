//! Wherever the host mounts it.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::shop;

async fn status(router: &Router, path: &str) -> StatusCode {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    router.clone().oneshot(request).await.expect("it never fails").status()
}

#[tokio::test]
async fn it_works_at_any_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = || super::super::router(exporter.clone());
    let service = Router::new().nest_service("/admin/usage", panel());
    let nested = Router::new()
        .nest("/admin", Router::new().nest("/usage", super::super::router(exporter.clone())));
    let merged = Router::new().merge(super::super::router(exporter.clone()));
    let slash = Router::new().nest_service("/admin/usage/", panel());
    for (router, path) in [
        (&service, "/admin/usage"),
        (&service, "/admin/usage/"),
        (&service, "/admin/usage?done=agreed"),
        (&nested, "/admin/usage"),
        (&slash, "/admin/usage/"),
        (&merged, "/"),
    ] {
        assert_eq!(status(router, path).await, StatusCode::OK, "{path}");
    }
    assert_eq!(status(&service, "/admin/usage/else").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_takes_on_the_host_s_state() {
    async fn shelf(State(books): State<u32>) -> String {
        books.to_string()
    }
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let router: Router = Router::new()
        .route("/", get(shelf))
        .nest("/usage", super::super::router(exporter))
        .with_state(216);
    assert_eq!(status(&router, "/usage").await, StatusCode::OK);
    assert_eq!(status(&router, "/").await, StatusCode::OK);
}

#[test]
fn all_that_it_links_to_is_a_query_or_a_place_of_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    exporter.agree(headcount_contract::Level::Basic).expect("agreed");
    let seen = crate::panel::seen::Seen::look(&exporter);
    for asks_to_erase in [false, true] {
        let query = crate::panel::request::Query { asks_to_erase, ..Default::default() };
        let view = crate::panel::page::View { seen: &seen, query, problem: None, token: "" };
        let page = crate::panel::page::page(&view).into_string();
        let mut links = 0;
        for attribute in ["href=\"", "action=\"", "src=\""] {
            for rest in page.split(attribute).skip(1) {
                links += 1;
                let own = ["?", "#", "data:"].iter().any(|start| rest.starts_with(start));
                assert!(own, "{attribute}{}", &rest[..40]);
            }
        }
        assert!(links > 2, "{page}");
    }
}
