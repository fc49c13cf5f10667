//! Reading a body: no more than is allowed, no longer, and only while there is room for it.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::payload::Encoding;
use super::room::Room;
use crate::refusal::Refusal;
use crate::settings::{Requests, whole};

/// What the body of a request may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<'r> {
    /// Bytes, where it is compressed.
    pub(super) compressed: usize,
    /// Bytes, where it is not.
    pub(super) plain: usize,
    /// How long it may take.
    pub(super) within: Duration,
    /// What there is for all bodies.
    pub(super) room: &'r Room,
}

impl<'r> Bounds<'r> {
    /// Those of a request of OTLP.
    pub(super) fn new(settings: &Requests, room: &'r Room) -> Self {
        Self {
            compressed: whole(settings.compressed_bytes),
            plain: whole(settings.decompressed_bytes),
            within: settings.body_timeout,
            room,
        }
    }

    /// The most bytes that may come.
    pub(super) fn most(&self, encoding: Encoding) -> usize {
        match encoding {
            Encoding::Identity => self.plain,
            Encoding::Gzip | Encoding::Zstd => self.compressed,
        }
    }
}

/// Reads the body to its end. `most` sees what has come so far, whenever more has, and says how many bytes the whole
/// will be at most, or why it is refused.
pub(super) async fn read(
    body: Body,
    bounds: &Bounds<'_>,
    most: impl Fn(&[u8]) -> Result<usize, Refusal>,
) -> Result<Bytes, Refusal> {
    let reading = tokio::time::timeout(bounds.within, collect(body, bounds.room, most));
    reading.await.unwrap_or(Err(Refusal::Slow(bounds.within)))
}

/// What lets in so many bytes, where so many were announced.
pub(super) fn at_most(
    most: usize,
    announced: Option<usize>,
) -> impl Fn(&[u8]) -> Result<usize, Refusal> {
    move |came| if came.len() > most { Err(too_large(most)) } else { Ok(announced.unwrap_or(most)) }
}

pub(super) fn too_large(most: usize) -> Refusal {
    Refusal::TooLarge(format!("expected a body of at most {most} bytes, got more"))
}

async fn collect(
    mut body: Body,
    room: &Room,
    most: impl Fn(&[u8]) -> Result<usize, Refusal>,
) -> Result<Bytes, Refusal> {
    let mut came = room.body();
    while let Some(frame) = body.frame().await {
        let broken = |_| Refusal::Malformed("expected a whole body, got a part of it".to_owned());
        let frame = frame.map_err(broken)?;
        let Some(bytes) = frame.data_ref() else { continue };
        if !came.has_room(bytes.len()) {
            came.make_room(most(came.bytes())?).await;
        }
        came.put(bytes);
        most(came.bytes())?;
    }
    Ok(came.whole())
}
