//! HTTP/2 frames written to a connection, and what comes back.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use anyhow::{Context as _, bail, ensure};

use super::Ran;
use super::expect::{Expected, Then};
use crate::process::PATIENCE;

/// The codes of `RST_STREAM` and GOAWAY, by their numbers (RFC 9113 section 7).
pub(super) const CODES: [&str; 14] = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

/// What our last PING holds.
const MARK: &[u8; 8] = b"lastping";

/// What came back, as far as anybody asks.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) statuses: BTreeMap<u32, u16>,
    pub(super) resets: BTreeMap<u32, String>,
    pub(super) goaway: Option<String>,
    pub(super) closed: bool,
    /// Our last PING was answered.
    marked: bool,
}

impl Seen {
    /// Whether all that is expected of streams and the connection's end came.
    pub(super) fn has(&self, expected: &Expected) -> bool {
        let stream = |name: &str| name.parse::<u32>().unwrap_or_default();
        let statuses = expected
            .streams
            .iter()
            .all(|(name, status)| self.statuses.get(&stream(name)) == Some(status));
        let resets =
            expected.resets.iter().all(|(name, code)| self.resets.get(&stream(name)) == Some(code));
        let goaway = expected.goaway.is_none() || self.goaway == expected.goaway;
        statuses && resets && goaway && (self.closed || expected.then != Some(Then::Closed))
    }
}

/// Writes the bytes, and checks what comes back.
pub(super) fn exchange(
    to: SocketAddr,
    bytes: Vec<u8>,
    expected: &Expected,
    ran: &mut Ran,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut writing = stream.try_clone()?;
    let mut to_write = bytes.clone();
    if expected.then == Some(Then::Open) {
        // Behind everything else: its answer says that all of that was read.
        to_write.extend(b"\0\0\x08\x06\0\0\0\0\0");
        to_write.extend(MARK);
    }
    thread::spawn(move || {
        // It may be refused before it is written.
        let _ = writing.write_all(&to_write);
    });
    let mut seen = Seen::default();
    let checked = read(&mut stream, expected, &mut seen, &mut ran.said);
    ran.sent.push(bytes);
    expected.note_raw(ran);
    checked.with_context(|| format!("{seen:?}"))?;
    ensure!(seen.has(expected), "expected {expected:?}, got {seen:?}");
    Ok(())
}

/// Reads frames until all that is expected came, or nothing more does.
fn read(
    stream: &mut TcpStream,
    expected: &Expected,
    seen: &mut Seen,
    said: &mut Vec<u8>,
) -> anyhow::Result<()> {
    let open = expected.then == Some(Then::Open);
    let mut came = Vec::new();
    let mut room = [0; 4096];
    while !seen.has(expected) || open && !seen.marked {
        match stream.read(&mut room) {
            Ok(length @ 1..) => came.extend_from_slice(&room[..length]),
            Ok(0) => seen.closed = true,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => seen.closed = true,
            Err(error) => bail!("expected frames or the end, got {error}"),
        }
        while let Some((kind, number, payload, length)) = frame(&came) {
            said.extend_from_slice(text(kind, payload));
            note(kind, number, payload, seen)?;
            came.drain(..length);
        }
        if seen.closed {
            ensure!(!open, "expected the connection to go on");
            return Ok(());
        }
    }
    Ok(())
}

/// The first whole frame: its type, stream and payload, and its length.
fn frame(came: &[u8]) -> Option<(u8, u32, &[u8], usize)> {
    let (head, rest) = came.split_first_chunk::<9>()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Some((head[3], stream, rest.get(..length)?, length + 9))
}

/// What of a frame may be text.
fn text(kind: u8, payload: &[u8]) -> &[u8] {
    match kind {
        DATA | HEADERS => payload,
        GOAWAY => payload.get(8..).unwrap_or_default(),
        _ => &[],
    }
}

fn note(kind: u8, stream: u32, payload: &[u8], seen: &mut Seen) -> anyhow::Result<()> {
    let code = |at: usize| -> anyhow::Result<String> {
        let code = payload.get(at..at + 4).context("expected a code")?;
        let code = u32::from_be_bytes(code.try_into()?) as usize;
        Ok(CODES.get(code).map_or_else(|| format!("code {code}"), ToString::to_string))
    };
    match kind {
        HEADERS => {
            if let Some(status) = status(payload) {
                seen.statuses.insert(stream, status);
            }
        }
        RST_STREAM => {
            seen.resets.insert(stream, code(0)?);
        }
        GOAWAY => seen.goaway = Some(code(4)?),
        PING if payload == MARK => seen.marked = true,
        _ => {}
    }
    Ok(())
}

/// The status at the beginning of a header block: one of the static table (RFC 7541 appendix A), or three
/// digits in Huffman code behind the name of the table.
fn status(block: &[u8]) -> Option<u16> {
    const KNOWN: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    match block {
        [index @ 0x88..=0x8e, ..] => Some(KNOWN[usize::from(index - 0x88)]),
        [0x48 | 0x08, length, digits @ ..] if length & 0x80 != 0 => {
            let bytes = digits.get(..usize::from(length & 0x7f))?.iter();
            // Three digits of at most six bits fit.
            let mut bits = bytes.fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            bits = bits.checked_shl(32 - 8 * u32::from(length & 0x7f))?;
            let mut status = 0;
            for _ in 0..3 {
                let (digit, length) = huffman_digit(bits)?;
                status = status * 10 + digit;
                bits <<= length;
            }
            Some(status)
        }
        _ => None,
    }
}

/// The digit with which the bits begin, and how many it takes: RFC 7541 appendix B has five for `0`, `1`
/// and `2`, and six for the others.
fn huffman_digit(bits: u32) -> Option<(u16, u32)> {
    match (bits >> 27, bits >> 26) {
        (digit @ 0..=2, _) => Some((u16::try_from(digit).ok()?, 5)),
        (_, code @ 0b01_1001..=0b01_1111) => Some((u16::try_from(code - 0b01_1001 + 3).ok()?, 6)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn a_status_is_read_in_either_form() {
        assert_eq!(status(b"\x88\x5f"), Some(200));
        assert_eq!(status(b"\x8c"), Some(400));
        // RFC 7541, C.6.1: `:status: 302` in Huffman code.
        assert_eq!(status(b"\x48\x82\x64\x02\x58"), Some(302));
        assert_eq!(status(b"\xbe"), None);
    }
}
