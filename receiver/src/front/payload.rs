//! What a request carries, as it came.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::refusal::Refusal;
use crate::sender::Sender;
use crate::tally::Protocol;

/// A request's body, and what its head says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// The bytes as they came, compressed or not.
    pub(crate) bytes: Bytes,
    /// How they are compressed.
    pub(crate) encoding: Encoding,
    /// What they are when they are not compressed.
    pub(crate) content: Content,
    /// Who sent it; nobody where it came out of a file.
    pub(crate) sender: Option<Sender>,
}

/// How a payload is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// OTLP as protobuf.
    Protobuf,
    /// OTLP as JSON.
    Json,
}

/// How a payload, or an answer, is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
}

impl Content {
    /// The media type, as answers carry it.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// What speaks so over HTTP.
    pub(super) fn protocol(self) -> Protocol {
        match self {
            Self::Protobuf => Protocol::HttpProtobuf,
            Self::Json => Protocol::HttpJson,
        }
    }

    /// The content by `Content-Type`, whose parameters say nothing that matters here.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let refuse = |came| {
            let expected = "application/x-protobuf or application/json";
            Err(Refusal::ContentType { expected, came })
        };
        let Some(value) = headers.get(CONTENT_TYPE) else { return refuse("none") };
        let media_type = value.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default();
        let media_type = media_type.trim_ascii();
        for content in [Self::Protobuf, Self::Json] {
            if media_type.eq_ignore_ascii_case(content.media_type().as_bytes()) {
                return Ok(content);
            }
        }
        refuse("another")
    }
}

impl Encoding {
    /// The name in `Content-Encoding` and `grpc-encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The encoding by `Content-Encoding`.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut values = headers.get_all(CONTENT_ENCODING).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self::Identity),
            (Some(value), None) => Self::named(value.as_bytes()),
            (Some(_), Some(_)) => Err(Refusal::Encoding("several")),
        }
    }

    /// The encoding of a name, in any case, as RFC 9110 section 8.4.1 has it.
    pub(crate) fn named(name: &[u8]) -> Result<Self, Refusal> {
        /// Those that a client may well try, so that the answer can name them.
        const REFUSED: [&str; 5] = ["br", "deflate", "compress", "snappy", "lz4"];
        let name = name.trim_ascii();
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if name.is_empty() || is("identity") {
            Ok(Self::Identity)
        } else if is("gzip") || is("x-gzip") {
            Ok(Self::Gzip)
        } else if is("zstd") {
            Ok(Self::Zstd)
        } else {
            let came = REFUSED.into_iter().find(|&refused| is(refused));
            Err(Refusal::Encoding(came.unwrap_or("another")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_known_in_any_case_and_others_refused_by_name() {
        for name in ["gzip", "GZip", " x-gzip "] {
            assert_eq!(Encoding::named(name.as_bytes()), Ok(Encoding::Gzip), "{name}");
        }
        assert_eq!(Encoding::named(b"br"), Err(Refusal::Encoding("br")));
        assert_eq!(Encoding::named(b"gzip, zstd"), Err(Refusal::Encoding("another")));
    }

    #[test]
    fn parameters_of_the_content_type_do_not_matter() {
        let mut headers = HeaderMap::new();
        let none = Content::of(&headers).unwrap_err().to_string();
        assert!(none.ends_with("got none"), "{none}");
        let value = "Application/JSON; charset=utf-8";
        headers.insert(CONTENT_TYPE, value.parse().unwrap());
        assert_eq!(Content::of(&headers), Ok(Content::Json));
    }
}
