//! What an operator may set, each with the reason for its default.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use headcount_proto::Limits;
use ipnet::IpNet;

use super::colour::Colour;
use crate::backend::Endpoint;
use crate::settings;

settings! {
    /// Encryption by the receiver itself.
    pub struct Tls {
        /// The certificate and those that lead to its authority, as PEM. With it and `key`, every address of `listen`
        /// speaks TLS 1.2 or 1.3; without, a proxy in front has to.
        certificate: Option<PathBuf> = None,
        /// The certificate's private key, as PEM.
        key: Option<PathBuf> = None,
        /// Authorities whose certificates clients must show, as PEM. Unset, nobody has to show one: anybody may send.
        client_authorities: Option<PathBuf> = None,
        /// How often the files are looked at: 1 minute. New ones hold for new connections; a certificate that is
        /// renewed every 60 days has long expired before anybody would restart for it.
        reload_interval: Duration = Duration::from_mins(1),
        /// How long a handshake may take: 5 s, which is several round trips of a slow line.
        handshake_timeout: Duration = Duration::from_secs(5),
    }
}

settings! {
    /// Proxies in front of the receiver.
    pub struct Proxies {
        /// Networks whose `X-Forwarded-For` counts: the rightmost hop in it that is not one of them is the sender. From
        /// anybody else the header says nothing, since anybody can write it.
        trusted: Vec<IpNet> = Vec::new(),
        /// Whether they write `Forwarded` (RFC 7239) in the place of `X-Forwarded-For`. Only one of the two is read,
        /// since a proxy passes on what it does not write itself.
        forwarded: bool = false,
    }
}

settings! {
    /// What clients may hold open.
    pub struct Connections {
        /// Connections at once, over all addresses: 1024, which is the number of files that many systems let a process
        /// have; a waiting one takes some 35 KiB, with TLS 40. More wait to be accepted.
        total: usize = 1024,
        /// Connections at once of one sender's prefix (IPv4 /24, IPv6 /48): 128, so that one network cannot take all.
        /// One more is closed at once. Trusted proxies have no such limit.
        per_prefix: usize = 128,
        /// Requests at once on one HTTP/2 connection: 64. Each may hold a whole body in memory.
        streams: u32 = 64,
        /// Requests that an HTTP/2 client may begin and take back before they were looked at: 32. One that does it more
        /// often (CVE-2023-44487) loses its connection.
        resets: usize = 32,
        /// Bytes that an HTTP/2 client may send ahead of what is read: 64 KiB, the protocol's own default, and the
        /// least for a connection, so that 1024 connections hold 64 MiB of it at the very most. A body takes as many
        /// round trips as it has windows: 4 MiB over a line of 200 ms come in 13 s.
        window_bytes: ByteSize = ByteSize::kib(64),
        /// How long a connection may take for the head of a request, from its first byte: 5 s. Without it a client
        /// could hold connections open with half a head.
        header_timeout: Duration = Duration::from_secs(5),
        /// How long a client may take to read an answer: 15 s, for at most a few kilobytes.
        answer_timeout: Duration = Duration::from_secs(15),
        /// How long a connection may rest between requests: 30 s. A report comes once a day.
        idle_timeout: Duration = Duration::from_secs(30),
        /// How old a connection may become: 10 minutes, so that Collectors, which hold theirs for ever, move on to
        /// another receiver when one is added. Requests in flight are answered.
        max_age: Duration = Duration::from_mins(10),
        /// How long requests in flight have to end at a shutdown: 20 s, which is more than a body may
        /// take and less than the 30 s after which orchestrators kill.
        drain_timeout: Duration = Duration::from_secs(20),
        /// How long `/readyz` tells of a shutdown before it begins. A load balancer that asks every 5 s needs a bit
        /// more than that. Unset, a shutdown begins at once.
        drain_delay: Option<Duration> = None,
    }
}

settings! {
    /// What a request may hold.
    pub struct Requests {
        /// Bytes of a compressed body. A report is a few kilobytes, so 1 MiB leaves room for batches.
        compressed_bytes: ByteSize = ByteSize::mib(1),
        /// Bytes of a body after decompression, counted while decompressing: 4 MiB, as most OTLP
        /// receivers have it.
        decompressed_bytes: ByteSize = ByteSize::mib(4),
        /// Bytes of a request's head: 16 KiB, the most that common proxies pass on.
        header_bytes: ByteSize = ByteSize::kib(16),
        /// Requests at once, over all connections: 1024. More are asked to come later, which is an answer that costs
        /// next to nothing; who waits for its turn would take memory.
        at_once: usize = 1024,
        /// Bytes of bodies in memory at once, over all requests, beyond the first 32 KiB of each: 32 MiB. A body that
        /// would be more waits, as long as bodies may take. Most reports are shorter than that and never wait.
        body_bytes: ByteSize = ByteSize::mib(32),
        /// How long a request's body may take: 15 s, which is 1 MiB at 70 KiB a second.
        body_timeout: Duration = Duration::from_secs(15),
        /// Requests that are decompressed and read at once. Unset, as many as there are cores, since more would only
        /// take memory.
        decodes: Option<usize> = None,
        /// Resources of a request: 256, each of which may be an instance of a batch.
        resources: usize = 256,
        /// Metrics of a request, over all its resources.
        metrics: usize = 2_000,
        /// Data points of a request: 100 000, more than the largest lists of a contract come to.
        points: usize = 100_000,
        /// Attributes of a resource, of a scope or of a data point; 64 is also the most.
        attributes: usize = Limits::ATTRIBUTES,
        /// Bytes of an attribute's key.
        key_bytes: ByteSize = ByteSize::b(128),
        /// Bytes of an attribute's value and of every other text.
        value_bytes: ByteSize = ByteSize::kib(4),
        /// Depth of an attribute's value: 1 is a plain value, 2 an array of plain values.
        depth: usize = 8,
    }
}

settings! {
    /// What senders may ask of the receiver. A sender is a network: IPv4 /24, IPv6 /48, known for a day by a hash.
    pub struct Admission {
        /// Requests a minute of one sender: 60. An instance needs one a day. More are asked to wait, with the time.
        requests_per_minute: u32 = 60,
        /// Instances a day that one sender may report for the first time: 64, so that nobody makes up a crowd.
        new_instances_per_day: u32 = 64,
        /// Networks without both limits: relays and Collectors that you run yourself, and that speak for many.
        unlimited: Vec<IpNet> = Vec::new(),
        /// Bytes that the store may take: 8 GiB. From 90 % of it on, instances that are not known yet are asked to come
        /// later; from all of it on, everybody is.
        store_bytes: ByteSize = ByteSize::gib(8),
        /// Days for which reports are taken, before today: 14, as long as exporters keep what they could not send.
        days: u32 = 14,
        /// Contracts that are taken, such as `openfn` or `openfn/2`. Unset, all that are known.
        contracts: Vec<String> = Vec::new(),
    }
}

settings! {
    /// The operator's own interface: metrics of the receiver, reports, erasure.
    pub struct Operator {
        /// Where it listens, apart from everything else and without TLS: the loopback, such as 127.0.0.1:9464. Unset, nowhere.
        listen: Option<SocketAddr> = None,
        /// A file with the token that a request must carry as `Authorization: Bearer …`: 16 bytes at least. Unset, the
        /// variable `HEADCOUNT_OPERATOR_TOKEN` has it, or else PATH.token beside the database, which is made.
        token_file: Option<PathBuf> = None,
    }
}

settings! {
    /// Passing accepted reports on to another backend that takes OTLP/HTTP, such as an OpenTelemetry Collector.
    pub struct Forward {
        /// Its URL; `/v1/metrics` is added unless it ends so. Without user name and password: see `headers_file`. Unset,
        /// nothing is forwarded.
        endpoint: Option<Endpoint> = None,
        /// A file with headers that it asks for, such as `Authorization: Bearer …`, one a line. Unset, the variable
        /// `HEADCOUNT_FORWARD_HEADERS` has them, or there are none.
        headers_file: Option<PathBuf> = None,
        /// Authorities to one of which its certificate has to lead, as PEM. Unset, those of the system.
        authorities: Option<PathBuf> = None,
        /// Bytes of reports that may wait for it: 64 MiB, which is some 30 000 small ones. Beyond that the oldest goes.
        queue_bytes: ByteSize = ByteSize::mib(64),
        /// How long a request may take, with its connection and its answer: 10 s.
        timeout: Duration = Duration::from_secs(10),
        /// How long to wait after the first failure: 1 s. Each further wait is twice as long.
        first_wait: Duration = Duration::from_secs(1),
        /// How long to wait at most, unless the backend asks for longer: 5 minutes.
        longest_wait: Duration = Duration::from_mins(5),
    }
}

settings! {
    /// What everybody may look at: the figures that contracts publish, on the addresses for senders.
    pub struct Publish {
        /// Whether there are any pages. The figures are public by their contracts, so there are.
        enabled: bool = true,
        /// An application that is served without its name in the path, too: `/stats` beside `/manyfold/stats`. Unset,
        /// none, since a receiver may be that of several.
        root: Option<String> = None,
        /// What the pages are called. Unset, by the application.
        title: Option<String> = None,
        /// A sentence or two at the top of the pages, as plain text.
        text: Option<String> = None,
        /// The colour of lines and links. Unset, one that is easy to read in the light and in the dark.
        colour: Option<Colour> = None,
        /// A file with a picture for the top of the pages: SVG, PNG, WebP or JPEG, 256 KiB at most, since every visitor
        /// loads it.
        logo: Option<PathBuf> = None,
    }
}

settings! {
    /// Pushing the published figures, and nothing else, to a backend that takes OTLP/HTTP, after each day that is frozen.
    pub struct Push {
        /// Its URL; `/v1/metrics` is added unless it ends so. Without user name and password: see `headers_file`. Unset,
        /// nothing is pushed.
        endpoint: Option<Endpoint> = None,
        /// A file with headers that it asks for, such as `Authorization: Bearer …`, one a line. Unset, the variable
        /// `HEADCOUNT_PUSH_HEADERS` has them, or there are none.
        headers_file: Option<PathBuf> = None,
        /// Authorities to one of which its certificate has to lead, as PEM. Unset, those of the system.
        authorities: Option<PathBuf> = None,
        /// Days of each application that are pushed at most, counted back from the newest that is frozen: 30, the first
        /// time and after the backend was away.
        days: u32 = 30,
        /// How long a request may take, with its connection and its answer: 10 s.
        timeout: Duration = Duration::from_secs(10),
        /// How long to wait after the first failure: 1 s. Each further wait is twice as long.
        first_wait: Duration = Duration::from_secs(1),
        /// How long to wait at most, unless the backend asks for longer: 5 minutes.
        longest_wait: Duration = Duration::from_mins(5),
    }
}

impl Requests {
    /// The limits that hold while a request is read.
    pub fn limits(&self) -> Limits {
        Limits {
            resources: self.resources,
            metrics: self.metrics,
            points: self.points,
            attributes: self.attributes,
            key_bytes: whole(self.key_bytes),
            value_bytes: whole(self.value_bytes),
            depth: self.depth,
            ..Limits::default()
        }
    }
}

/// A number of bytes that memory can be asked for.
pub(crate) fn whole(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}
