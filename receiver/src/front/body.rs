//! Reading a body: no more than is allowed, and no longer.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use super::payload::Encoding;
use crate::refusal::Refusal;
use crate::settings::{Requests, whole};

/// What the body of a request may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes, where it is compressed.
    pub(super) compressed: usize,
    /// Bytes, where it is not.
    pub(super) plain: usize,
    /// How long it may take.
    pub(super) within: Duration,
}

impl From<&Requests> for Bounds {
    fn from(settings: &Requests) -> Self {
        Self {
            compressed: whole(settings.compressed_bytes),
            plain: whole(settings.decompressed_bytes),
            within: settings.body_timeout,
        }
    }
}

impl Bounds {
    /// The most bytes that may come.
    pub(super) fn most(&self, encoding: Encoding) -> usize {
        match encoding {
            Encoding::Identity => self.plain,
            Encoding::Gzip | Encoding::Zstd => self.compressed,
        }
    }
}

/// Room that is made before anything has come.
const FIRST_ROOM: u64 = 8 * 1024;

/// Reads the body to its end. `check` sees what has come so far, whenever more has.
pub(super) async fn read(
    body: Body,
    within: Duration,
    check: impl Fn(&[u8]) -> Result<(), Refusal>,
) -> Result<Bytes, Refusal> {
    let reading = tokio::time::timeout(within, collect(body, check));
    reading.await.unwrap_or(Err(Refusal::Slow(within)))
}

/// A check that lets in so many bytes.
pub(super) fn at_most(most: usize) -> impl Fn(&[u8]) -> Result<(), Refusal> {
    move |came| if came.len() > most { Err(too_large(most)) } else { Ok(()) }
}

pub(super) fn too_large(most: usize) -> Refusal {
    Refusal::TooLarge(format!("expected a body of at most {most} bytes, got more"))
}

async fn collect(
    mut body: Body,
    check: impl Fn(&[u8]) -> Result<(), Refusal>,
) -> Result<Bytes, Refusal> {
    let announced = body.size_hint().lower().min(FIRST_ROOM);
    let mut came = BytesMut::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(frame) = body.frame().await {
        let broken = |_| Refusal::Malformed("expected a whole body, got a part of it".to_owned());
        if let Some(bytes) = frame.map_err(broken)?.data_ref() {
            came.extend_from_slice(bytes);
            check(&came)?;
        }
    }
    Ok(came.freeze())
}
