//! What goes wrong below any protocol, and over HTTP.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use headcount::Protocol::{Grpc, Http};

use super::Class::{Delivered, Rejected, Retry, RetryIn};
use super::{A_DAY, Class, Misbehaviour};
use crate::blunt::{answer, answer_endlessly, blunt, hear};

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n";

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn any(what: &'static str, start: impl Fn() -> SocketAddr + Send + Sync + 'static) -> Misbehaviour {
    Misbehaviour::over(&[Http, Grpc], what, Retry, move || url(start()))
}

fn one(
    what: &'static str,
    class: Class,
    start: impl Fn() -> SocketAddr + Send + Sync + 'static,
) -> Misbehaviour {
    Misbehaviour::over(&[Http], what, class, move || url(start()))
}

/// A receiver that answers with the head, and what follows it.
fn says(what: &'static str, class: Class, head: &str, body: &[u8]) -> Misbehaviour {
    let bytes = [head.as_bytes(), b"\r\n", body].concat();
    one(what, class, move || answer(bytes.clone()))
}

/// The same, with the head of a good answer.
fn good(what: &'static str, class: Class, fields: &str, body: &[u8]) -> Misbehaviour {
    says(what, class, &format!("{GOOD}{fields}"), body)
}

fn endless(what: &'static str, start: &str, then: &'static [u8]) -> Misbehaviour {
    let start = start.as_bytes().to_vec();
    one(what, Retry, move || answer_endlessly(start.clone(), then))
}

fn sized(body: &[u8]) -> String {
    format!("content-length: {}\r\n", body.len())
}

/// Ten megabytes, in ten kilobytes.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 10_000_000]).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

pub(super) fn over_any() -> [Misbehaviour; 17] {
    let closed = || TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let both = &[Http, Grpc];
    [
        any("nobody listens", move || closed().expect("a free port")),
        Misbehaviour::over(both, "its name does not exist", Retry, || {
            "http://no-such-host.invalid:4318".to_owned()
        }),
        any("it closes at once", || blunt(drop)),
        any("it closes after the request", || answer(Vec::new())),
        any("it never answers", || {
            blunt(|mut stream| while hear(&mut stream) != crate::blunt::Heard::Other {})
        })
        .without_end(),
        any("it never reads", || {
            blunt(|stream| {
                thread::park();
                drop(stream);
            })
        })
        .without_end(),
        any("it answers a byte a second", || {
            blunt(|mut stream| {
                hear(&mut stream);
                let mut bytes = GOOD.bytes().cycle();
                while bytes.next().is_some_and(|byte| stream.write_all(&[byte]).is_ok()) {
                    thread::sleep(Duration::from_secs(1));
                }
            })
        })
        .without_end(),
        any("it sends zeros without end", || answer_endlessly(Vec::new(), b"\0")),
        any("it sends newlines without end", || answer_endlessly(Vec::new(), b"\r\n")),
        any("it speaks SSH", || answer(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        any("it speaks SMTP", || answer(b"220 mail.example ESMTP\r\n".repeat(3))),
        any("it speaks TLS", || answer(vec![0x15, 3, 3, 0, 2, 2, 70])),
        any("it answers with HTML", || {
            let page = "<html><h1>Welcome to the hotel</h1></html>";
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n{}", sized(page.as_bytes()));
            answer(format!("{head}\r\n{page}").into_bytes())
        }),
        any("it answers with JSON", || {
            let json = "{\"partialSuccess\":{}}";
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{}",
                sized(json.as_bytes())
            );
            answer(format!("{head}\r\n{json}").into_bytes())
        }),
        any("it answers with HTTP/0.9", || answer(b"<html>\n".to_vec())),
        any("it answers with HTTP/3.0", || answer(b"HTTP/3.0 200 OK\r\n\r\n".to_vec())),
        any("it upgrades without being asked", || {
            answer(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n"
                    .to_vec(),
            )
        }),
    ]
}

pub(super) fn over_http() -> [Misbehaviour; 26] {
    let text = "\u{1b}[2J\u{202e}ok\r\n\u{7}".repeat(3000);
    let partial = |rejected: i64, text: &str| {
        use prost::Message as _;
        let partial = headcount_proto::otlp::ExportMetricsPartialSuccess {
            rejected_data_points: rejected,
            error_message: text.to_owned(),
        };
        let partial_success = Some(partial);
        headcount_proto::otlp::ExportMetricsServiceResponse { partial_success }.encode_to_vec()
    };
    let (negative, immense, loud) = (partial(-1, ""), partial(i64::MAX, ""), partial(3, &text));
    let (louder, long) =
        (partial(3, &"\u{7f}x".repeat(500_000)), partial(1, &"x".repeat(65 * 1024)));
    let busy = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\nretry-after: ";
    let dated = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\ndate: Wed, 21 Oct 2026 07:28:00 GMT\r\nretry-after: ";
    let compressed = bomb();
    [
        endless("headers without end", GOOD, b"x: y\r\n"),
        endless("one header without end", &format!("{GOOD}x: "), b"y"),
        good("a header of 1 MiB", Retry, &format!("x: {}\r\n", "y".repeat(1 << 20)), b""),
        endless(
            "interim answers without end",
            "",
            b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n",
        ),
        endless("a body without end", &format!("{GOOD}\r\n"), &[0; 8192]),
        endless(
            "chunks without end",
            &format!("{GOOD}transfer-encoding: chunked\r\n\r\n"),
            b"1\r\n\0\r\n",
        ),
        endless(
            "a chunk extension without end",
            &format!("{GOOD}transfer-encoding: chunked\r\n\r\n1;"),
            b"x",
        ),
        endless(
            "trailers without end",
            &format!("{GOOD}transfer-encoding: chunked\r\n\r\n0\r\n"),
            b"x: y\r\n",
        ),
        good("a body of 65 KiB", Retry, &sized(&long), &long),
        good(
            "a bomb of gzip",
            Retry,
            &format!("content-encoding: gzip\r\n{}", sized(&compressed)),
            &compressed,
        ),
        good("less than it says", Retry, "content-length: 10\r\n", b"short"),
        good("more than it says", Delivered, "content-length: 2\r\n", b"\x0a\0 and so much more"),
        good("more than anybody has", Retry, "content-length: 99999999999999999999\r\n", b""),
        good("two lengths", Retry, "content-length: 0\r\ncontent-length: 5\r\n", b"abcde"),
        good(
            "chunks that are none",
            Retry,
            "transfer-encoding: chunked\r\n",
            b"ffffffffffffffffff\r\n",
        ),
        good("text for protobuf", Retry, "content-length: 7\r\n", b"success"),
        good("fewer than none rejected", Delivered, &sized(&negative), &negative),
        good("more rejected than there are", Delivered, &sized(&immense), &immense),
        good("text that steers a terminal", Delivered, &sized(&loud), &loud),
        good("text of a megabyte", Retry, &sized(&louder), &louder),
        says("a status that is none", Retry, "HTTP/1.1 999 Other\r\ncontent-length: 0\r\n", b""),
        says("a server's own failure", Rejected, "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n", b""),
        says("a wait of ages", A_DAY, &format!("{busy}1000000000000\r\n"), b""),
        says(
            "a wait until the end of time",
            A_DAY,
            &format!("{dated}Thu, 31 Dec 9998 23:59:59 GMT\r\n"),
            b"",
        ),
        says(
            "a wait until the past",
            RetryIn(Duration::ZERO),
            &format!("{dated}Wed, 21 Oct 2026 07:27:00 GMT\r\n"),
            b"",
        ),
        says("a wait that is none", Retry, &format!("{busy}-1\r\n"), b""),
    ]
}
