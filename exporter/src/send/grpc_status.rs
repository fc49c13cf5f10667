//! How a gRPC call ended: `grpc-status`, `grpc-message` and `grpc-status-details-bin`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::HeaderMap;
use percent_encoding::percent_decode;

use super::{Outcome, status};

const STATUS: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
const DETAILS: &str = "grpc-status-details-bin";

/// Binary headers come with padding and without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The status of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GrpcStatus {
    name: &'static str,
    message: String,
    details: Vec<u8>,
}

impl GrpcStatus {
    pub(super) fn is_in(headers: &HeaderMap) -> bool {
        headers.contains_key(STATUS)
    }

    /// Reads a status. A number that gRPC does not know is UNKNOWN, as its specification says;
    /// a message or details that are none are empty.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get(STATUS)?.to_str().ok().and_then(|code| code.parse::<usize>().ok());
        let name = code.and_then(|code| NAMES.get(code)).copied().unwrap_or("UNKNOWN");
        let bytes = |name| headers.get(name).map_or(&b""[..], |value| value.as_bytes());
        let message = percent_decode(bytes(MESSAGE)).decode_utf8_lossy().into_owned();
        let details = BASE64.decode(bytes(DETAILS)).unwrap_or_default();
        Some(Self { name, message, details })
    }

    pub(super) fn is_ok(&self) -> bool {
        self.name == "OK"
    }

    /// What OTLP/gRPC says that a status which is not OK means.
    pub(super) fn outcome(&self) -> Outcome {
        let separator = if self.message.is_empty() { "" } else { ": " };
        let told = format!("the receiver answered {}{separator}{}", self.name, self.message);
        let after = status::retry_info(&self.details);
        match self.name {
            "CANCELLED" | "DEADLINE_EXCEEDED" | "ABORTED" | "OUT_OF_RANGE" | "UNAVAILABLE"
            | "DATA_LOSS" => Outcome::retry(told).after(after),
            "RESOURCE_EXHAUSTED" if after.is_some() => Outcome::retry(told).after(after),
            _ => Outcome::rejected(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn read(headers: &[(&'static str, &[u8])]) -> Option<GrpcStatus> {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value).expect("the value of a header");
            (HeaderName::from_static(name), value)
        });
        GrpcStatus::read(&headers.collect())
    }

    fn status(name: &'static str, message: &str, details: &[u8]) -> GrpcStatus {
        GrpcStatus { name, message: message.to_owned(), details: details.to_vec() }
    }

    #[test]
    fn a_status_is_read() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[(STATUS, b"0")]), Some(status("OK", "", b"")));
        assert_eq!(
            read(&[(STATUS, b"14"), (MESSAGE, b"50%25 of %C3%A9"), (DETAILS, b"aGk=")]),
            Some(status("UNAVAILABLE", "50% of é", b"hi"))
        );
        assert_eq!(
            read(&[(STATUS, b"16"), (DETAILS, b"aGk")]),
            Some(status("UNAUTHENTICATED", "", b"hi"))
        );
    }

    #[test]
    fn garbage_is_unknown_and_never_a_success() {
        for code in [&b""[..], b"17", b"-1", b"0x0", b"99999999999999999999", b"\xff"] {
            assert_eq!(read(&[(STATUS, code)]), Some(status("UNKNOWN", "", b"")), "{code:?}");
        }
        assert_eq!(
            read(&[(STATUS, b"14"), (MESSAGE, b"%F"), (DETAILS, b"?not base64?")]),
            Some(status("UNAVAILABLE", "%F", b""))
        );
        assert_eq!(
            read(&[(STATUS, b"14"), (MESSAGE, b"%FF")]),
            Some(status("UNAVAILABLE", "\u{fffd}", b""))
        );
    }
}
