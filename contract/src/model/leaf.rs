//! A single value of the report: where it comes from and what it may be.

use regex_lite::Regex;

use super::Level;
use crate::document::Document;
use crate::mistake::Position;

/// A leaf of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Where the value comes from.
    pub source: Source,
    /// The value's type.
    pub kind: Type,
    /// What the value tells, for people; present on whatever comes from the application.
    pub brief: Option<String>,
    /// More about it, for the documentation.
    pub note: Option<String>,
    /// The unit, in UCUM.
    pub unit: Option<String>,
    /// What becomes of a missing value.
    pub missing: Missing,
    /// The level of consent from which the value is told.
    pub level: Level,
    /// The version of the application that first told it.
    pub since: Option<String>,
    /// How likely it is to change.
    pub stability: Option<Stability>,
    /// Why it should no longer be used.
    pub deprecated: Option<String>,
    /// Values as the report shows them, for its documentation and its example.
    pub examples: Vec<String>,
    /// How an identifier is hashed; `None` where it travels in clear, or is no identifier.
    pub hash: Option<Hash>,
    pub(crate) rules: Rules,
    pub(crate) at: Position,
}

/// Where a leaf's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A data point of the gauge of this name.
    Gauge(String),
    /// An attribute: of the resource, or of the data point inside a list.
    Attribute(String),
    /// An identifying attribute.
    Id(String),
    /// A constant.
    Const(Document),
    /// A fact about the report itself.
    Report(Fact),
    /// The value of the point that makes the element.
    Value,
}

/// A fact about the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The UTC day that the report is for, `YYYY-MM-DD`.
    Date,
    /// The newest time in the report.
    GeneratedAt(TimeFormat),
    /// The start of the period that the report covers.
    PeriodStart(TimeFormat),
    /// The end of that period.
    PeriodEnd(TimeFormat),
    /// Why the report was made.
    Reason,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// RFC 3339 in UTC with whole seconds.
    Rfc3339,
    /// RFC 3339 in UTC with six fractional digits.
    Rfc3339Micros,
    /// Seconds since the Unix epoch.
    EpochSeconds,
}

/// The type of a leaf's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A string.
    Text,
    /// A UUID in its lower-case hyphenated form (RFC 9562).
    Uuid,
    /// A whole number.
    Integer,
    /// A number.
    Double,
    /// `true` or `false`; a gauge tells it as 1 or 0.
    Boolean,
}

/// What becomes of a missing value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The report is incomplete without it.
    Required,
    /// The key is left out.
    Omit,
    /// The key holds `null`.
    Null,
    /// The key holds the type's zero: `0`, `false` or `""`.
    Zero,
}

/// How likely something is to change: the stability levels of OpenTelemetry's semantic conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// It will change.
    Development,
    /// It may change.
    Alpha,
    /// It changes rarely.
    Beta,
    /// It is about to be stable.
    ReleaseCandidate,
    /// It does not change.
    Stable,
}

impl Stability {
    /// Every level, as a contract writes it.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("development", Self::Development),
        ("alpha", Self::Alpha),
        ("beta", Self::Beta),
        ("release_candidate", Self::ReleaseCandidate),
        ("stable", Self::Stable),
    ];
}

/// How an identifier is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash {
    /// The function.
    pub algorithm: HashAlgorithm,
    /// How the 32 bytes are written.
    pub encoding: Encoding,
}

/// The function that hides an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// SHA-256 (FIPS 180-4) of the text; for random UUIDs alone.
    Sha256,
    /// HMAC-SHA-256 (RFC 2104) of the text, under a secret that never leaves.
    HmacSha256,
}

/// How a hash is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits in lower case.
    HexLower,
    /// Hexadecimal digits in upper case.
    HexUpper,
    /// Base64 with padding (RFC 4648, section 4).
    Base64,
}

/// What a value may be, and how it is written in the report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// Wire value and report value.
    pub(crate) map: Vec<(String, String)>,
    /// Stands for every value that the other rules refuse.
    pub(crate) other: Option<String>,
    pub(crate) allowed: Vec<String>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) max_length: Option<usize>,
    pub(crate) cut_at: Option<String>,
    pub(crate) escape_html: bool,
    /// Lower bounds, ascending; a value is rounded down to the nearest.
    pub(crate) buckets: Vec<f64>,
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        let pattern = |rules: &Self| rules.pattern.as_ref().map(|p| p.as_str().to_owned());
        self.map == other.map
            && self.other == other.other
            && self.allowed == other.allowed
            && pattern(self) == pattern(other)
            && (self.min, self.max, self.max_length) == (other.min, other.max, other.max_length)
            && self.cut_at == other.cut_at
            && self.escape_html == other.escape_html
            && self.buckets == other.buckets
    }
}

impl Leaf {
    /// The name under which the value travels: that of the gauge or the attribute.
    pub fn wire_name(&self) -> Option<&str> {
        match &self.source {
            Source::Gauge(name) | Source::Attribute(name) | Source::Id(name) => Some(name),
            _ => None,
        }
    }

    /// Whether the report may do without it: it is optional, or an operator may not have agreed to it.
    pub fn may_be_absent(&self) -> bool {
        self.missing != Missing::Required || self.level > Level::Basic
    }

    /// Whether the contract says which texts there can be: it lists them, or has a pattern for them.
    pub fn is_vetted(&self) -> bool {
        self.is_closed() || self.rules.pattern.is_some()
    }
}
