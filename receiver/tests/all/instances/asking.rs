//! Asks in three ways, which have to be answered alike.

use headcount_proto::instances::instance::Id;
use headcount_proto::instances::{
    ERASE, EraseRequest, EraseResponse, HTTP_ERASE, HTTP_SHOW, Instance, Json, SHOW, ShowRequest,
    ShowResponse,
};

use prost::Message as _;

use crate::receiver::{Answer, JSON, PROTOBUF, Running, framed};

/// A call, over gRPC and over HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub grpc: &'static str,
    pub http: &'static str,
}

pub const SHOWING: Call = Call { grpc: SHOW, http: HTTP_SHOW };
pub const ERASING: Call = Call { grpc: ERASE, http: HTTP_ERASE };

#[expect(clippy::unnecessary_wraps, reason = "as the field wants it")]
pub fn raw(contract: &str, id: &str) -> Option<Instance> {
    Some(Instance { contract: contract.to_owned(), id: Some(Id::Raw(id.to_owned())) })
}

#[expect(clippy::unnecessary_wraps, reason = "as the field wants it")]
pub fn as_it_travels(contract: &str, id: &str) -> Option<Instance> {
    Some(Instance { contract: contract.to_owned(), id: Some(Id::AsItTravels(id.to_owned())) })
}

pub async fn over_grpc(receiver: &Running, call: Call, message: &[u8]) -> Answer {
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    receiver.send_h2("POST", call.grpc, &headers, framed(0, message)).await
}

pub async fn over_http(receiver: &Running, call: Call, content: &str, body: Vec<u8>) -> Answer {
    receiver.send("POST", call.http, &[("content-type", content)], body).await
}

/// Asks over gRPC, and over HTTP in protobuf and in JSON.
pub async fn three_ways(receiver: &Running, call: Call, request: &impl Json) -> [Answer; 3] {
    let message = request.encode_to_vec();
    let json = request.to_json().unwrap().into_bytes();
    [
        over_grpc(receiver, call, &message).await,
        over_http(receiver, call, PROTOBUF, message).await,
        over_http(receiver, call, JSON, json).await,
    ]
}

/// The answer that all three ways give.
fn one<M: Json + PartialEq + std::fmt::Debug>([grpc, protobuf, json]: [Answer; 3]) -> M {
    assert_eq!(grpc.grpc_status(), 0, "{grpc:?}");
    let message = M::decode(grpc.body.slice(5..)).unwrap();
    for answer in [&protobuf, &json] {
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    assert_eq!(protobuf.header("content-type"), PROTOBUF);
    assert_eq!(M::decode(protobuf.body).unwrap(), message);
    assert_eq!(json.header("content-type"), JSON);
    assert_eq!(M::from_json(&json.body).unwrap(), message);
    message
}

pub async fn show(receiver: &Running, request: &ShowRequest) -> ShowResponse {
    one(three_ways(receiver, SHOWING, request).await)
}

/// Erases three times: the first is answered with what went, the others find nothing more.
pub async fn erase(receiver: &Running, request: &EraseRequest) -> EraseResponse {
    let [grpc, protobuf, json] = three_ways(receiver, ERASING, request).await;
    assert_eq!(grpc.grpc_status(), 0, "{grpc:?}");
    let first = EraseResponse::decode(grpc.body.slice(5..)).unwrap();
    let rest = [
        EraseResponse::decode(protobuf.body).unwrap(),
        EraseResponse::from_json(&json.body).unwrap(),
    ];
    for later in rest {
        assert_eq!(later.reports, 0);
        assert!(later.remembered_until.is_some());
    }
    first
}
