//! A forward proxy: it opens tunnels, and passes on requests for whole URLs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

type Resolve = dyn Fn(&str) -> Option<SocketAddr> + Send + Sync;

/// A proxy to be started.
#[derive(Clone)]
pub(super) struct Proxy {
    resolve: Arc<Resolve>,
    refusal: Option<StatusCode>,
    #[cfg(feature = "tls")]
    encryption: Option<tokio_rustls::TlsAcceptor>,
}

/// A proxy on a thread of its own. It ends with the process.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    heads: Receiver<String>,
}

impl Proxy {
    /// Whatever is asked for, it is there.
    pub(super) fn to(address: SocketAddr) -> Self {
        Self::by_name(Arc::new(move |_: &str| Some(address)))
    }

    /// What is asked for as `host:port` is there, or nowhere.
    pub(super) fn by_name(resolve: Arc<Resolve>) -> Self {
        Self {
            resolve,
            refusal: None,
            #[cfg(feature = "tls")]
            encryption: None,
        }
    }

    pub(super) fn refusing_tunnels(self, status: StatusCode) -> Self {
        Self { refusal: Some(status), ..self }
    }

    #[cfg(feature = "tls")]
    pub(super) fn encrypted(self, acceptor: tokio_rustls::TlsAcceptor) -> Self {
        Self { encryption: Some(acceptor), ..self }
    }

    pub(super) fn start(self) -> Running {
        let (announce, announced) = channel();
        let (sender, heads) = channel();
        thread::spawn(move || self.serve(&announce, &sender));
        Running { address: announced.recv().expect("the proxy starts"), heads }
    }

    #[tokio::main(flavor = "current_thread")]
    async fn serve(&self, announce: &Sender<SocketAddr>, heads: &Sender<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        announce.send(listener.local_addr().expect("an address")).expect("the test waits");
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(self.clone().client(stream, heads.clone()));
        }
    }

    async fn client(self, stream: TcpStream, heads: Sender<String>) {
        #[cfg(feature = "tls")]
        if let Some(acceptor) = &self.encryption {
            // A client that does not trust the certificate goes away here.
            if let Ok(stream) = acceptor.accept(stream).await {
                self.request(stream, heads).await;
            }
            return;
        }
        self.request(stream, heads).await;
    }

    async fn request(
        &self,
        mut client: impl AsyncRead + AsyncWrite + Unpin,
        heads: Sender<String>,
    ) {
        let Some(head) = read_head(&mut client).await else { return };
        // The test may have ended already.
        let _ = heads.send(head.clone());
        let request = Asked::read(&head);
        match self.connect(&request).await {
            Ok(mut upstream) => {
                let written = if request.tunnel {
                    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
                } else {
                    upstream.write_all(request.passed_on(&head).as_bytes()).await
                };
                if written.is_ok() {
                    // Either end may hang up.
                    let _ = copy_bidirectional(&mut client, &mut upstream).await;
                }
            }
            Err(status) => {
                let refusal = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                let _ = client.write_all(refusal.as_bytes()).await;
            }
        }
    }

    async fn connect(&self, request: &Asked<'_>) -> Result<TcpStream, StatusCode> {
        match (self.refusal, (self.resolve)(request.authority)) {
            (Some(status), _) if request.tunnel => Err(status),
            (_, None) => Err(StatusCode::BAD_GATEWAY),
            (_, Some(address)) => {
                TcpStream::connect(address).await.map_err(|_| StatusCode::BAD_GATEWAY)
            }
        }
    }
}

/// What a head asks of a proxy.
struct Asked<'a> {
    tunnel: bool,
    target: &'a str,
    authority: &'a str,
    path: &'a str,
}

impl<'a> Asked<'a> {
    fn read(head: &'a str) -> Self {
        let mut words = head.split(' ');
        let tunnel = words.next() == Some("CONNECT");
        let target = words.next().unwrap_or("");
        let rest = target.trim_start_matches("http://");
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { tunnel, target, authority, path }
    }

    fn passed_on(&self, head: &str) -> String {
        head.replacen(self.target, self.path, 1)
    }
}

async fn read_head(client: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

impl Running {
    /// A URL of the proxy, with credentials.
    pub(super) fn url(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        format!("http://{user}{at}{}", self.address)
    }

    /// The head of the next request.
    pub(super) fn head(&self) -> String {
        self.heads.recv_timeout(Duration::from_secs(20)).expect("a request comes")
    }
}
