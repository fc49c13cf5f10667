//! What the forms do.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use headcount_contract::{Level, Library};
use http::StatusCode;

use super::{Mounted, shop};
use crate::{Exporter, Sent, SentOutcome};

#[tokio::test]
async fn to_agree_and_to_decline_hold_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    let page = panel.page().await;
    assert!(page.text.contains("Nothing is sent yet: somebody has to agree."), "{}", page.text);
    assert!(!page.text.contains(" checked"), "nothing is decided for the operator");

    let agreed = panel.post("agree-usage").await;
    assert_eq!((agreed.status, agreed.location()), (StatusCode::SEE_OTHER, "?done=agreed#done"));
    assert_eq!(exporter.status().expect("a status").level, Some(Level::Usage));
    let page = panel.get("/admin/usage?done=agreed").await;
    assert!(page.text.contains("Saved: you agreed to reports."), "{}", page.text);
    assert!(page.text.contains("Usage reports are on: the operator agreed."), "{}", page.text);
    assert!(page.text.contains(r#"value="agree-usage" required checked"#), "{}", page.text);

    let lower = panel.post("agree-basic").await;
    assert_eq!(lower.status, StatusCode::SEE_OTHER);
    assert_eq!(exporter.status().expect("a status").level, Some(Level::Basic));

    let declined = panel.post("decline").await;
    assert_eq!(
        (declined.status, declined.location()),
        (StatusCode::SEE_OTHER, "?done=declined#done")
    );
    assert!(!exporter.status().expect("a status").reporting);
    let page = panel.page().await;
    assert!(page.text.contains("Usage reports are off: it was declined."), "{}", page.text);
    assert!(page.text.contains(r#"value="decline" required checked"#), "{}", page.text);
    assert!(!page.text.contains("Send a report now"), "{}", page.text);
}

/// A receiver that gives one answer, and where it is.
fn receiver(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            // The request is small; whether it is read to its end does not matter for the answer.
            let _ = stream.read(&mut [0; 16 * 1024]);
            stream.write_all(answer.as_bytes()).expect("it reads");
        }
    });
    format!("http://{address}")
}

/// What was sent to a receiver with this answer: the history, where the browser is sent on to, and what it shows.
async fn sent(answer: &'static str) -> (Vec<Sent>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder.endpoint(receiver(answer)));
    let panel = Mounted::new(&exporter);
    panel.post("agree-usage").await;
    let answer = panel.post("send").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let location = answer.location().to_owned();
    let page = panel.get(&format!("/admin/usage{location}")).await;
    (exporter.history().expect("a history"), location, page.text)
}

#[tokio::test]
async fn a_report_that_arrives_is_in_the_history() {
    let (history, location, page) = sent(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(location, "?done=delivered#done");
    assert!(page.contains("A report was sent, and has arrived."), "{page}");
    assert!(page.contains(r#"<span class="badge good">delivered</span>"#), "{page}");
    assert!(page.contains("&quot;orders&quot;: 340"), "{page}");
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].outcome, SentOutcome::Delivered);
}

#[tokio::test]
async fn a_receivers_words_are_only_words() {
    let (_, location, page) = sent(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 43\r\n\r\n\
         <img src=x onerror=alert(1)> \u{202e}evil\u{0}</pre>",
    )
    .await;
    assert_eq!(location, "?done=rejected#done");
    assert!(page.contains(r#"<span class="badge bad">rejected</span>"#), "{page}");
    for hostile in ["<img", "\u{202e}", "\0"] {
        assert!(!page.contains(hostile), "{hostile:?} in {page}");
    }
}

#[tokio::test]
async fn a_report_that_does_not_arrive_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    let early = panel.post("send").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.text.contains("Agree first, below."), "{}", early.text);

    panel.post("agree-basic").await;
    let sent = panel.post("send").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "?done=waiting#done"));
    let page = panel.page().await;
    assert!(page.text.contains("1 report: "), "{}", page.text);
}

#[tokio::test]
async fn to_erase_asks_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    panel.post("agree-basic").await;
    let page = panel.page().await;
    assert!(page.text.contains(r#"href="?confirm=erase""#), "{}", page.text);
    assert!(!page.text.contains(r#"value="erase""#), "not with one press: {}", page.text);
    let question = panel.get("/admin/usage?confirm=erase").await;
    assert!(question.text.contains(r#"value="erase""#), "{}", question.text);

    let erased = panel.post("erase").await;
    assert_eq!(erased.status, StatusCode::SEE_OTHER, "{}", erased.text);
    assert_eq!((erased.status, erased.location()), (StatusCode::SEE_OTHER, "?done=erased#done"));
    assert_eq!(exporter.status().expect("a status").waiting, 1, "the request leaves");
}

#[tokio::test]
async fn what_decides_elsewhere_cannot_be_overruled_here() {
    let folder = tempfile::tempdir().expect("a folder");
    let environment = |name: &str| (name == "SHOP_TELEMETRY").then(|| "false".to_owned());
    let exporter = shop(&folder, |builder| builder.environment(environment));
    let panel = Mounted::new(&exporter);
    let page = panel.page().await.text;
    assert!(page.contains("Something else decides: </strong>SHOP_TELEMETRY"), "{page}");
    assert!(page.contains("remove <code>SHOP_TELEMETRY</code>"), "{page}");
    assert!(page.contains(r#"value="agree-usage" required disabled"#), "{page}");
    assert!(!page.contains(r#"value="decline" required disabled"#), "{page}");

    let refused = panel.post("agree-usage").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(!folder.path().join("usage").exists(), "nothing is written");
    assert_eq!(panel.post("decline").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_the_contract_requires_cannot_be_declined() {
    let folder = tempfile::tempdir().expect("a folder");
    let contract = Library::built_in().find("flowfuse/1.5").expect("it ships").clone();
    let exporter = Exporter::builder(contract, folder.path().join("usage"))
        .endpoint(super::NOWHERE)
        .environment(|_| None)
        .attribute("flowfuse.license.type", "EE")
        .build()
        .expect("an exporter");
    let panel = Mounted::new(&exporter);
    let page = panel.page().await.text;
    assert!(page.contains("reports are required and cannot be declined"), "{page}");
    assert!(page.contains(r#"value="decline" required disabled"#), "{page}");
    let refused = panel.post("decline").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("required of this instance"), "{}", refused.text);
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder);
    let panel = Mounted::new(&exporter);
    let token = panel.page().await.token().to_owned();
    // Not even root can make a directory below a file.
    std::fs::write(folder.path().join("usage"), "a file").expect("a file");
    let body = format!("token={token}&action=decline");
    let answer = panel.ask(super::posted(&[], body)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.text);
    assert!(answer.text.contains("This was not done: "), "{}", answer.text);
    assert!(answer.text.contains("Look at the data directory"), "{}", answer.text);
}

#[tokio::test]
async fn what_the_receiver_holds_is_asked_and_told_once() {
    // A ShowResponse with a report of version `<b>` for 2024-04-25.
    let url = receiver(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 19\r\n\r\n\
         \x0a\x11\x0a\x03<b>\x12\x0a2024-04-25",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder.endpoint(url));
    let panel = Mounted::new(&exporter);
    let told = panel.post("held").await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    let line = "2024-04-25</span> shop/&lt;b&gt;: held, and not in the history.";
    assert!(told.text.contains(line), "{}", told.text);
    assert!(!panel.page().await.text.contains("held, and not"), "a page asks nobody");
}

#[tokio::test]
async fn a_receiver_that_does_not_tell_is_a_problem_with_advice() {
    let url = receiver("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let folder = tempfile::tempdir().expect("a folder");
    let exporter = shop(&folder, |builder| builder.endpoint(url));
    let answer = Mounted::new(&exporter).post("held").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.text.contains("This was not done: "), "{}", answer.text);
    assert!(answer.text.contains("Where a Collector stands between"), "{}", answer.text);
}
