//! The body of a request, as far as somebody reads it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};

use super::activity::Activity;

/// A body that tells when it is left before its end, as where a request is refused by its head.
#[derive(Debug)]
pub(super) struct Asking {
    body: Incoming,
    ended: bool,
    activity: Arc<Activity>,
}

impl Asking {
    pub(super) fn new(body: Incoming, activity: Arc<Activity>) -> Self {
        Self { body, ended: false, activity }
    }
}

impl HttpBody for Asking {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.ended |= matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            self.activity.leave_unread();
        }
    }
}
