//! What an operator may set, each with the reason for its default.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use headcount_proto::Limits;

/// What an operator may set about receiving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The addresses to listen on; each speaks OTLP/gRPC and OTLP/HTTP. By default OTLP's two
    /// standard ports, 4317 and 4318, on loopback: what listens wider is for the operator to say.
    pub listen: Vec<SocketAddr>,
    /// Bytes of a compressed body. A report is a few kilobytes, so 1 MiB leaves room for batches.
    pub compressed_bytes: usize,
    /// Bytes of a body after decompression, counted while decompressing: 4 MiB, as most OTLP
    /// receivers have it.
    pub decompressed_bytes: usize,
    /// Bytes of a request's head: 16 KiB, the most that common proxies pass on.
    pub header_bytes: u32,
    /// How long a connection may take for the head of its next request: 5 s. Without it a client
    /// could hold connections open with half a head.
    pub header_timeout: Duration,
    /// How long a request's body may take: 15 s, which is 1 MiB at 70 KiB a second.
    pub body_timeout: Duration,
    /// Requests at once on one HTTP/2 connection: 64. Each may hold a whole body in memory.
    pub streams: u32,
    /// Requests that are decompressed and read at once: as many as there are cores, since more
    /// would only take memory.
    pub decodes: usize,
    /// How long requests in flight have to end at a shutdown: 20 s, which is more than a body may
    /// take and less than the 30 s after which orchestrators kill.
    pub drain_timeout: Duration,
    /// What a request may hold.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            listen: vec![loopback(4317), loopback(4318)],
            compressed_bytes: 1024 * 1024,
            decompressed_bytes: 4 * 1024 * 1024,
            header_bytes: 16 * 1024,
            header_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(15),
            streams: 64,
            decodes: std::thread::available_parallelism().map_or(1, usize::from),
            drain_timeout: Duration::from_secs(20),
            limits: Limits::default(),
        }
    }
}
