//! What goes wrong over gRPC and HTTP/2.

use std::io::Write as _;
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headcount::Protocol::Grpc;
use http::StatusCode;

use super::Class::{Rejected, Retry};
use super::{A_DAY, Class, Misbehaviour};
use crate::blunt::{Heard, blunt, field, frame, hear, settings};
use crate::server::{Server, grpc_answer, grpc_status, http_answer};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A receiver that answers with these frames, after the settings, and then waits for the client to
/// go. Over HTTP/1.1 it hangs up.
fn frames(what: &'static str, frames: &[Vec<u8>]) -> Misbehaviour {
    let frames = frames.concat();
    raw(what, move |stream| {
        let _ = stream.write_all(&frames);
        hear(stream);
    })
}

/// The same, which goes on with more of them without end.
fn flood(what: &'static str, start: &[Vec<u8>], then: &[Vec<u8>]) -> Misbehaviour {
    let (start, then) = (start.concat(), then.concat());
    let then = then.repeat(8192_usize.div_ceil(then.len()));
    raw(what, move |stream| {
        let mut written = stream.write_all(&start);
        while written.is_ok() {
            written = stream.write_all(&then);
        }
    })
}

fn raw(
    what: &'static str,
    behave: impl Fn(&mut TcpStream) + Clone + Send + Sync + 'static,
) -> Misbehaviour {
    let start = move || {
        let behave = behave.clone();
        blunt(move |mut stream| {
            if hear(&mut stream) == Heard::Http2 && stream.write_all(&settings()).is_ok() {
                behave(&mut stream);
            }
        })
    };
    Misbehaviour::over(&[Grpc], what, Retry, move || format!("http://{}", start()))
}

/// A receiver that speaks HTTP/2 well.
fn call(
    what: &'static str,
    class: Class,
    answer: impl Fn() -> Option<http::Response<crate::server::Body>> + Clone + Send + Sync + 'static,
) -> Misbehaviour {
    Misbehaviour::over(&[Grpc], what, class, move || Server::start(answer.clone()).url(""))
}

fn head(more: &[u8]) -> Vec<u8> {
    [&[0x88], &field("content-type", b"application/grpc")[..], more].concat()
}

/// `google.rpc.Status` with a `RetryInfo` of that many seconds, in base64.
fn retry_info(seconds: i64) -> String {
    use prost::encoding::{bytes, int64, string};
    let (mut delay, mut info, mut any, mut status) = (vec![], vec![], vec![], vec![]);
    int64::encode(1, &seconds, &mut delay);
    bytes::encode(1, &delay, &mut info);
    string::encode(1, &"type.googleapis.com/google.rpc.RetryInfo".to_owned(), &mut any);
    bytes::encode(2, &info, &mut any);
    bytes::encode(3, &any, &mut status);
    STANDARD.encode(status)
}

/// A stream that ends with a status of its own, after these bytes.
fn body(what: &'static str, bytes: &[u8]) -> Misbehaviour {
    frames(
        what,
        &[
            frame(HEADERS, END_HEADERS, 1, &head(&[])),
            frame(DATA, 0, 1, bytes),
            frame(HEADERS, END_HEADERS | END_STREAM, 1, &field("grpc-status", b"0")),
        ],
    )
}

pub(super) fn all() -> [Misbehaviour; 25] {
    let opened = || frame(HEADERS, END_HEADERS, 1, &head(&[]));
    let unfinished = || frame(HEADERS, 0, 1, &head(&[]));
    let padding = field("x", &[b'y'; 8000]);
    let more = |flags| frame(CONTINUATION, flags, 1, &padding);
    let mebibyte = [vec![unfinished()], vec![more(0); 130], vec![more(END_HEADERS)]].concat();
    let no_message = [("content-type", "application/grpc"), ("grpc-status", "0")];
    [
        frames("resets the stream", &[frame(RST_STREAM, 0, 1, &7_u32.to_be_bytes())]),
        frames(
            "resets it after the headers",
            &[opened(), frame(RST_STREAM, 0, 1, &2_u32.to_be_bytes())],
        ),
        frames("goes away", &[frame(GOAWAY, 0, 0, &[0; 8])]),
        frames("goes away in anger", &[frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11])]),
        frames("a frame that is too large", &[frame(DATA, 0, 1, &vec![0; 65_536])]),
        frames("headers that are none", &[frame(HEADERS, END_HEADERS, 1, &[0xff; 64])]),
        frames(
            "a push that nobody wants",
            &[frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x88])],
        ),
        frames("headers of 1 MiB", &mebibyte),
        flood("headers without end", &[unfinished()], &[more(0)]),
        flood("empty headers without end", &[unfinished()], &[frame(CONTINUATION, 0, 1, &[])]),
        flood("settings without end", &[], &[settings()]),
        flood(
            "settings that change without end",
            &[],
            &[
                frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]),
                frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]),
            ],
        ),
        flood("pings without end", &[], &[frame(PING, 0, 0, &[0; 8])]),
        flood(
            "interim answers without end",
            &[],
            &[frame(HEADERS, END_HEADERS, 1, &field(":status", b"103"))],
        ),
        flood("a body without end", &[opened()], &[frame(DATA, 0, 1, &[0; 8192])]),
        flood("empty data without end", &[opened()], &[frame(DATA, 0, 1, &[])]),
        frames("a window that never opens", &[frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])])
            .without_end(),
        body("more than it says", &[0, 0, 0, 0, 0, 1]),
        body("less than it says", &[0, 255, 255, 255, 255, 1]),
        body("compressed, though nobody asked", &[1, 0, 0, 0, 1, 1]),
        call("a success without a message", Retry, move || {
            http_answer(StatusCode::OK, &no_message, b"")
        }),
        call("a message without a status", Retry, || {
            let grpc = [("content-type", "application/grpc")];
            http_answer(StatusCode::OK, &grpc, &[0, 0, 0, 0, 0])
        }),
        call("text for protobuf", Retry, || grpc_answer(b"success")),
        call("a wait of ages", A_DAY, || grpc_status(14, "busy", &retry_info(i64::MAX))),
        call("details that are none", Rejected, || grpc_status(8, "%1b[2J%ff", "? no base64 ?")),
    ]
}
