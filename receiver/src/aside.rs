//! Work that takes too long for a thread that serves connections.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Has another thread do the work. A panic of it is one of whoever waits for it.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
