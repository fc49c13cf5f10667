//! What can be wrong with the files of TLS.

use std::path::PathBuf;

use jiff::Timestamp;

/// Why TLS cannot be served. The text names the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("expected both tls.certificate and tls.key, got only {0}")]
    Half(&'static str),
    #[error("expected to read {path}, got: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("expected {expected} in {path}, got {came}")]
    Content { expected: &'static str, path: PathBuf, came: String },
    #[error("expected {key} to be the key of the certificate in {certificate}, got another key")]
    Mismatch { key: PathBuf, certificate: PathBuf },
    #[error("expected a certificate that holds now in {path}, got one that {}", held(*.since, *.until, *.now))]
    Expired { path: PathBuf, since: Timestamp, until: Timestamp, now: Timestamp },
}

fn held(since: Timestamp, until: Timestamp, now: Timestamp) -> String {
    if now < since { format!("holds from {since} on") } else { format!("expired at {until}") }
}
