//! What is not done, and what protects every answer.

use axum::body::Body;
use http::{Method, Request, StatusCode};

use super::{Mounted, posted, shop};

#[tokio::test]
async fn a_form_of_another_page_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    let token = panel.page().await.token().to_owned();
    let own = ("origin", "http://books.example");
    for (headers, token) in [
        (&[("sec-fetch-site", "cross-site"), own][..], &*token),
        (&[("sec-fetch-site", "same-site")][..], &token),
        (&[("origin", "https://evil.example")], &token),
        (&[("origin", "null")], &token),
        (&[("sec-fetch-site", "same-origin"), own], ""),
        (&[("sec-fetch-site", "same-origin"), own], &token[1..]),
        (&[], &"0".repeat(64)),
    ] {
        let answer = panel.ask(posted(headers, format!("token={token}&action=agree-basic"))).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.text.contains("Nothing was changed"), "{}", answer.text);
        let own_token = panel.page().await.token().to_owned();
        assert!(!answer.text.contains(&own_token), "a refusal gives no token away");
    }
    assert!(!exporter.status().expect("a status").reporting);
    assert!(!folder.path().join("usage").exists());

    let other = Mounted::new(&exporter).page().await.token().to_owned();
    assert_ne!(other, token);
    let plain = format!("token={token}&action=agree-basic");
    assert_eq!(panel.ask(posted(&[own], plain)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_asks_for_what_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    for action in ["", "agree", "agree-everything", "%00"] {
        let answer = panel.post(action).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{action}");
        assert!(answer.text.contains("Choose one of the answers"), "{}", answer.text);
    }
    let endless = "x".repeat(100_000);
    let answer = panel.post(&endless).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = Request::builder().method(&method).uri("/admin/usage");
        let answer = panel.ask(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    assert!(!folder.path().join("usage").exists(), "to look and to fail leave nothing behind");
}

#[tokio::test]
async fn every_answer_is_protected() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    let put = Request::put("/admin/usage").body(Body::empty()).expect("a request");
    for answer in [
        panel.page().await,
        panel.get("/admin/usage?confirm=erase").await,
        panel.post("agree-basic").await,
        panel.post("nothing").await,
        panel.ask(posted(&[], String::new())).await,
        panel.ask(put).await,
    ] {
        let shown = format!("{:#?}", answer.headers);
        for header in [
            r#""cache-control": "no-store""#,
            r#""x-content-type-options": "nosniff""#,
            r#""referrer-policy": "same-origin""#,
            r#""x-frame-options": "DENY""#,
            r#""cross-origin-resource-policy": "same-origin""#,
            "default-src 'none'; style-src 'sha256-",
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ] {
            assert!(shown.contains(header), "{}: {header} in {shown}", answer.status);
        }
        assert!(!shown.contains("set-cookie"), "{shown}");
        assert!(!answer.text.contains("<script"), "{}", answer.text);
        assert!(!answer.text.contains(" style="), "the policy lets no such style apply");
    }
}
