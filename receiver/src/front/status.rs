//! `google.rpc.Status`: a refusal as all front ends tell it, with the time after which a client may come back.

use headcount_proto::otlp::{Delay, Detail, RetryInfo, Status};
use prost::Message as _;
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// The refusal as a message.
pub(super) fn of(refusal: &Refusal) -> Status {
    let details = seconds(refusal).map(|seconds| {
        let retry_delay = Some(Delay { seconds, nanos: 0 });
        let value = RetryInfo { retry_delay }.encode_to_vec();
        Detail { type_url: RetryInfo::TYPE_URL.to_owned(), value }
    });
    Status {
        code: refusal.code().into(),
        message: refusal.to_string(),
        details: details.into_iter().collect(),
    }
}

/// The same for `grpc-status-details-bin`: empty where code and message, which have headers of their own, are all.
pub(super) fn encoded(refusal: &Refusal) -> Vec<u8> {
    let status = of(refusal);
    if status.details.is_empty() { Vec::new() } else { status.encode_to_vec() }
}

/// The same in proto3 JSON.
pub(super) fn json(refusal: &Refusal) -> Value {
    let code = i32::from(refusal.code());
    let mut status = json!({"code": code, "message": refusal.to_string()});
    if let Some(seconds) = seconds(refusal) {
        let delay = format!("{seconds}s");
        status["details"] = json!([{"@type": RetryInfo::TYPE_URL, "retryDelay": delay}]);
    }
    status
}

fn seconds(refusal: &Refusal) -> Option<i64> {
    let wait = refusal.retry_after()?;
    Some(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_may_be_repeated_says_when_in_both_forms() {
        let busy = Refusal::Busy(Duration::from_secs(7));
        let status = of(&busy);
        let [detail] = &status.details[..] else { panic!("one detail: {status:?}") };
        assert_eq!(detail.type_url, "type.googleapis.com/google.rpc.RetryInfo");
        let retry = RetryInfo::decode(&*detail.value).unwrap();
        assert_eq!(retry.retry_delay, Some(Delay { seconds: 7, nanos: 0 }));
        assert_eq!(Status::decode(&*encoded(&busy)).unwrap(), status);
        assert_eq!(json(&busy)["details"][0]["retryDelay"], "7s");
    }

    #[test]
    fn what_must_not_be_repeated_has_no_details() {
        let large = Refusal::TooLarge("expected less".to_owned());
        assert_eq!(of(&large).details, []);
        assert_eq!(encoded(&large), b"");
        assert_eq!(json(&large), json!({"code": 8, "message": "expected less"}));
    }
}
