//! OTLP/JSON, transcoded to protobuf bytes in one pass.
//!
//! The rules are those of the proto3 JSON mapping with OTLP's deviations: ids in hexadecimal,
//! enums as numbers only, unknown keys ignored. What is read as JSON is written as protobuf at
//! once, so nothing is built in between, and [`read`](crate::read) then sees the same bytes from
//! every front end. The limits are counted here too, so that an error names a line. `write` goes the
//! other way.

/// Visitor methods that refuse every scalar where an array or an object is expected. The parser's
/// own errors would quote the value.
macro_rules! refuse_scalars {
    ($expected:literal) => {
        fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
            Err(self.state.malformed($expected, "a boolean"))
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
            Err(self.state.malformed($expected, "a number"))
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
            Err(self.state.malformed($expected, "a number"))
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
            Err(self.state.malformed($expected, "a number"))
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<bool, E> {
            Err(self.state.malformed($expected, "a string"))
        }
    };
}

mod list;
mod message;
mod number;
mod scalar;
mod timestamp;
mod unknown;
mod write;

use std::fmt::Write;

use serde::de::{DeserializeSeed, Error};
use serde_json::error::Category;

pub use self::write::to_json;
pub(crate) use self::write::write;

use self::message::MessageSeed;
use crate::encode::Encoder;
use crate::error::{Problem, ReadError};
use crate::limits::{Limits, Passed, Usage};
use crate::schema::{self, Message};

/// Transcodes an OTLP `ExportMetricsServiceRequest` from OTLP/JSON to protobuf bytes.
///
/// Strict where a lenient reader would lose values without a word: numbers must fit and be exact,
/// enums be integers, keys be given once, one member of a oneof be set. `null` means absent; keys
/// that OTLP does not have are ignored. The output is at most a few times as long as the input,
/// and [`read`](crate::read) accepts it under the same limits.
///
/// ```
/// use headcount_proto::{Limits, from_json};
///
/// let json = br#"{"resourceMetrics": [{"schemaUrl": "u"}]}"#;
/// let bytes = from_json(json, &Limits::default())?;
/// assert_eq!(bytes, b"\x0a\x03\x1a\x01u");
/// # Ok::<(), headcount_proto::ReadError>(())
/// ```
///
/// # Errors
///
/// Where the text is not JSON in UTF-8, not such a message, or holds more than `limits` lets in.
pub fn from_json(json: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    transcode(json, State::new(limits), &schema::REQUEST)
}

/// Transcodes any message in which a key that it does not have is an error.
pub(crate) fn transcode_closed(
    json: &[u8],
    limits: &Limits,
    root: &'static Message,
) -> Result<Vec<u8>, ReadError> {
    transcode(json, State { closed: true, ..State::new(limits) }, root)
}

fn transcode<'j>(
    json: &'j [u8],
    mut state: State<'_, 'j>,
    root: &'static Message,
) -> Result<Vec<u8>, ReadError> {
    let text = match str::from_utf8(json) {
        Ok(text) => text,
        Err(error) => {
            let (line, column) = line_and_column(&json[..error.valid_up_to()]);
            let problem = Problem::Malformed { expected: "UTF-8", came: "other bytes" };
            return Err(ReadError::in_json(problem, "request".to_owned(), line, column));
        }
    };
    state.text = text;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    MessageSeed::root(&mut state, root)
        .deserialize(&mut deserializer)
        .and_then(|_| deserializer.end())
        .map_err(|error| state.error(&error))?;
    Ok(state.output.into_bytes())
}

/// The state of a transcoding.
struct State<'l, 'j> {
    text: &'j str,
    output: Encoder,
    usage: Usage<'l>,
    /// Where the parser stands. Not unwound after a failure.
    path: Vec<Step>,
    /// How many `AnyValue` stand in one another here.
    depth: usize,
    /// Whether a key that a message does not have is an error.
    closed: bool,
    failure: Option<Failure>,
}

#[derive(Clone, Copy)]
enum Step {
    Field(&'static str),
    Index(u32),
}

/// What is wrong, and at which byte, where that is known better than by the parser.
struct Failure {
    problem: Problem,
    offset: Option<usize>,
}

impl<'l, 'j> State<'l, 'j> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            text: "",
            output: Encoder::default(),
            usage: Usage::new(limits),
            path: Vec::new(),
            depth: 0,
            closed: false,
            failure: None,
        }
    }

    /// Notes a problem where the parser stands, and makes the error that ends the parsing.
    fn fail<E: Error>(&mut self, problem: Problem) -> E {
        self.failure = Some(Failure { problem, offset: None });
        E::custom("")
    }

    /// Notes a problem with a part of the text.
    fn fail_at<E: Error>(&mut self, part: &'j str, problem: Problem) -> E {
        let offset = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr());
        self.failure = Some(Failure { problem, offset });
        E::custom("")
    }

    fn malformed<E: Error>(&mut self, expected: &'static str, came: &'static str) -> E {
        self.fail(Problem::Malformed { expected, came })
    }

    fn limit<E: Error>(&mut self, result: Result<(), Passed>) -> Result<(), E> {
        result.map_err(|passed| self.fail(Problem::Limit(passed)))
    }

    /// The error that the parsing ended with.
    fn error(&self, error: &serde_json::Error) -> ReadError {
        let path = self.path();
        let parsed = (error.line(), error.column());
        let Some(failure) = &self.failure else {
            // Of any other category the parser's text might quote the value.
            let quotes_nothing = matches!(error.classify(), Category::Syntax | Category::Eof);
            let text = if quotes_nothing { error.to_string() } else { "another type".to_owned() };
            let reason = text.rsplit_once(" at line ").map_or(&*text, |(reason, _)| reason);
            return ReadError::not_json(reason.to_owned(), path, parsed.0, parsed.1);
        };
        let before = failure.offset.and_then(|offset| self.text.as_bytes().get(..offset));
        let (line, column) = before.map_or(parsed, line_and_column);
        ReadError::in_json(failure.problem, path, line, column)
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Index(index) => {
                    write!(path, "[{index}]").expect("writing to a string cannot fail");
                }
            }
        }
        if path.is_empty() { "request".to_owned() } else { path }
    }
}

/// The position after the bytes, both counted from 1, columns in bytes.
fn line_and_column(before: &[u8]) -> (usize, usize) {
    let line = before.split(|&byte| byte == b'\n');
    let (mut lines, mut column) = (0, 0);
    for text in line {
        lines += 1;
        column = text.len() + 1;
    }
    (lines, column)
}
