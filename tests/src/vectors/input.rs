//! What a vector sends.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use prost::Message as _;
use serde::Deserialize;

use super::attack::Attack;
use super::expect::Expected;
use super::report::{Described, yesterday};
use super::{Ran, json_text, notation};
use crate::answer::is_grpc;
use crate::client::{Encoding, Way, call, post_encoded};
use crate::report::Report;

/// What a vector sends: one of these, in whatever ways it can be sent.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Input {
    report: Option<Described>,
    /// A protobuf body, in the notation.
    protobuf: Option<String>,
    /// A JSON body, as it stands there, but for `$nanos`, which is yesterday.
    json: Option<String>,
    /// A JSON body, in the notation.
    json_bytes: Option<String>,
    /// A body that is compressed already, in the notation, and by which encoding.
    compressed: Option<Compressed>,
    /// The ways in, where not all that there are.
    over: Option<Vec<Way>>,
    #[serde(default = "identity")]
    encodings: Vec<Encoding>,
    /// A request over HTTP/2.
    pub(super) request: Option<Requested>,
    /// What is written to a connection, in the notation.
    pub(super) http1: Option<String>,
    /// Whether writing ends there, while the other end may still answer.
    #[serde(default)]
    pub(super) half_close: bool,
    /// What is written to a connection, in the notation, of HTTP/2 frames.
    pub(super) http2: Option<String>,
    /// What a real HTTP/2 library is driven to do.
    pub(super) attack: Option<Attack>,
    /// Whether it waits for a time-out of the receiver.
    #[serde(default)]
    pub(super) slow: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compressed {
    encoding: Encoding,
    bytes: String,
}

/// A body on its way.
pub(crate) struct Post {
    pub(super) way: Way,
    pub(super) encoding: Encoding,
    /// As it is sent.
    pub(super) sent: Vec<u8>,
    /// As it was before it was compressed, where that is known.
    pub(super) plain: Vec<u8>,
}

/// A request over HTTP/2, as a library sends it: by default a right gRPC call without a body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requested {
    #[serde(default = "post")]
    method: String,
    #[serde(default = "export")]
    path: String,
    /// Header fields, set or replaced; an empty value takes one away.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    trailers: HashMap<String, String>,
}

fn identity() -> Vec<Encoding> {
    vec![Encoding::Identity]
}

fn post() -> String {
    "POST".to_owned()
}

fn export() -> String {
    EXPORT.to_owned()
}

pub(super) const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

impl Input {
    /// The bodies as they are sent, and the ways that they go.
    pub(super) fn posts(&self) -> anyhow::Result<Vec<Post>> {
        let mut posts = Vec::new();
        for (way, body) in self.bodies()? {
            for &encoding in &self.encodings {
                let sent = encoding.encode(&body)?;
                posts.push(Post { way, encoding, sent, plain: body.clone() });
            }
        }
        if let Some(compressed) = &self.compressed {
            let sent = bytes(&compressed.bytes)?;
            for way in self.over.as_deref().unwrap_or(&[Way::Grpc, Way::Protobuf]) {
                let (way, encoding) = (*way, compressed.encoding);
                posts.push(Post { way, encoding, sent: sent.clone(), plain: Vec::new() });
            }
        }
        Ok(posts)
    }

    /// The bodies before they are compressed, and the ways in that they go.
    pub(super) fn bodies(&self) -> anyhow::Result<Vec<(Way, Vec<u8>)>> {
        let mut bodies = Vec::new();
        if let Some(report) = &self.report {
            let request = report.request()?;
            let protobuf = request.encode_to_vec();
            bodies.push((Way::Grpc, protobuf.clone()));
            bodies.push((Way::Protobuf, protobuf));
            bodies.push((Way::Json, json_text::of(&request).to_string().into_bytes()));
        }
        if let Some(text) = &self.protobuf {
            let protobuf = bytes(text)?;
            bodies.push((Way::Grpc, protobuf.clone()));
            bodies.push((Way::Protobuf, protobuf));
        }
        if let Some(text) = &self.json {
            let text = text.replace("$nanos", &yesterday().to_string());
            bodies.push((Way::Json, text.into_bytes()));
        }
        if let Some(text) = &self.json_bytes {
            bodies.push((Way::Json, bytes(text)?));
        }
        if let Some(ways) = &self.over
            && self.compressed.is_none()
        {
            bodies.retain(|(way, _)| ways.contains(way));
            ensure!(!bodies.is_empty(), "expected a body for the ways in `over`");
        }
        Ok(bodies)
    }
}

impl Post {
    /// Sends the body, and checks the answer.
    pub(super) fn send(
        self,
        to: SocketAddr,
        expected: &Expected,
        ran: &mut Ran,
    ) -> anyhow::Result<()> {
        let Self { way, encoding, sent, plain } = self;
        let answer = post_encoded(to, sent.clone(), way, encoding)?;
        ran.sent.extend([sent, plain]);
        let checked = expected.check_answer(&answer, way, ran);
        checked.with_context(|| format!("over {way:?} with {encoding:?}, got {answer:?}"))
    }
}

impl Requested {
    /// Sends the request on a connection of its own, and checks the answer.
    pub(super) fn send(
        &self,
        to: SocketAddr,
        expected: &Expected,
        ran: &mut Ran,
    ) -> anyhow::Result<()> {
        let body = bytes(&self.body)?;
        let mut headers = BTreeMap::from([
            ("content-type".to_owned(), "application/grpc".to_owned()),
            ("te".to_owned(), "trailers".to_owned()),
        ]);
        headers.extend(self.headers.clone());
        headers.retain(|_, value| !value.is_empty());
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(format!("http://{to}{}", self.path))
            .version(http::Version::HTTP_2);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        ran.sent.push(format!("{headers:?} {:?}", self.trailers).into_bytes());
        let trailers = http::HeaderMap::try_from(&self.trailers)?;
        let answer = call(to, request.body(body.clone())?, trailers)?;
        ran.sent.push(body);
        // An answer comes in the words of the protocol that was spoken, whatever was meant.
        let way = if is_grpc(&answer.headers) { Way::Grpc } else { Way::Json };
        let checked = expected.check_answer(&answer, way, ran);
        checked.with_context(|| format!("got {answer:?}"))
    }
}

/// The bytes of a notation.
pub(super) fn bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    notation::bytes(text, &named)
}

/// What the names in a notation stand for.
fn named(name: &str) -> Option<Vec<u8>> {
    Some(match name {
        "$time" => yesterday().to_le_bytes().to_vec(),
        "@report" => right()?.protobuf(),
        "@json-report" => right()?.json().into_bytes(),
        "@preface" => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        // :method POST, :scheme http, both of the static table.
        "@call" => [b"\x83\x86".to_vec(), bytes(&call_fields()).ok()?].concat(),
        "@post" => bytes(
            "\"POST /v1/metrics HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/x-protobuf\\r\\n\"",
        )
        .ok()?,
        _ => return None,
    })
}

fn call_fields() -> String {
    format!(
        r#"header ":path" "{EXPORT}" header ":authority" "localhost"
           header "content-type" "application/grpc" header "te" "trailers""#
    )
}

/// A report that is taken.
fn right() -> Option<Report> {
    Report::read("manyfold-0.90", yesterday()).ok()
}
