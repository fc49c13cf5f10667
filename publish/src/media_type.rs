//! The media types of what is served.

/// RFC 8259.
pub(crate) const JSON: &str = "application/json";
/// Pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// Their style sheet.
pub(crate) const CSS: &str = "text/css; charset=utf-8";
/// Pictures.
pub(crate) const SVG: &str = "image/svg+xml";
