//! A server without a library: it writes what it is told, however wrong that is.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// What came before the answer is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The head of an HTTP/1.1 request.
    Http1,
    /// The beginning of HTTP/2, with the headers of a request.
    Http2,
    /// Neither, before the client hung up.
    Other,
}

/// Starts a server that behaves like this to whoever comes. It ends with the process.
pub(crate) fn blunt(behave: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let behave = Arc::new(behave);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            // A client that does not read is not waited for, long after the test.
            let _ = stream.set_write_timeout(Some(Duration::from_mins(1)));
            let behave = Arc::clone(&behave);
            thread::spawn(move || behave(stream));
        }
    });
    address
}

/// Reads until a request is there.
pub(crate) fn hear(stream: &mut TcpStream) -> Heard {
    let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return Heard::Other,
            Ok(length) => heard.extend_from_slice(&buffer[..length]),
        }
        if let Some(frames) = heard.strip_prefix(PREFACE) {
            if has_headers(frames) {
                return Heard::Http2;
            }
        } else if heard.windows(4).any(|end| end == b"\r\n\r\n") && !PREFACE.starts_with(&heard) {
            return Heard::Http1;
        }
    }
}

/// Answers over HTTP/1.1 with these bytes, and hangs up.
pub(crate) fn answer(bytes: Vec<u8>) -> SocketAddr {
    blunt(move |mut stream| {
        hear(&mut stream);
        // The client may be gone already.
        let _ = stream.write_all(&bytes);
    })
}

/// Answers with these bytes, and then with those for as long as anybody listens.
pub(crate) fn answer_endlessly(start: Vec<u8>, then: &[u8]) -> SocketAddr {
    let then = then.repeat(8192_usize.div_ceil(then.len()));
    blunt(move |mut stream| {
        hear(&mut stream);
        let mut written = stream.write_all(&start);
        while written.is_ok() {
            written = stream.write_all(&then);
        }
    })
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;

/// Whether there is a whole frame of headers among the frames.
fn has_headers(mut frames: &[u8]) -> bool {
    while let Some((&[high, middle, low, kind, ..], rest)) = frames.split_first_chunk::<9>() {
        let length = usize::try_from(u32::from_be_bytes([0, high, middle, low])).expect("24 bits");
        let Some(rest) = rest.get(length..) else { return false };
        if kind == HEADERS {
            return true;
        }
        frames = rest;
    }
    false
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The server's part of the beginning of HTTP/2.
pub(crate) fn settings() -> Vec<u8> {
    frame(4, 0, 0, &[])
}

/// A header field, neither indexed nor compressed (RFC 7541, section 6.2.2).
pub(crate) fn field(name: &str, value: &[u8]) -> Vec<u8> {
    let length = |length: usize| {
        let mut bytes = Vec::new();
        match u8::try_from(length) {
            Ok(length @ ..127) => bytes.push(length),
            _ => {
                bytes.push(127);
                let mut rest = length - 127;
                while rest >= 128 {
                    bytes.push(u8::try_from(rest % 128 + 128).expect("a byte"));
                    rest /= 128;
                }
                bytes.push(u8::try_from(rest).expect("a byte"));
            }
        }
        bytes
    };
    [&[0], &length(name.len())[..], name.as_bytes(), &length(value.len()), value].concat()
}
