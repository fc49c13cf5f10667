//! Bytes written to a connection, and what comes back as HTTP/1.1.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;

use anyhow::{Context as _, bail, ensure};

use super::expect::{Expected, Then};
use super::{Ran, input};
use crate::process::PATIENCE;

/// Writes the bytes, and checks what comes back.
pub(super) fn exchange(
    to: SocketAddr,
    bytes: Vec<u8>,
    half_close: bool,
    expected: &Expected,
    ran: &mut Ran,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut writing = stream.try_clone()?;
    let to_write = bytes.clone();
    // Beside the reading: the other end may well answer, and close, before it has read everything.
    let writer = thread::spawn(move || {
        let _ = writing.write_all(&to_write);
        if half_close {
            let _ = writing.shutdown(Shutdown::Write);
        }
    });
    let mut answers = Answers { stream: &mut stream, came: Vec::new(), used: 0 };
    let checked = answers.check(expected, writer);
    expected.note_raw(ran);
    if expected.then == Some(Then::Open) {
        ran.answered += 1;
        ran.points += 1;
    }
    ran.said.extend(&answers.came);
    ran.sent.push(bytes);
    checked.with_context(|| {
        format!("the answers so far: {}", String::from_utf8_lossy(&ran.said).escape_debug())
    })
}

/// What came over a connection.
struct Answers<'s> {
    stream: &'s mut TcpStream,
    came: Vec<u8>,
    /// So much of it was looked at.
    used: usize,
}

impl Answers<'_> {
    fn check(&mut self, expected: &Expected, writer: thread::JoinHandle<()>) -> anyhow::Result<()> {
        for &status in &expected.statuses {
            let came = self.answer()?;
            ensure!(came == Some(status), "expected {status}, got {came:?}");
        }
        match expected.then.context("expected `then` in [expect]")? {
            Then::Closed => {
                let came = self.answer()?;
                ensure!(came.is_none(), "expected the connection to be closed, got {came:?}");
            }
            Then::Open => {
                ensure!(writer.join().is_ok(), "the writer ended");
                let next = "@post \"Content-Length: \" length( @report ) \"\\r\\n\\r\\n\" @report";
                self.stream.write_all(&input::bytes(next)?)?;
                let came = self.answer()?;
                ensure!(came == Some(200), "expected the connection to go on, got {came:?}");
            }
        }
        Ok(())
    }

    /// The status of the next answer; `None` where the connection was ended.
    fn answer(&mut self) -> anyhow::Result<Option<u16>> {
        let Some(head_length) = self.until(|came| {
            came.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|at| at + 4)
        })?
        else {
            ensure!(self.used == self.came.len(), "expected a whole head, got a part of it");
            return Ok(None);
        };
        let head = String::from_utf8(self.came[self.used..][..head_length].to_vec())?;
        self.used += head_length;
        let status = head.get(9..12).context("expected a status line")?.parse()?;
        if status == 100 {
            return Ok(Some(status));
        }
        let length = content_length(&head).with_context(|| format!("no length in {head}"))?;
        let whole = self.until(|came| (came.len() >= length).then_some(length))?;
        self.used += whole.context("expected a whole body, got a part of it")?;
        Ok(Some(status))
    }

    /// Reads until `found` finds something in what was not looked at; `None` at the end.
    fn until(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> anyhow::Result<Option<usize>> {
        let mut room = [0; 4096];
        loop {
            if let Some(at) = found(&self.came[self.used..]) {
                return Ok(Some(at));
            }
            match self.stream.read(&mut room) {
                Ok(0) => return Ok(None),
                Ok(length) => self.came.extend_from_slice(&room[..length]),
                // What it had not read yet when it closed makes its system reset the connection.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => bail!("expected an answer or the end, got {error}"),
            }
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    let lines = head.lines().map(str::to_ascii_lowercase);
    let mut lengths =
        lines.filter_map(|line| Some(line.strip_prefix("content-length:")?.trim().to_owned()));
    lengths.next()?.parse().ok()
}
