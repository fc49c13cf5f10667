//! A connection's bytes, those first that were looked at already, and the activity that they show.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::activity::Activity;

/// How long, and how far, a stream is read on after its last answer was written.
const LINGERS_FOR: Duration = Duration::from_secs(2);
const LINGERS_BYTES: usize = 8 * 1024 * 1024;

/// A stream that tells when something comes.
///
/// When it is shut down though a body was left before its end, what its peer still sends is read and dropped until the
/// peer is done: to close a socket with unread bytes resets it, and a client that was refused early would lose the
/// answer (RFC 9112 section 9.6).
pub(super) struct Watched<S> {
    first: io::Cursor<Vec<u8>>,
    stream: S,
    activity: Arc<Activity>,
    lingering: Option<Lingering>,
}

/// A stream that is written to its end, and not yet read to it.
struct Lingering {
    until: Pin<Box<Sleep>>,
    dropped: usize,
}

impl<S> Watched<S> {
    /// The stream, behind what was read of it already.
    pub(super) fn new(first: Vec<u8>, stream: S, activity: Arc<Activity>) -> Self {
        Self { first: io::Cursor::new(first), stream, activity, lingering: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let mut polled = Pin::new(&mut self.first).poll_read(context, buffer);
        if buffer.filled().len() == before {
            polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        if buffer.filled().len() > before {
            self.activity.read(Instant::now());
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, lingering, activity, .. } = &mut *self;
        let lingering = match lingering {
            Some(lingering) => lingering,
            none => {
                ready!(Pin::new(&mut *stream).poll_shutdown(context))?;
                if !activity.has_unread() {
                    return Poll::Ready(Ok(()));
                }
                none.insert(Lingering { until: Box::pin(sleep(LINGERS_FOR)), dropped: 0 })
            }
        };
        lingering.poll(stream, context).map(Ok)
    }
}

impl Lingering {
    /// Reads and drops until the peer is done, or has had enough of time or bytes.
    fn poll<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let mut room = [0; 4096];
        while self.until.as_mut().poll(context).is_pending() && self.dropped < LINGERS_BYTES {
            let mut buffer = ReadBuf::new(&mut room);
            match ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => self.dropped += buffer.filled().len(),
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}
