//! `google.rpc.Status`, in which a receiver says why not, and when again.

use std::time::Duration;

use prost::Message as _;

/// `google.rpc.Status`, as far as it is read.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// The message of an encoded `google.rpc.Status`; empty where the bytes are something else.
pub(super) fn message(status: &[u8]) -> String {
    RpcStatus::decode(status).map(|status| status.message).unwrap_or_default()
}

/// The wait that an encoded `google.rpc.Status` asks for in its `RetryInfo`.
pub(super) fn retry_info(status: &[u8]) -> Option<Duration> {
    let status = RpcStatus::decode(status).ok()?;
    let detail = status.details.iter().find(|d| d.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(detail.value.as_slice()).ok()?.retry_delay.unwrap_or_default();
    let seconds = Duration::from_secs(u64::try_from(delay.seconds).unwrap_or(0));
    let nanos = Duration::from_nanos(u64::try_from(delay.nanos).unwrap_or(0));
    Some(seconds.saturating_add(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(details: Vec<Detail>) -> Vec<u8> {
        RpcStatus { message: "busy".to_owned(), details }.encode_to_vec()
    }

    fn wait(seconds: i64, nanos: i32) -> Vec<u8> {
        let info = RetryInfo { retry_delay: Some(Delay { seconds, nanos }) };
        let other = Detail { type_url: "x/google.rpc.Help".to_owned(), value: vec![0xff] };
        let type_url = "type.googleapis.com/google.rpc.RetryInfo".to_owned();
        status(vec![other, Detail { type_url, value: info.encode_to_vec() }])
    }

    #[test]
    fn retry_info_is_read() {
        assert_eq!(retry_info(&wait(7, 500_000_000)), Some(Duration::from_millis(7_500)));
        assert_eq!(retry_info(&wait(-7, -1)), Some(Duration::ZERO));
        assert_eq!(
            retry_info(&wait(i64::MAX, i32::MAX)).map(|d| d > Duration::from_hours(24)),
            Some(true)
        );
        assert_eq!(retry_info(&status(Vec::new())), None);
        assert_eq!(retry_info(b"garbage"), None);
        assert_eq!(message(&wait(1, 0)), "busy");
        assert_eq!(message(b"garbage"), "");
    }
}
