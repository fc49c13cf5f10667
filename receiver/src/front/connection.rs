//! One connection: HTTP/1.1 or HTTP/2, whichever its first bytes say.

use std::io;
use std::pin::pin;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::settings::{Settings, whole};

/// With what every HTTP/2 connection begins (RFC 9113 section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Less than this hyper does not take.
const SMALLEST_BUFFER: usize = 8 * 1024;

/// Serves a connection until its peer ends it, its time is over, or the receiver stops.
pub(super) async fn serve(
    stream: TcpStream,
    service: Router,
    settings: Settings,
    mut stopping: watch::Receiver<()>,
) {
    // An answer is one small write, which should not wait for another.
    let _ = stream.set_nodelay(true);
    let opened = tokio::select! {
        opened = tokio::time::timeout(settings.connections.header_timeout, open(stream)) => opened,
        _ = stopping.changed() => return,
    };
    let Ok(Ok(stream)) = opened else { return };
    let builder = builder(&settings);
    let service = TowerToHyperService::new(service);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if ended.is_err() {
        // What the error says may hold the client's bytes.
        tracing::debug!("a connection broke");
    }
}

fn builder(settings: &Settings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let header_bytes = whole(settings.requests.header_bytes);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.connections.header_timeout)
        .max_buf_size(header_bytes.max(SMALLEST_BUFFER));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.requests.body_timeout)
        .keep_alive_timeout(settings.connections.header_timeout)
        .max_concurrent_streams(settings.connections.streams)
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX));
    builder
}

/// Reads as far as it takes to tell HTTP/2 from HTTP/1.1, since hyper would wait for that for ever,
/// and puts what was read back in front.
async fn open(mut stream: TcpStream) -> io::Result<impl AsyncRead + AsyncWrite + Unpin> {
    let mut first = Vec::with_capacity(PREFACE.len());
    while first.len() < PREFACE.len() && PREFACE.starts_with(&first) {
        let room = PREFACE.len() - first.len();
        if (&mut stream).take(room as u64).read_buf(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let (read, write) = stream.into_split();
    Ok(tokio::io::join(io::Cursor::new(first).chain(read), write))
}
