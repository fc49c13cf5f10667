//! The official OpenTelemetry SDK of Node, unmodified, over HTTP with JSON and protobuf, and gRPC.
//!
//! Its gauges are doubles unless an application asks for integers, so a count may come as either.

use headcount_tests::Peer::NodeSdk;

use crate::expected::check;

#[test]
fn openfn_in_json() -> anyhow::Result<()> {
    check(NodeSdk, "json", "none", "openfn-2", &[])
}

#[test]
fn openfn_in_json_with_gzip() -> anyhow::Result<()> {
    check(NodeSdk, "json", "gzip", "openfn-2", &[])
}

#[test]
fn openfn_in_json_with_integers() -> anyhow::Result<()> {
    check(NodeSdk, "json", "none", "openfn-2", &["--integers"])
}

#[test]
fn openfn_in_protobuf() -> anyhow::Result<()> {
    check(NodeSdk, "protobuf", "none", "openfn-2", &[])
}

#[test]
fn openfn_in_protobuf_with_gzip() -> anyhow::Result<()> {
    check(NodeSdk, "protobuf", "gzip", "openfn-2", &[])
}

#[test]
fn openfn_in_protobuf_with_integers() -> anyhow::Result<()> {
    check(NodeSdk, "protobuf", "none", "openfn-2", &["--integers"])
}

#[test]
fn openfn_over_grpc() -> anyhow::Result<()> {
    check(NodeSdk, "grpc", "none", "openfn-2", &[])
}

#[test]
fn openfn_over_grpc_with_gzip() -> anyhow::Result<()> {
    check(NodeSdk, "grpc", "gzip", "openfn-2", &[])
}

#[test]
fn manyfold_in_json() -> anyhow::Result<()> {
    check(NodeSdk, "json", "none", "manyfold-0.90", &[])
}

#[test]
fn manyfold_in_protobuf() -> anyhow::Result<()> {
    check(NodeSdk, "protobuf", "none", "manyfold-0.90", &[])
}

#[test]
fn manyfold_over_grpc() -> anyhow::Result<()> {
    check(NodeSdk, "grpc", "none", "manyfold-0.90", &[])
}
