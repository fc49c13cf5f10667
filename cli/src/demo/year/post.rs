//! Posts requests over a few connections that stay open, as relays and Collectors do.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Connections to the receiver.
pub(super) struct Lines {
    free: Vec<Line>,
}

struct Line {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

impl Lines {
    /// Opens so many.
    pub(super) async fn open(address: SocketAddr, count: usize) -> anyhow::Result<Self> {
        let mut free = Vec::new();
        for _ in 0..count {
            free.push(Line::open(address).await?);
        }
        Ok(Self { free })
    }

    /// Posts all requests, and waits until each is answered.
    ///
    /// Errors: the receiver did not take every report of each.
    pub(super) async fn post(&mut self, requests: Vec<Bytes>) -> anyhow::Result<()> {
        let mut posting = JoinSet::new();
        let share = requests.len().div_ceil(self.free.len()).max(1);
        let mut requests = requests.into_iter();
        for mut line in std::mem::take(&mut self.free) {
            let share: Vec<_> = requests.by_ref().take(share).collect();
            posting.spawn(async move {
                for request in share {
                    line.post(request).await?;
                }
                anyhow::Ok(line)
            });
        }
        while let Some(posted) = posting.join_next().await {
            self.free.push(posted.context("expected a post to end well")??);
        }
        Ok(())
    }
}

impl Line {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("expected to reach the receiver")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // What it could report, the answer's future reports too.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { address, sender })
    }

    async fn post(&mut self, body: Bytes) -> anyhow::Result<()> {
        // The receiver closes a connection that has rested, or has become old.
        if self.sender.ready().await.is_err() {
            *self = Self::open(self.address).await?;
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri("/v1/metrics")
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(Full::new(body))?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let told = answer.into_body().collect().await?.to_bytes();
        // An answer that says something says what was not taken.
        if !status.is_success() || !told.is_empty() {
            let told = String::from_utf8_lossy(&told);
            bail!("expected the receiver to take every report, it answered {status}: {told:?}");
        }
        Ok(())
    }
}
