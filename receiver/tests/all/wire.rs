//! Single connections: with or without TLS, HTTP/1.1 or HTTP/2, and what is said on them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

use crate::receiver::Answer;

/// What cannot take so long on any machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A way to ask: encrypted or not, over one version of HTTP.
#[derive(Clone)]
pub struct Way {
    pub tls: Option<Arc<ClientConfig>>,
    pub http2: bool,
}

impl Way {
    /// Opens a connection.
    pub async fn open(&self, address: SocketAddr) -> std::io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(address).await?;
        let Some(config) = &self.tls else { return Ok(Box::new(stream)) };
        let mut config = ClientConfig::clone(config);
        config.alpn_protocols =
            vec![if self.http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        let name = "localhost".try_into().unwrap();
        Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
    }

    /// Asks on a connection of its own.
    pub async fn ask(&self, address: SocketAddr, request: Request<Full<Bytes>>) -> Answer {
        let stream = TokioIo::new(self.open(address).await.unwrap());
        if self.http2 {
            let (mut sender, connection) =
                http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            return Answer::of(sender.send_request(request).await.unwrap()).await;
        }
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Answer::of(sender.send_request(request).await.unwrap()).await
    }
}

/// A request as [`Way::ask`] takes it.
pub fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(format!("http://localhost{path}"));
    // HTTP/1.1 has it in the head, HTTP/2 takes it from there.
    request = request.header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body.into())).unwrap()
}

/// A connection from this address of the loopback.
pub async fn from(source: [u8; 4], address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((source, 0))).unwrap();
    socket.connect(address).await.unwrap()
}

/// An empty report over HTTP/1.1, as text.
pub const EMPTY: &str = "POST /v1/metrics HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
                         content-length: 2\r\n\r\n{}";

/// Sends an empty report on a connection that stays open, and gives the head of the answer.
pub async fn say(stream: &mut (impl Stream + ?Sized)) -> String {
    stream.write_all(EMPTY.as_bytes()).await.unwrap();
    hear(stream).await
}

/// The head of the next answer of two bytes of body.
pub async fn hear(stream: &mut (impl Stream + ?Sized)) -> String {
    let mut came = Vec::new();
    while !came.ends_with(b"\r\n\r\n{}") {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        came.push(byte.expect("an answer").expect("a connection that goes on"));
    }
    String::from_utf8(came).unwrap()
}

/// Waits until the peer has closed the connection, and gives what came before that.
pub async fn closed(stream: &mut (impl Stream + ?Sized)) -> Vec<u8> {
    let mut came = Vec::new();
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut came)).await;
    // Whether it is closed or reset is all the same.
    let _ = end.expect("the receiver closes the connection");
    came
}
