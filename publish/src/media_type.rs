//! The media types of what is served.

/// RFC 8259.
pub(crate) const JSON: &str = "application/json";
