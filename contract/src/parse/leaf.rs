//! Reads a leaf: its source, and the options that fit the source.

use super::fields::{Fields, text};
use super::{example, rules};
use crate::document::Document;
use crate::mistake::{Findings, one_of};
use crate::model::{
    Encoding, Fact, Hash, HashAlgorithm, Leaf, Level, Missing, Rules, Source, Stability,
    TimeFormat, Type,
};
use crate::yaml::{Entry, Node, Value};

pub(super) const SOURCES: [&str; 6] =
    ["$gauge", "$attribute", "$id", "$const", "$report", "$value"];

const TYPES: [(&str, Type); 5] = [
    ("text", Type::Text),
    ("uuid", Type::Uuid),
    ("integer", Type::Integer),
    ("double", Type::Double),
    ("boolean", Type::Boolean),
];

/// Attributes of OpenTelemetry's semantic conventions that name a person, a machine or an address. An
/// unkeyed hash of any of them is found by trying them all.
const GUESSABLE: [&str; 12] = [
    "client.address",
    "cloud.account.id",
    "enduser.id",
    "host.id",
    "host.ip",
    "host.mac",
    "host.name",
    "server.address",
    "source.address",
    "user.email",
    "user.id",
    "user.name",
];

/// What an attribute of the semantic conventions tells, in words that a notice can show.
const BRIEFS: [(&str, &str); 6] = [
    ("host.arch", "The processor architecture"),
    ("os.description", "The operating system's name and version"),
    ("os.type", "The operating system's type"),
    ("os.version", "The operating system's version"),
    ("service.name", "The application's name"),
    ("service.version", "The application's release"),
];

/// Reads a mapping that begins with a source.
pub(super) fn leaf(
    node: &Node,
    entries: &[Entry],
    level: Level,
    findings: &mut Findings,
) -> Option<Leaf> {
    let (head, rest) = entries.split_first()?;
    let mut fields = Fields::of(node.at, rest);
    let mistakes = findings.mistakes.len();
    let source = source(head, &mut fields, findings)?;
    let mut leaf = Leaf {
        kind: Type::Text,
        brief: fields.text("brief", findings),
        note: fields.text("note", findings),
        unit: None,
        missing: Missing::Required,
        level: super::level(&mut fields, level, findings),
        since: fields.text("since", findings),
        stability: fields.word("stability", &Stability::WORDS, findings),
        deprecated: fields.text("deprecated", findings),
        examples: Vec::new(),
        hash: None,
        rules: Rules::default(),
        at: node.at,
        source,
    };
    options(&mut leaf, &mut fields, findings);
    example::examples(&mut leaf, &mut fields, findings);
    if findings.mistakes.len() == mistakes {
        example::possible(&leaf, findings);
    }
    need_brief(&mut leaf, node, findings);
    fields.finish(findings);
    Some(leaf)
}

fn source(head: &Entry, fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Source> {
    let node = &head.node;
    match head.key.as_str() {
        "$gauge" => Some(Source::Gauge(text(node, "$gauge", findings)?)),
        "$attribute" => Some(Source::Attribute(text(node, "$attribute", findings)?)),
        "$id" => Some(Source::Id(text(node, "$id", findings)?)),
        "$const" => constant(node, findings).map(Source::Const),
        "$value" => Some(Source::Value),
        "$report" => fact(node, fields, findings).map(Source::Report),
        other => {
            findings.mistake(head.at, format!("expected {}, got `{other}`", one_of(&SOURCES)));
            None
        }
    }
}

fn constant(node: &Node, findings: &mut Findings) -> Option<Document> {
    let Value::Scalar { text, plain } = &node.value else {
        findings.mistake(node.at, format!("expected a constant, got {}", node.what()));
        return None;
    };
    Some(match text.as_str() {
        text if !plain => Document::Text(text.to_owned()),
        "null" | "~" | "" => Document::Null,
        "true" => Document::Bool(true),
        "false" => Document::Bool(false),
        text => match (text.parse(), text.parse::<f64>()) {
            (Ok(number), _) => Document::Int(number),
            (_, Ok(number)) if number.is_finite() => Document::Double(number),
            _ => Document::Text(text.to_owned()),
        },
    })
}

fn fact(node: &Node, fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Fact> {
    const FORMATS: [(&str, TimeFormat); 3] = [
        ("rfc3339", TimeFormat::Rfc3339),
        ("rfc3339_micros", TimeFormat::Rfc3339Micros),
        ("epoch_seconds", TimeFormat::EpochSeconds),
    ];
    let mut format = || fields.word("format", &FORMATS, findings).unwrap_or(TimeFormat::Rfc3339);
    match node.scalar() {
        Some("date") => Some(Fact::Date),
        Some("reason") => Some(Fact::Reason),
        Some("generated_at") => Some(Fact::GeneratedAt(format())),
        Some("period_start") => Some(Fact::PeriodStart(format())),
        Some("period_end") => Some(Fact::PeriodEnd(format())),
        _ => {
            let facts = ["date", "generated_at", "period_start", "period_end", "reason"];
            findings.mistake(
                node.at,
                format!("expected `$report` to be {}, got {}", one_of(&facts), node.what()),
            );
            None
        }
    }
}

/// Reads the options that fit the leaf's source.
fn options(leaf: &mut Leaf, fields: &mut Fields<'_>, findings: &mut Findings) {
    match &leaf.source {
        Source::Gauge(_) | Source::Value => {
            leaf.kind = kind(fields, &TYPES[2..], Type::Integer, findings);
            leaf.unit = fields.text("unit", findings);
            leaf.missing = missing(fields, findings);
            rules::numeric(leaf, fields, findings);
        }
        Source::Attribute(_) => {
            leaf.kind = kind(fields, &TYPES, Type::Text, findings);
            leaf.unit = fields.text("unit", findings);
            leaf.missing = missing(fields, findings);
            match leaf.kind {
                Type::Integer | Type::Double => rules::numeric(leaf, fields, findings),
                _ => rules::textual(leaf, fields, findings),
            }
        }
        Source::Id(_) => identifier(leaf, fields, findings),
        Source::Report(Fact::Reason) => rules::reason(leaf, fields, findings),
        Source::Report(
            Fact::GeneratedAt(format) | Fact::PeriodStart(format) | Fact::PeriodEnd(format),
        ) => {
            if *format == TimeFormat::EpochSeconds {
                leaf.kind = Type::Integer;
            }
        }
        Source::Const(_) | Source::Report(Fact::Date) => {}
    }
}

fn kind(
    fields: &mut Fields<'_>,
    types: &[(&str, Type)],
    default: Type,
    findings: &mut Findings,
) -> Type {
    fields.word("type", types, findings).unwrap_or(default)
}

fn missing(fields: &mut Fields<'_>, findings: &mut Findings) -> Missing {
    let words = [
        ("omit", Missing::Omit),
        ("null", Missing::Null),
        ("zero", Missing::Zero),
        ("false", Missing::Required),
    ];
    fields.word("optional", &words, findings).unwrap_or(Missing::Required)
}

fn identifier(leaf: &mut Leaf, fields: &mut Fields<'_>, findings: &mut Findings) {
    let algorithms = [
        ("sha256", Some(HashAlgorithm::Sha256)),
        ("hmac_sha256", Some(HashAlgorithm::HmacSha256)),
        ("none", None),
    ];
    let encodings =
        [("HEX", Encoding::HexUpper), ("hex", Encoding::HexLower), ("base64", Encoding::Base64)];
    leaf.missing = missing(fields, findings);
    let node = fields.need("hash", findings);
    let algorithm = node.and_then(|_| fields.word("hash", &algorithms, findings)).flatten();
    let default =
        if algorithm == Some(HashAlgorithm::HmacSha256) { Type::Text } else { Type::Uuid };
    let encoding = fields.word("encoding", &encodings, findings);
    let type_node = fields.take("type");
    leaf.kind = kind(fields, &TYPES[..2], default, findings);
    leaf.hash = algorithm
        .map(|algorithm| Hash { algorithm, encoding: encoding.unwrap_or(Encoding::HexLower) });
    if algorithm == Some(HashAlgorithm::Sha256) {
        let name = leaf.wire_name().unwrap_or_default();
        if leaf.kind != Type::Uuid || GUESSABLE.contains(&name) {
            findings.mistake(
                type_node.map_or(fields.at, |node| node.at),
                format!(
                    "expected `hash: sha256` only on an `$id` that is a random UUID, got `{name}`: \
                     names and addresses are found by trying them all; use `hash: hmac_sha256`"
                ),
            );
        }
    }
    if leaf.hash.is_none() && leaf.kind == Type::Text {
        rules::textual(leaf, fields, findings);
    }
}

fn need_brief(leaf: &mut Leaf, node: &Node, findings: &mut Findings) {
    if leaf.brief.is_some() || !matches!(leaf.source, Source::Gauge(_) | Source::Attribute(_)) {
        return;
    }
    let name = leaf.wire_name().unwrap_or_default();
    match BRIEFS.iter().find(|(attribute, _)| *attribute == name) {
        Some((_, brief)) => leaf.brief = Some((*brief).to_owned()),
        None => findings.mistake(
            node.at,
            format!(
                "expected `brief`, got `{name}` without it: an operator reads there what is told"
            ),
        ),
    }
}
