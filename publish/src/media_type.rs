//! The media types of what is served.

/// RFC 8259.
pub(crate) const JSON: &str = "application/json";
/// Pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// Their style sheet.
pub(crate) const CSS: &str = "text/css; charset=utf-8";
/// A JSON document a line.
pub(crate) const JSON_LINES: &str = "application/x-ndjson";
/// RFC 4180, whose first line names the columns.
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";
/// RFC 9512.
pub(crate) const YAML: &str = "application/yaml";
/// RFC 7763.
pub(crate) const MARKDOWN: &str = "text/markdown; charset=utf-8";
/// JSON Schema.
pub(crate) const SCHEMA: &str = "application/schema+json";
/// Plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// A picture.
pub(crate) const SVG: &str = "image/svg+xml";
