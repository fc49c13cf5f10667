//! The operator's overview: who may see it, and what it tells.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytesize::ByteSize;
use headcount_receiver::{Clock, Keys, Memory, Receiver, Token};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::receiver::{
    ANYWHERE, PROTOBUF, Running, TOKEN, running, settings, sqlite, start_operated,
};
use crate::reports::{id, library, openfn};

async fn start() -> Running {
    start_operated(settings(), Arc::new(Memory::new())).await
}

/// As a browser sends a name and a password.
fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[tokio::test]
async fn a_browser_shows_the_token_as_a_password_under_any_name() {
    let receiver = start().await;
    for name in ["", "operator", "ann@example.org", "ä"] {
        let answer = receiver.ask(Some(&basic(name, TOKEN)), "GET", "/").await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(!String::from_utf8_lossy(&answer.body).contains(TOKEN));
    }
    let right = basic("operator", TOKEN);
    for path in ["/", "/overview.css", "/metrics", "/reports"] {
        assert_eq!(receiver.ask(Some(&right), "GET", path).await.status, 200, "{path}");
    }
    let answer = receiver.ask(Some(&right.replace("Basic", "bASIC")), "GET", "/").await;
    assert_eq!(answer.status, 200, "the scheme's name has no case");
    for wrong in [
        basic("operator", ""),
        basic("operator", &TOKEN[1..]),
        basic(TOKEN, ""),
        basic("operator:", TOKEN),
        format!("Basic {}", STANDARD.encode(TOKEN)),
        format!("Basic {TOKEN}"),
        right.trim_end_matches('=').to_owned() + "!",
        "Basic ".to_owned(),
    ] {
        let answer = receiver.ask(Some(&wrong), "GET", "/").await;
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(TOKEN));
    }
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn a_password_changes_nothing() {
    let receiver = start().await;
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = receiver.ask(Some(&basic("operator", TOKEN)), method, "/erase").await;
        assert_eq!(
            answer.status, 401,
            "{method}: another site's page could make a browser send it"
        );
    }
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn whoever_has_no_token_is_told_both_ways_to_show_it() {
    let receiver = start().await;
    let answer = receiver.ask(None, "GET", "/").await;
    let asked: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(
        asked,
        ["Bearer realm=\"headcount\"", "Basic realm=\"headcount\", charset=\"UTF-8\""]
    );
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn it_loads_its_own_sheet_and_nothing_else() {
    let receiver = start().await;
    let answer = receiver.ask(Some(&basic("", TOKEN)), "GET", "/").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let html = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(
        !html.contains("<script") && !html.contains("style=") && !html.contains("://"),
        "{html}"
    );
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn it_tells_what_came_and_what_did_not() {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.operator.listen = Some(ANYWHERE);
    settings.admission.store_bytes = ByteSize::b(1);
    let store = sqlite(directory.path());
    let noon = "2024-04-26T12:00:00Z".parse().unwrap();
    let clock = Clock::new(move || noon);
    let keys = Keys::fresh().unwrap();
    let bound = Receiver::bind_at(clock, settings, library(), keys, store.clone()).await.unwrap();
    let receiver = running(bound.operated_by(Token::new(TOKEN).unwrap()).await.unwrap(), store);
    let quiet = receiver.told("/").await;
    assert!(quiet.contains("<th scope=\"row\">openfn/2</th><td>–</td>"), "{quiet}");

    let headers = [("content-type", PROTOBUF)];
    for number in 1..4 {
        receiver.post(&headers, openfn(&id(number), 2).bytes()).await;
    }
    receiver.post(&headers, "nonsense").await;
    let html = receiver.told("/").await;
    assert!(html.contains("HeadcountStoreFull, page"), "a byte is less than it takes: {html}");
    assert!(html.contains("New instances are turned away now"), "what to do: {html}");
    assert!(html.contains("<code>malformed</code></th><td class=\"number\">1</td>"), "{html}");
    assert!(html.contains("<code>full</code></th><td class=\"number\">3</td>"), "{html}");
    receiver.stop().await.unwrap();
}

#[tokio::test]
async fn it_counts_reports_by_the_day_on_which_they_came() {
    let receiver = start().await;
    let headers = [("content-type", PROTOBUF)];
    for number in [1, 2, 2] {
        assert_eq!(receiver.post(&headers, openfn(&id(number), 2).bytes()).await.status, 200);
    }
    let html = receiver.told("/").await;
    let (_, row) = html.split_once("openfn/2</th>").expect("a row");
    let (row, _) = row.split_once("</tr>").expect("its end");
    let counts: Vec<_> = row.split("<td class=\"number\">").skip(1).collect();
    assert_eq!(counts.len(), 14);
    assert_eq!(counts[13], "2</td>", "the same report again is none: {row}");
    assert!(counts[..12].iter().all(|count| *count == "</td>"), "before it began: {row}");
    assert!(html.contains("in memory: a restart forgets everything"), "{html}");
    assert!(html.contains("Nothing is the matter"), "{html}");
    receiver.stop().await.unwrap();
}

/// A request whose head is written by hand.
async fn wire(receiver: &Running, head: &str) -> String {
    let mut stream = TcpStream::connect(receiver.operator.unwrap()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn nothing_that_somebody_sends_stands_on_it() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = start_operated(settings(), sqlite(directory.path())).await;
    let hostile = "x7y<script>alert(1)</script>";
    let headers = [("content-type", PROTOBUF)];
    let mut report = openfn(&id(1), 2);
    report.resource =
        vec![("service.version", hostile.to_owned()), ("os.type", hostile.to_owned())];
    receiver.post(&headers, report.bytes()).await;
    receiver.post(&[("content-type", hostile)], hostile).await;
    receiver.send("POST", "/x7y%3Cscript%3E", &headers, hostile).await;
    let head = format!(
        "GET /?x7y=%3Cscript%3E HTTP/1.1\r\nhost: x7y\r\nuser-agent: {hostile}\r\nreferer: {hostile}\r\n\
         authorization: {}\r\nconnection: close\r\n\r\n",
        basic(hostile, TOKEN)
    );
    let answer = wire(&receiver, &head).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.contains("x7y") && !answer.contains("<script"), "{answer}");
    receiver.stop().await.unwrap();
}
