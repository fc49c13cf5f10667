//! Reads the section `receiver`: where reports go, and what becomes of them there.

use super::environment::variable;
use super::fields::{Fields, text};
use super::settings::words_of;
use crate::mistake::Findings;
use crate::model::{Consent, Derived, Intake};
use crate::url::Url;
use crate::yaml::Node;

pub(super) fn intake(
    node: Option<&Node>,
    consent: Option<&Consent>,
    findings: &mut Findings,
) -> Intake {
    let mut intake =
        Intake { endpoint: None, environment: None, derives: Vec::new(), keep_reports_days: None };
    let Some(mut fields) = node.and_then(|node| Fields::open(node, "`receiver`", findings)) else {
        return intake;
    };
    intake.endpoint = fields.take("endpoint").and_then(|node| endpoint(node, findings));
    if let Some(node) = fields.take("environment") {
        intake.environment = variable(node, findings);
        let decides = consent.and_then(|consent| consent.environment.as_ref());
        if let Some(name) = intake.environment.as_ref().filter(|name| decides == Some(name)) {
            findings.mistake(
                node.at,
                format!("expected another variable than that of `consent`, got `{name}` again"),
            );
        }
    }
    if let Some(node) = fields.take("derives") {
        let words = [
            ("received_at", Derived::ReceivedAt),
            ("source_address_hash", Derived::SourceAddressHash),
        ];
        intake.derives = words_of(node, "derives", &words, findings);
    }
    if let Some(mut keep) =
        fields.take("keep").and_then(|node| Fields::open(node, "`keep`", findings))
    {
        intake.keep_reports_days = keep.days("reports", findings);
        keep.finish(findings);
    }
    fields.finish(findings);
    intake
}

/// The receiver's URL. Everybody reads it, so it holds no secret: neither a password nor a token.
fn endpoint(node: &Node, findings: &mut Findings) -> Option<String> {
    let url = text(node, "endpoint", findings)?;
    match Url::read(&url) {
        Ok(url) if url.encrypted || url.is_loopback() => {}
        Ok(_) => findings.warning(
            node.at,
            "reports travel in clear to an `http://` endpoint: whoever carries them can read and \
             change them; use `https://`",
        ),
        Err(expected) => findings.mistake(
            node.at,
            // What stands before an @ may be a password: mistakes are printed and logged.
            format!("expected `endpoint` to be {expected}"),
        ),
    }
    Some(url)
}
