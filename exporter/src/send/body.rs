//! The body of an answer, read in one piece.

use bytes::{Bytes, BytesMut};
use http::header::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::{ANSWER_LIMIT, Failure};

/// Reads the body and the trailers. Copied as it comes: a body in pieces of one byte each, kept as
/// pieces, would take fifty times its length.
pub(super) async fn read(mut body: Incoming) -> Result<(Bytes, HeaderMap), Failure> {
    let (mut bytes, mut trailers) = (BytesMut::new(), HeaderMap::new());
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) if bytes.len() + data.len() > ANSWER_LIMIT => {
                return Err("its body is longer than 64 KiB".into());
            }
            Ok(data) => bytes.extend_from_slice(&data),
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    Ok((bytes.freeze(), trailers))
}
