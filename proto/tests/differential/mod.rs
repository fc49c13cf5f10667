//! The comparison with prost, for the tests and for the fuzz targets in `fuzz/`.
//!
//! prost decodes the whole request into structs; the walk yields the same in events. Both must
//! accept the same bytes and say the same about them.

#![allow(dead_code, reason = "no single user needs all of it")]

pub(crate) mod event;
pub(crate) mod json_text;
pub(crate) mod maker;

use headcount_proto::otlp::ExportMetricsServiceRequest;
use headcount_proto::{Limits, from_json, read, to_json};
use prost::Message;

use self::event::Record;

/// No limit but the one that is built in, on attributes.
pub(crate) const GENEROUS: Limits = Limits {
    resources: usize::MAX,
    scopes: usize::MAX,
    metrics: usize::MAX,
    points: usize::MAX,
    attributes: usize::MAX,
    key_bytes: usize::MAX,
    value_bytes: usize::MAX,
    depth: usize::MAX,
    exemplars: usize::MAX,
    buckets: usize::MAX,
    quantiles: usize::MAX,
    entities: usize::MAX,
    unknown_bytes: usize::MAX,
};

/// Panics unless the walk and prost agree about these bytes. Says whether both accept them.
pub(crate) fn read_agrees(bytes: &[u8]) -> bool {
    let decoded = ExportMetricsServiceRequest::decode(bytes);
    let mut record = Record::default();
    match (decoded, read(bytes, &GENEROUS, &mut record)) {
        (Ok(request), Ok(())) => {
            assert_eq!(record.events, event::of(&request));
            true
        }
        (_, Err(error)) if error.is_limit() => false,
        (Err(_), Err(_)) => false,
        (Ok(_), Err(error)) => panic!("prost accepts what the walk refuses: {error}"),
        (Err(error), Ok(())) => panic!("the walk accepts what prost refuses: {error}"),
    }
}

/// Panics unless a request that is written as OTLP/JSON and read again says the same, byte by byte
/// where an encoder made it. Says whether it is written.
pub(crate) fn json_returns(bytes: &[u8]) -> bool {
    let Ok(request) = ExportMetricsServiceRequest::decode(bytes) else {
        assert!(to_json(bytes).is_err(), "what prost refuses is not written");
        return false;
    };
    let expected = json_text::of(&request);
    if json_text::has_no_json(&expected) {
        return false;
    }
    let again = |text: &str| {
        let bytes = from_json(text.as_bytes(), &GENEROUS).expect("what is written is read");
        let request = ExportMetricsServiceRequest::decode(&*bytes).expect("prost reads it");
        assert_eq!(json_text::of(&request), expected);
        bytes
    };
    let encoded = request.encode_to_vec();
    let text = to_json(&encoded).expect("what an encoder wrote is written");
    let returned = again(&text);
    assert!(returned == encoded || text.contains("\"NaN\""), "{text}");
    match to_json(bytes) {
        Ok(text) => drop(again(&text)),
        Err(error) => assert!(error.to_string().contains("for the second time"), "{error}"),
    }
    true
}

/// Panics unless what is taken for OTLP/JSON is then read, also by prost, without growing much.
/// Says whether it is taken.
pub(crate) fn json_is_read(text: &[u8]) -> bool {
    for limits in [GENEROUS, Limits::default()] {
        let Ok(bytes) = from_json(text, &limits) else {
            continue;
        };
        read(&bytes, &limits, &mut Record::default()).expect("what the transcoder writes is read");
        ExportMetricsServiceRequest::decode(&*bytes).expect("prost reads it");
        assert!(bytes.len() <= 4 * text.len(), "{} bytes from {}", bytes.len(), text.len());
    }
    from_json(text, &GENEROUS).is_ok()
}

/// Panics unless a request that prost decodes comes back the same from its OTLP/JSON text. Says
/// whether there was such a request.
pub(crate) fn json_agrees(bytes: &[u8]) -> bool {
    let Ok(request) = ExportMetricsServiceRequest::decode(bytes) else {
        return false;
    };
    let value = json_text::of(&request);
    match from_json(value.to_string().as_bytes(), &GENEROUS) {
        Ok(bytes) => {
            let again = ExportMetricsServiceRequest::decode(&*bytes).expect("prost reads it");
            assert_eq!(json_text::of(&again), value);
            read_agrees(&bytes)
        }
        Err(error) if error.is_limit() => false,
        Err(error) => {
            assert!(json_text::has_no_json(&value), "{error} in {value}");
            false
        }
    }
}
