//! One connection: with or without TLS, HTTP/1.1 or HTTP/2, whichever its first bytes say.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::accept::Entrance;
use super::activity::{Activity, Due};
use super::answering::Answering;
use super::asking::Asking;
use super::forwarded;
use super::watched::Watched;
use crate::sender::Sender;
use crate::settings::{Connections, Settings, whole};

/// With what every HTTP/2 connection begins (RFC 9113 section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Less than this hyper does not take.
const SMALLEST_BUFFER: usize = 8 * 1024;

/// Bytes of an answer that wait for an HTTP/2 client to take them.
const SEND_BUFFER: usize = 64 * 1024;

/// The largest window of HTTP/2 (RFC 9113 section 6.9.1).
const WINDOW: u32 = (1 << 31) - 1;

/// Serves a connection until its peer ends it, its time is over, or the receiver stops.
pub(super) async fn serve(
    stream: TcpStream,
    peer: Sender,
    entrance: Arc<Entrance>,
    mut stopping: watch::Receiver<()>,
) {
    // An answer is one small write, which should not wait for another.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &entrance.tls else {
        return speak(stream, peer, &entrance, stopping).await;
    };
    tokio::select! {
        stream = tls.accept(stream) => if let Some(stream) = stream {
            speak(stream, peer, &entrance, stopping).await;
        },
        // Nothing was asked yet.
        _ = stopping.changed() => {}
    }
}

/// Speaks HTTP.
async fn speak(
    mut stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    peer: Sender,
    entrance: &Entrance,
    mut stopping: watch::Receiver<()>,
) {
    let settings = &entrance.settings;
    let opened = tokio::select! {
        opened = timeout(settings.connections.header_timeout, open(&mut stream)) => opened,
        _ = stopping.changed() => return,
    };
    let Ok(Ok(first)) = opened else { return };
    let activity = Activity::new(&settings.connections, first == PREFACE, Instant::now());
    let stream = TokioIo::new(Watched::new(first, stream, activity.clone()));
    let service = service(entrance, peer, activity.clone());
    let builder = builder(settings);
    let mut connection = pin!(builder.serve_connection(stream, service));
    tokio::select! {
        ended = connection.as_mut() => return note(&ended),
        end = end(&activity, &settings.connections, stopping) => match end {
            End::AtOnce => return,
            End::WhenAnswered => connection.as_mut().graceful_shutdown(),
        },
    }
    tokio::select! {
        ended = connection => note(&ended),
        () = activity.stuck() => {}
        () = sleep(settings.connections.drain_timeout) => {}
    }
}

/// How a connection is to end.
enum End {
    AtOnce,
    /// By GOAWAY or `Connection: close`, so that no request is lost.
    WhenAnswered,
}

/// Waits until a connection has to end.
async fn end(
    activity: &Activity,
    settings: &Connections,
    mut stopping: watch::Receiver<()>,
) -> End {
    tokio::select! {
        due = activity.due() => match due {
            Due::Stuck => End::AtOnce,
            Due::Idle | Due::Later(_) => End::WhenAnswered,
        },
        () = sleep(settings.max_age) => End::WhenAnswered,
        _ = stopping.changed() => End::WhenAnswered,
    }
}

fn note<T, E>(ended: &Result<T, E>) {
    if ended.is_err() {
        // What the error says may hold the client's bytes.
        tracing::debug!("a connection broke");
    }
}

/// Answers the requests of a connection, each with its sender, and has them watched until they are answered.
fn service(
    entrance: &Entrance,
    peer: Sender,
    activity: Arc<Activity>,
) -> impl Service<
    Request<Incoming>,
    Response = Response<Answering>,
    Error = Infallible,
    Future: Send + 'static,
> + use<> {
    let router: TowerToHyperService<Router> = TowerToHyperService::new(entrance.router.clone());
    let proxies = entrance.settings.proxies.clone();
    service_fn(move |mut request: Request<Incoming>| {
        let in_flight = activity.begin();
        let sender = forwarded::sender(peer, request.headers(), &proxies);
        request.extensions_mut().insert(sender);
        let answer = router.call(request.map(|body| Asking::new(body, activity.clone())));
        async move {
            let answer = answer.await?;
            in_flight.answered(Instant::now());
            Ok(answer.map(|body| Answering::new(body, in_flight)))
        }
    })
}

fn builder(settings: &Settings) -> Builder<TokioExecutor> {
    let Settings { connections, requests, .. } = settings;
    let header_bytes = whole(requests.header_bytes);
    let window = u32::try_from(connections.window_bytes.as_u64()).unwrap_or(u32::MAX).min(WINDOW);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // It would count while a connection rests, too; `Activity` tells the two apart.
        .header_read_timeout(None)
        .max_buf_size(header_bytes.max(SMALLEST_BUFFER));
    builder
        .http2()
        .max_concurrent_streams(connections.streams)
        .max_pending_accept_reset_streams(connections.resets)
        .max_local_error_reset_streams(connections.resets)
        .initial_stream_window_size(window)
        .initial_connection_window_size(window)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(u32::try_from(header_bytes).unwrap_or(u32::MAX));
    builder
}

/// Reads as far as it takes to tell HTTP/2 from HTTP/1.1, since hyper would wait for that for ever, and gives what was
/// read.
async fn open(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut first = Vec::with_capacity(PREFACE.len());
    while first.len() < PREFACE.len() && PREFACE.starts_with(&first) {
        let room = PREFACE.len() - first.len();
        if (&mut *stream).take(room as u64).read_buf(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(first)
}
