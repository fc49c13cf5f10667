//! What a real HTTP/2 library is driven to do to the receiver.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::{Request, Version};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::{JoinHandle, yield_now};

use super::Ran;
use super::expect::{Expected, Then};
use super::http2::{CODES, Seen};
use super::input::{EXPORT, bytes};
use crate::process::PATIENCE;

/// The window that HTTP/2 begins with.
const WINDOW: u32 = 65_535;

/// What is done, and how often.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attack {
    what: What,
    times: usize,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// Streams are opened and reset at once.
    RapidReset,
    /// Right requests on one connection, all at once.
    Together,
    /// The same, but the window is shut, so no answer's body can be written.
    ShutWindow,
    /// A request with so many bytes, each in a frame of its own.
    SmallFrames,
    /// A right request with so many header fields of 1 KiB.
    LongHead,
    /// So many connections, each with a request that never ends.
    Connections,
    /// The same, each with nearly the biggest body that there may be.
    BigBodies,
}

impl Attack {
    /// Does it, and checks what becomes of it.
    pub(super) fn run(
        &self,
        to: SocketAddr,
        expected: &Expected,
        ran: &mut Ran,
    ) -> anyhow::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let doing = async {
            let doing = tokio::time::timeout(PATIENCE, self.act(to));
            doing.await.with_context(|| format!("nothing came of it within {PATIENCE:?}"))?
        };
        let seen = runtime.block_on(doing)?;
        ran.sent.push(message()?.to_vec());
        expected.note_raw(ran);
        let answered = seen.statuses.values().filter(|&&status| status == 200).count();
        ran.answered = answered + usize::from(!seen.closed && self.what.goes_on());
        ran.points = expected.points.unwrap_or(ran.answered as u64);
        ensure!(seen.has(expected), "expected {expected:?}, got {seen:?}");
        ensure!(seen.closed == (expected.then == Some(Then::Closed)), "got {seen:?}");
        Ok(())
    }

    async fn act(&self, to: SocketAddr) -> anyhow::Result<Seen> {
        let times = self.times;
        match self.what {
            What::RapidReset => Client::connect(to, WINDOW).await?.resets(times).await,
            What::Together => Client::connect(to, WINDOW).await?.requests(times).await,
            What::ShutWindow => Client::connect(to, 0).await?.requests(times).await,
            What::SmallFrames => Client::connect(to, WINDOW).await?.small_frames(times).await,
            What::LongHead => Client::connect(to, WINDOW).await?.long_head(times).await,
            What::Connections | What::BigBodies => {
                let mut held = Vec::new();
                for _ in 0..times {
                    let mut client = Client::connect(to, WINDOW).await?;
                    let open = match self.what {
                        What::BigBodies => client.big_body().await?,
                        _ => client.open(call()?).await?,
                    };
                    held.push((client, open));
                }
                // What was sent has arrived when a connection that was made later is served.
                Client::connect(to, WINDOW).await?.requests(1).await
            }
        }
    }
}

impl What {
    /// Whether a right request follows on the same connection.
    fn goes_on(self) -> bool {
        matches!(self, Self::RapidReset | Self::SmallFrames | Self::LongHead)
    }
}

/// A connection of the library's.
struct Client {
    send: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
    seen: Seen,
}

type Opened = (ResponseFuture, SendStream<Bytes>);

impl Client {
    async fn connect(to: SocketAddr, window: u32) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let mut builder = Builder::new();
        // The library ends a connection on which many small frames wait to be read. Answers do: all is sent first.
        builder.initial_window_size(window).data_frame_budget(1024 * 1024);
        let (send, connection) = builder.handshake(stream).await?;
        Ok(Self { send, connection: tokio::spawn(connection), seen: Seen::default() })
    }

    /// Opens a stream, when the other end lets it.
    async fn open(&mut self, request: Request<()>) -> Result<Opened, h2::Error> {
        self.send = self.send.clone().ready().await?;
        let opened = self.send.send_request(request, false)?;
        yield_now().await;
        Ok(opened)
    }

    async fn resets(mut self, times: usize) -> anyhow::Result<Seen> {
        for _ in 0..times {
            match self.open(call()?).await {
                Ok((_, mut stream)) => stream.send_reset(Reason::CANCEL),
                Err(_) => return Ok(self.end().await),
            }
        }
        self.after().await
    }

    async fn requests(mut self, times: usize) -> anyhow::Result<Seen> {
        let mut answers = Vec::new();
        for _ in 0..times {
            let (answer, mut stream) = self.open(call()?).await?;
            // The stream may be refused by now; its answer says so.
            let _ = stream.send_data(message()?, true);
            answers.push(answer);
        }
        for answer in answers {
            self.note(answer).await;
        }
        Ok(self.seen)
    }

    async fn small_frames(mut self, times: usize) -> anyhow::Result<Seen> {
        let (answer, mut stream) = self.open(call()?).await?;
        let length = u32::try_from(times)?;
        stream.send_data([&[0], &length.to_be_bytes()[..]].concat().into(), false)?;
        for sent in 1..=times {
            // Field 15, which OTLP does not have.
            let byte = Bytes::from_static(if sent % 2 == 0 { b"\x01" } else { b"\x78" });
            if stream.send_data(byte, sent == times).is_err() {
                break;
            }
            yield_now().await;
        }
        self.note(answer).await;
        self.after().await
    }

    async fn long_head(mut self, times: usize) -> anyhow::Result<Seen> {
        let mut request = call()?;
        for index in 0..times {
            let name = http::HeaderName::try_from(format!("x-long-{index}"))?;
            request.headers_mut().insert(name, "v".repeat(1024).parse()?);
        }
        let (answer, mut stream) = self.open(request).await?;
        // The stream may be refused by now.
        let _ = stream.send_data(message()?, true);
        self.note(answer).await;
        self.after().await
    }

    /// Sends nearly all of the biggest message that there may be, as far as it is taken.
    async fn big_body(&mut self) -> anyhow::Result<Opened> {
        const LENGTH: usize = 4 * 1024 * 1024;
        let (answer, mut stream) = self.open(call()?).await?;
        let mut body = vec![0; LENGTH + 4];
        body[1..5].copy_from_slice(&u32::try_from(LENGTH)?.to_be_bytes());
        stream.send_data(body.into(), false)?;
        // The other end takes it while anything else is done here.
        for _ in 0..1_000 {
            yield_now().await;
        }
        Ok((answer, stream))
    }

    /// Notes what became of a request.
    async fn note(&mut self, answer: ResponseFuture) {
        let stream = answer.stream_id().as_u32();
        match answer.await {
            Ok(response) => {
                self.seen.statuses.insert(stream, response.status().as_u16());
            }
            Err(error) if error.is_reset() => {
                self.seen.resets.insert(stream, name(&error));
            }
            Err(_) => {}
        }
    }

    /// Shows that the connection serves another request, or how it ended.
    async fn after(mut self) -> anyhow::Result<Seen> {
        let Ok((answer, mut stream)) = self.open(call()?).await else {
            return Ok(self.end().await);
        };
        // Refused where the connection ended by now.
        let _ = stream.send_data(message()?, true);
        match answer.await {
            Ok(response) => {
                ensure!(response.status() == 200, "{:?}", response.status());
                Ok(self.seen)
            }
            Err(_) => Ok(self.end().await),
        }
    }

    async fn end(mut self) -> Seen {
        drop(self.send);
        if let Ok(Err(error)) = self.connection.await
            && error.is_go_away()
        {
            self.seen.goaway = Some(name(&error));
        }
        self.seen.closed = true;
        self.seen
    }
}

fn name(error: &h2::Error) -> String {
    let code = error.reason().map_or(usize::MAX, |reason| u32::from(reason) as usize);
    CODES.get(code).copied().unwrap_or("another").to_owned()
}

fn call() -> anyhow::Result<Request<()>> {
    let request = Request::post(format!("http://localhost{EXPORT}"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    Ok(request.body(())?)
}

fn message() -> anyhow::Result<Bytes> {
    Ok(bytes("grpc( @report )")?.into())
}
