//! Sends to the backend: OTLP/HTTP with protobuf and gzip, one request after the other on one connection.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::Authority;
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::answer::Outcome;
use super::{Endpoint, Headers};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Bytes that the body of an answer may have: 64 KiB.
const ANSWER: usize = 64 * 1024;

/// Bytes that the head of an answer may have: 32 KiB.
const HEAD: usize = 32 * 1024;

/// The connection to the backend. It follows no redirect, keeps no cookie and reads no `HTTP_PROXY`.
pub(super) struct Client {
    endpoint: Endpoint,
    headers: Headers,
    tls: Option<Arc<TlsConnector>>,
    timeout: Duration,
    open: Option<Open>,
}

/// A connection, as long as it is used.
struct Open {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A stream of bytes to the backend: plain or encrypted.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Client {
    pub(super) fn new(
        endpoint: Endpoint,
        headers: Headers,
        tls: Option<TlsConnector>,
        timeout: Duration,
    ) -> Self {
        Self { endpoint, headers, tls: tls.map(Arc::new), timeout, open: None }
    }

    /// Sends a compressed request, within the time limit.
    pub(super) async fn post(&mut self, body: Bytes) -> Outcome {
        let timeout = self.timeout;
        let answered = match tokio::time::timeout(timeout, self.exchange(body)).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(failure)) => failure.to_string(),
            Err(_) => "nothing came within the time limit".to_owned(),
        };
        self.open = None;
        Outcome::again(answered)
    }

    async fn exchange(&mut self, body: Bytes) -> Result<Outcome, Failure> {
        if let Some(mut open) = self.open.take().filter(|open| !open.sender.is_closed())
            && let Ok(outcome) = self.call(&mut open, body.clone()).await
        {
            self.keep(open);
            return Ok(outcome);
        }
        // A backend may close a connection that rests at any time: that is no failure of its own.
        let mut open = self.connect().await?;
        let outcome = self.call(&mut open, body).await?;
        self.keep(open);
        Ok(outcome)
    }

    fn keep(&mut self, open: Open) {
        self.open = (!open.sender.is_closed()).then_some(open);
    }

    async fn call(&self, open: &mut Open, body: Bytes) -> Result<Outcome, Failure> {
        open.sender.ready().await?;
        let (head, body) = open.sender.send_request(self.request(body)?).await?.into_parts();
        let body = read(body).await?;
        Ok(Outcome::of(&head, &body))
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
        let uri = self.endpoint.uri();
        let host = uri.authority().map_or("", Authority::as_str);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request =
            Request::builder().method(Method::POST).uri(path).body(Full::new(body))?;
        let headers = request.headers_mut();
        let agent = concat!("headcount-receiver/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        self.headers.extend(headers);
        headers.insert(HOST, HeaderValue::from_str(host)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Ok(request)
    }

    async fn connect(&self) -> Result<Open, Failure> {
        let (host, port) = (self.endpoint.host(), self.endpoint.port());
        let stream = TcpStream::connect((host, port)).await?;
        // A request is one write; waiting for more would only delay it.
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => {
                Box::new(tls.connect(ServerName::try_from(host.to_owned())?, stream).await?)
            }
        };
        let mut http = http1::Builder::new();
        let (sender, connection) = http.max_buf_size(HEAD).handshake(TokioIo::new(stream)).await?;
        // What it could report, the answer's future reports too.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Open { sender, driver })
    }
}

/// Reads the body of an answer, copied as it comes.
async fn read(mut body: Incoming) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len() + data.len() > ANSWER {
                return Err("its answer is longer than 64 KiB".into());
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

/// The bytes under gzip.
pub(crate) fn compressed(bytes: &[u8]) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    let written = gzip.write_all(bytes).and_then(|()| gzip.finish());
    written.expect("writing to a vector cannot fail").into()
}
