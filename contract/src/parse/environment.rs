//! Reads the name of an environment variable.

use super::fields::text;
use crate::mistake::Findings;
use crate::yaml::Node;

/// Variables that decline in every application, whatever a contract says.
const RESERVED: [&str; 2] = ["DO_NOT_TRACK", "CI"];
/// Those of the OpenTelemetry SDKs, which steer the application's own telemetry.
const OPENTELEMETRY: &str = "OTEL_";

/// A variable of the application's own.
pub(super) fn variable(node: &Node, findings: &mut Findings) -> Option<String> {
    let name = text(node, "environment", findings)?;
    let word = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if !name.bytes().all(word) || name.starts_with(|first: char| first.is_ascii_digit()) {
        findings.mistake(
            node.at,
            format!("expected `environment` to be like `USAGE_TRACKING_ENABLED`, got `{name}`"),
        );
    } else if RESERVED.contains(&name.as_str()) || name.starts_with(OPENTELEMETRY) {
        findings.mistake(
            node.at,
            format!(
                "expected `environment` to be a variable of the application's own, got `{name}`, \
                 which means something else already"
            ),
        );
    }
    Some(name)
}
