//! A connection that stays open, for many small requests: HTTP/1.1 by hand, which costs next to nothing.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::process::PATIENCE;

/// An open connection to a receiver.
#[derive(Debug)]
pub struct Connection(TcpStream);

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The status line and the headers, as they came.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects. Whatever takes longer than a minute from then on is an error.
    pub fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// The port of this side.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    /// Sends an OTLP request and waits for its answer.
    ///
    /// Errors: the connection broke, so nobody knows what became of the request; `TimedOut` or `WouldBlock` where
    /// no answer came.
    pub fn post(&mut self, protobuf: &[u8]) -> io::Result<Reply> {
        self.post_to("/v1/metrics", "application/x-protobuf", protobuf)
    }

    /// Sends a body to a path.
    ///
    /// Errors: as [`post`](Self::post).
    pub fn post_to(&mut self, path: &str, content_type: &str, body: &[u8]) -> io::Result<Reply> {
        let length = body.len();
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: receiver\r\ncontent-type: {content_type}\r\n\
             content-length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.0.write_all(&request)?;
        self.reply()
    }

    /// Asks for a page and waits for the answer.
    ///
    /// Errors: as [`post`](Self::post).
    pub fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.get_as(path, &[])
    }

    /// The same with these headers.
    ///
    /// Errors: as [`post`](Self::post).
    pub fn get_as(&mut self, path: &str, headers: &[(&str, &str)]) -> io::Result<Reply> {
        let mut request = format!("GET {path} HTTP/1.1\r\nhost: receiver\r\n").into_bytes();
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        request.extend_from_slice(b"\r\n");
        self.0.write_all(&request)?;
        self.reply()
    }

    fn reply(&mut self) -> io::Result<Reply> {
        const END: &[u8] = b"\r\n\r\n";
        let mut bytes = Vec::new();
        let end = loop {
            self.more(&mut bytes)?;
            if let Some(place) = bytes.windows(END.len()).position(|window| window == END) {
                break place;
            }
        };
        let mut body = bytes.split_off(end + END.len());
        let head = String::from_utf8(bytes).map_err(|_| wrong("a head in ASCII"))?;
        let length = header(&head, "content-length").unwrap_or("0");
        let length: usize = length.parse().map_err(|_| wrong("a length"))?;
        while body.len() < length {
            self.more(&mut body)?;
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| wrong("a status"))?;
        Ok(Reply { status, head, body })
    }

    fn more(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut buffer = [0; 4096];
        match self.0.read(&mut buffer)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            length => {
                bytes.extend_from_slice(&buffer[..length]);
                Ok(())
            }
        }
    }
}

impl Reply {
    /// Whether everything in the request was acknowledged.
    pub fn acknowledges(&self) -> bool {
        self.status == 200 && self.body.is_empty()
    }

    /// Whether the request is to be repeated, by the rules of OTLP, after a time that is named.
    pub fn asks_to_repeat(&self) -> bool {
        matches!(self.status, 429 | 503) && self.header("retry-after").is_some()
    }

    /// The value of a header, whose name is given in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

fn wrong(expected: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("expected {expected} in the answer"))
}
