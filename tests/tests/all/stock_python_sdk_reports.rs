//! The official OpenTelemetry SDK of Python, unmodified, over gRPC and HTTP.

use headcount_tests::Peer::PythonSdk;

use crate::expected::check;

#[test]
fn openfn_over_grpc() -> anyhow::Result<()> {
    check(PythonSdk, "grpc", "none", "openfn-2", &[])
}

#[test]
fn openfn_over_grpc_with_gzip() -> anyhow::Result<()> {
    check(PythonSdk, "grpc", "gzip", "openfn-2", &[])
}

#[test]
fn openfn_over_http() -> anyhow::Result<()> {
    check(PythonSdk, "http", "none", "openfn-2", &[])
}

#[test]
fn openfn_over_http_with_gzip() -> anyhow::Result<()> {
    check(PythonSdk, "http", "gzip", "openfn-2", &[])
}

#[test]
fn manyfold_over_grpc() -> anyhow::Result<()> {
    check(PythonSdk, "grpc", "none", "manyfold-0.90", &[])
}

#[test]
fn manyfold_over_grpc_with_gzip() -> anyhow::Result<()> {
    check(PythonSdk, "grpc", "gzip", "manyfold-0.90", &[])
}

#[test]
fn manyfold_over_http() -> anyhow::Result<()> {
    check(PythonSdk, "http", "none", "manyfold-0.90", &[])
}

#[test]
fn manyfold_over_http_with_gzip() -> anyhow::Result<()> {
    check(PythonSdk, "http", "gzip", "manyfold-0.90", &[])
}
