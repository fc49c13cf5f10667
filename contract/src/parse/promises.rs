//! Checks that one section of a contract does not promise what another one makes impossible.

use crate::mistake::Findings;
use crate::model::{Consent, HashAlgorithm, INSTANCE, Identity, Missing, Source, Structure};

/// A withdrawal that is announced is told without an id: the report has to be whole without it.
pub(super) fn announcement(consent: &Consent, report: &Structure, findings: &mut Findings) {
    if !consent.announce {
        return;
    }
    for (_, leaf) in report.leaves() {
        let of_instance = matches!(&leaf.source, Source::Id(name) if name == INSTANCE);
        if of_instance && leaf.missing == Missing::Required {
            findings.mistake(
                leaf.at,
                "expected `optional` beside `announce: true`, which tells a withdrawal without an id",
            );
        }
    }
}

/// An id that does not change with the instance's own links the old one to the new one.
pub(super) fn rotation(identity: Option<Identity>, report: &Structure, findings: &mut Findings) {
    if !matches!(identity, Some(Identity::Rotating(_))) {
        return;
    }
    for (_, leaf) in report.leaves() {
        let Source::Id(name) = &leaf.source else { continue };
        let keyed = leaf.hash.is_some_and(|hash| hash.algorithm == HashAlgorithm::HmacSha256);
        if name != INSTANCE && !keyed {
            findings.warning(
                leaf.at,
                format!(
                    "`{name}` stays the same under a rotating id and links one id to the next; \
                     use `hash: hmac_sha256`, whose secret is renewed with the id"
                ),
            );
        }
    }
}
