//! Why a request was not read.

use std::fmt;

use crate::Place;
use crate::limits::Passed;
use crate::schema::{Field, Message};
use crate::wire::WireType;

/// Why a request was not read: what was expected, what came, and where. Never what a client wrote.
///
/// ```
/// use headcount_proto::{Limits, from_json};
///
/// let error = from_json(br#"{"resourceMetrics": "secret"}"#, &Limits::default()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected an array, got a string, at resourceMetrics (line 1, column 28)"
/// );
/// assert!(!error.is_limit());
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{cause}, at {position}")]
pub struct ReadError {
    cause: Cause,
    position: Position,
}

impl ReadError {
    /// Whether one of the [`Limits`](crate::Limits) was passed: gRPC `RESOURCE_EXHAUSTED`, HTTP
    /// 413. Otherwise the request is malformed: gRPC `INVALID_ARGUMENT`, HTTP 400.
    pub fn is_limit(&self) -> bool {
        matches!(self.cause, Cause::Problem(Problem::Limit(_)))
    }

    pub(crate) fn in_json(problem: Problem, path: String, line: usize, column: usize) -> Self {
        let position = Position::Json { path, line, column };
        Self { cause: Cause::Problem(problem), position }
    }

    pub(crate) fn not_json(reason: String, path: String, line: usize, column: usize) -> Self {
        let position = Position::Json { path, line, column };
        Self { cause: Cause::NotJson(reason), position }
    }
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum Cause {
    #[error("{0}")]
    Problem(Problem),
    /// What the JSON parser says; it quotes nothing of its input.
    #[error("malformed JSON: {0}")]
    NotJson(String),
}

/// What was expected and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Problem {
    /// More than a limit lets in.
    Limit(Passed),
    /// A known field that is written as another type.
    WireType { message: &'static str, field: &'static str, expected: WireType, came: WireType },
    /// A text that is not UTF-8.
    Text { message: &'static str, field: &'static str },
    /// A key in JSON that this message does not have.
    Key(&'static str),
    /// Something else, in protobuf or in JSON.
    Malformed { expected: &'static str, came: &'static str },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(Passed { bound, most }) => {
                write!(f, "expected at most {most} {}, got more", bound.noun())
            }
            Self::WireType { message, field, expected, came } => {
                let (expected, came) = (expected.noun(), came.noun());
                write!(f, "expected {expected} for {message}.{field}, got {came}")
            }
            Self::Text { message, field } => {
                write!(f, "expected UTF-8 for {message}.{field}, got other bytes")
            }
            Self::Key(message) => write!(f, "expected a field of {message}, got another key"),
            Self::Malformed { expected, came } => write!(f, "expected {expected}, got {came}"),
        }
    }
}

/// Where a problem stands.
#[derive(Clone, Debug, PartialEq)]
enum Position {
    Bytes { place: Place, offset: usize },
    Json { path: String, line: usize, column: usize },
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { place, offset } => write!(f, "{place} (byte {offset})"),
            Self::Json { path, line, column } => {
                write!(f, "{path} (line {line}, column {column})")
            }
        }
    }
}

/// A problem at an address within the bytes that are read, before its place is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) problem: Problem,
    pub(crate) address: usize,
}

impl Fault {
    pub(crate) fn limit(passed: Passed, address: usize) -> Self {
        Self { problem: Problem::Limit(passed), address }
    }

    /// A known field is written as another type, by its key.
    #[cold]
    pub(crate) fn wire_type(message: &Message, field: &Field, key: u32, address: usize) -> Self {
        let (message, expected) = (message.name, field.kind.wire_type());
        let problem = match WireType::of(key) {
            Some(came) => Problem::WireType { message, field: field.name, expected, came },
            None => Problem::Malformed { expected: "a wire type from 0 to 5", came: "another" },
        };
        Self { problem, address }
    }

    /// The error, now that the bytes' beginning and the place are at hand.
    pub(crate) fn locate(self, bytes: &[u8], place: Place) -> ReadError {
        let offset = self.address.saturating_sub(bytes.as_ptr().addr());
        let position = Position::Bytes { place, offset };
        ReadError { cause: Cause::Problem(self.problem), position }
    }
}
