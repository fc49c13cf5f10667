//! The report as it would be sent now, and its bytes.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headcount_contract::Document;
use headcount_proto::to_json;
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use super::super::seen::Seen;
use super::super::text::{Json, Text};
use super::{fact, unreadable};
use crate::Preview;
use crate::text::hex;

/// The most bytes that a link can hold: browsers stop at 2 MiB of its text.
const LINK_LIMIT: usize = 1024 * 1024;
/// The most bytes that are shown decoded, which takes some ten times as many.
const JSON_LIMIT: usize = 64 * 1024;
/// The most bytes that are shown one by one.
const DUMP_LIMIT: usize = 4096;

pub(super) fn section(seen: &Seen) -> Markup {
    html! {
        section #preview aria-labelledby="preview-title" {
            h2 #preview-title { "Preview" }
            @match &seen.preview {
                Ok(preview) => { (scope(seen)) (report(preview)) }
                Err(error) => (unreadable("The preview", error)),
            }
        }
    }
}

fn scope(seen: &Seen) -> Markup {
    let reporting = seen.status.as_ref().is_ok_and(|status| status.reporting);
    html! {
        p {
            @if reporting {
                "The report as it would be sent at this moment."
            } @else {
                "The report as it would be at this moment if you agreed to all of it. Nothing is sent."
            }
            " Load the page again to make it anew."
        }
    }
}

fn report(preview: &Preview) -> Markup {
    html! {
        @if !preview.missing().is_empty() {
            div.message.note {
                p { "It lacks values that the contract asks for. While it does, it is not sent:" }
                ul { @for path in preview.missing() { li { code { (Text(path)) } } } }
            }
        }
        h3 #preview-json { "As documented" }
        pre tabindex="0" role="region" aria-labelledby="preview-json" { code { (Json(preview.document())) } }
        @if !preview.withheld().is_empty() {
            h3 { "What stays behind" }
            p { "The application recorded this too. It does not leave:" }
            ul { @for line in preview.withheld() { li { (Text(line)) } } }
        }
        (bytes(preview.otlp()))
    }
}

fn bytes(otlp: &[u8]) -> Markup {
    let hash = hex(&Sha256::digest(otlp));
    html! {
        h3 { "As bytes" }
        p {
            "The body of the OTLP request, an encoded " code { "ExportMetricsServiceRequest" }
            ". A report that is sent later has another id, and tells its own time."
        }
        dl.facts {
            (fact("Size", &html! { (otlp.len()) " bytes" }))
            (fact("SHA-256", &html! { code { (hash) } }))
        }
        @if otlp.len() <= LINK_LIMIT {
            // In the link itself, so that exactly what is shown is saved.
            p {
                a.button download="usage-report.otlp" href={
                    "data:application/x-protobuf;base64," (STANDARD.encode(otlp))
                } { "Save these bytes as a file" }
            }
        } @else {
            p { "Too many bytes for a link in a page: " code { "Exporter::preview" } " gives them." }
        }
        (message(otlp))
        details {
            summary { "Show the bytes" }
            pre tabindex="0" role="region" aria-label="The bytes in hexadecimal digits" { code { (dump(otlp)) } }
            @if otlp.len() > DUMP_LIMIT {
                p.hint { "The first " (DUMP_LIMIT) " bytes; all are in the file." }
            }
        }
    }
}

/// The bytes decoded: the same message in OTLP's own JSON.
fn message(otlp: &[u8]) -> Markup {
    let json = Some(otlp).filter(|otlp| otlp.len() <= JSON_LIMIT);
    let json = json.and_then(|otlp| to_json(otlp).ok());
    // The same text, indented.
    let document = json.and_then(|json| Document::parse(&json).ok());
    html! {
        details {
            summary { "Show as OTLP/JSON" }
            @if let Some(document) = document {
                pre tabindex="0" role="region" aria-label="The request as OTLP/JSON" { code { (Json(&document)) } }
            } @else {
                p.hint { "Too long to be shown here." }
            }
        }
    }
}

/// Sixteen bytes a line: offset, hexadecimal digits, and those that are ASCII.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, bytes) in bytes.chunks(16).take(DUMP_LIMIT / 16).enumerate() {
        write!(text, "{:06x}  ", line * 16).expect("a string takes everything");
        for position in 0..16 {
            match bytes.get(position) {
                Some(byte) => write!(text, "{byte:02x} ").expect("a string takes everything"),
                None => text.push_str("   "),
            }
        }
        text.push(' ');
        text.extend(bytes.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        }));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_other_tools_do() {
        assert_eq!(
            dump(b"\x0a\x10service.version\xff"),
            "000000  0a 10 73 65 72 76 69 63 65 2e 76 65 72 73 69 6f  ..service.versio\n\
             000010  6e ff                                            n.\n"
        );
        assert_eq!(dump(&vec![0; 3 * DUMP_LIMIT]).lines().count(), DUMP_LIMIT / 16);
    }
}
