//! Hostile inputs as files: what is sent, and what must become of it. `tests/vectors/README.md` describes
//! them.

mod attack;
mod expect;
mod http1;
mod http2;
mod input;
#[path = "../../proto/tests/differential/json_text.rs"]
#[allow(dead_code, reason = "the comparison with prost needs more of it")]
mod json_text;
mod leak;
mod notation;
mod report;
mod watched;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::client::Way;
use attack::Attack;
use expect::Expected;
use input::{Input, Post, Requested};

pub use watched::Watched;

/// A hostile input, and what must become of it.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The area and the file's name: `http1/two_lengths`.
    pub name: String,
    file: File,
}

/// What stands in a file.
#[derive(Clone, Debug, Deserialize)]
struct File {
    /// Why the vector is there.
    why: String,
    #[serde(flatten)]
    input: Input,
    expect: Expected,
    /// Where JSON fares otherwise.
    expect_json: Option<Expected>,
}

/// What was sent for a vector, what was answered, and what the answers say about points.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    /// Bytes as they were sent, and also as they were before they were compressed.
    sent: Vec<Vec<u8>>,
    said: Vec<u8>,
    /// Requests that were answered with success.
    answered: usize,
    /// The labels of those that were refused.
    refused: Vec<String>,
    /// Requests that were given up.
    abandoned: usize,
    /// Data points that were sent in requests that were answered, by the vector's own count.
    points: u64,
    /// Data points that the answers call rejected.
    rejected: u64,
}

impl Ran {
    fn add(&mut self, other: Self) {
        self.sent.extend(other.sent);
        self.said.extend(other.said);
        self.answered += other.answered;
        self.refused.extend(other.refused);
        self.abandoned += other.abandoned;
        self.points += other.points;
        self.rejected += other.rejected;
    }
}

impl Vector {
    /// Every vector of `tests/vectors/`, by name.
    ///
    /// Errors: files that are no vectors, by name.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let root = folder();
        let mut vectors = Vec::new();
        for area in fs::read_dir(&root)? {
            let area = area?.path();
            if !area.is_dir() {
                continue;
            }
            for file in fs::read_dir(&area)? {
                let path = file?.path();
                vectors.push(Self::read(&root, &path)?);
            }
        }
        vectors.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(vectors)
    }

    fn read(root: &Path, path: &Path) -> anyhow::Result<Self> {
        let shown = path.strip_prefix(root)?.display().to_string();
        let read = || -> anyhow::Result<Self> {
            let name = shown.strip_suffix(".toml").context("expected a name that ends in .toml")?;
            let file: File = toml::from_str(&fs::read_to_string(path)?)?;
            ensure!(!file.why.trim().is_empty(), "expected a reason in `why`");
            Ok(Self { name: name.to_owned(), file })
        };
        read().with_context(|| format!("in tests/vectors/{shown}"))
    }

    /// Whether it waits for a time-out of the receiver, and so is best sent beside others.
    pub fn is_slow(&self) -> bool {
        self.file.input.slow
    }

    /// Bytes by which the receiver's memory may grow.
    pub(crate) fn grows(&self) -> u64 {
        self.file.expect.grows * 1024 * 1024
    }

    /// The bodies of requests that it holds, as they are before they are compressed: for whoever reads
    /// them without a receiver.
    pub fn bodies(&self) -> anyhow::Result<Vec<(Way, Vec<u8>)>> {
        self.file.input.bodies().with_context(|| self.name.clone())
    }

    /// What is sent for it, one after the other.
    pub(crate) fn exchanges(&self) -> anyhow::Result<Vec<Exchange<'_>>> {
        let input = &self.file.input;
        let mut exchanges: Vec<_> = input.posts()?.into_iter().map(Exchange::Post).collect();
        exchanges.extend(input.request.as_ref().map(Exchange::Request));
        if let Some(text) = &input.http1 {
            exchanges.push(Exchange::Http1(input::bytes(text)?));
        }
        if let Some(text) = &input.http2 {
            exchanges.push(Exchange::Http2(input::bytes(text)?));
        }
        exchanges.extend(input.attack.as_ref().map(Exchange::Attack));
        ensure!(!exchanges.is_empty(), "expected something to send");
        Ok(exchanges)
    }

    /// Sends that, and checks what comes back.
    pub(crate) fn run(
        &self,
        exchange: Exchange<'_>,
        to: SocketAddr,
        ran: &mut Ran,
    ) -> anyhow::Result<()> {
        let File { input, expect, expect_json, .. } = &self.file;
        match exchange {
            Exchange::Post(post) => {
                let otherwise = expect_json.as_ref().filter(|_| post.way == Way::Json);
                post.send(to, otherwise.unwrap_or(expect), ran)
            }
            Exchange::Request(request) => request.send(to, expect, ran),
            Exchange::Http1(bytes) => http1::exchange(to, bytes, input.half_close, expect, ran),
            Exchange::Http2(bytes) => http2::exchange(to, bytes, expect, ran),
            Exchange::Attack(attack) => attack.run(to, expect, ran),
        }
    }
}

/// One thing that is sent, on a connection of its own.
pub(crate) enum Exchange<'v> {
    /// A body, in one of the ways in.
    Post(Post),
    /// A request over HTTP/2.
    Request(&'v Requested),
    /// Bytes that are HTTP/1.1, more or less.
    Http1(Vec<u8>),
    /// Bytes that are HTTP/2 frames, more or less.
    Http2(Vec<u8>),
    /// What a library does.
    Attack(&'v Attack),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}
