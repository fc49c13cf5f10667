//! What a peer may send in all, on one connection.
//!
//! Limits on headers and bodies leave out what belongs to neither: interim answers without end,
//! floods of SETTINGS and PING frames, TLS records that lead nowhere. This one leaves out nothing.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Enough for an answer of the longest kind, its headers, and the certificates of a TLS handshake
/// with a proxy and one with the receiver.
const ALLOWANCE: usize = 128 * 1024;

/// A connection that fails once its peer has sent more than it may, and lets others run after
/// each read: what came is dealt with before more is taken in, and a flood does not outrun the
/// deadline.
pub(super) struct Allowance<S> {
    stream: S,
    left: usize,
    /// Whether something was read since others ran.
    has_read: bool,
}

impl<S> Allowance<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, left: ALLOWANCE, has_read: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Allowance<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if mem::take(&mut self.has_read) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.has_read = polled.is_ready();
        let Some(left) = self.left.checked_sub(buffer.filled().len() - before) else {
            return Poll::Ready(Err(io::Error::other("expected 128 KiB at most in all, got more")));
        };
        self.left = left;
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Allowance<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
