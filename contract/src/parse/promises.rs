//! Checks that one section of a contract does not promise what another one makes impossible.

use crate::mistake::Findings;
use crate::model::{HashAlgorithm, INSTANCE, Identity, Missing, Reason, Source, Structure};
use crate::plan::{Plan, Slot};

/// A withdrawal that is announced is told without any id: the report has to be whole without.
pub(super) fn announcement(plan: &Plan, findings: &mut Findings) {
    let is_id = |slot: &&Slot| matches!(slot.leaf.source, Source::Id(_));
    let lists = plan.order.iter().filter(|gauge| {
        // Where an id tells elements apart, there are none.
        gauge.lists.iter().filter_map(|list| list.key.as_ref()).all(|key| !is_id(&key))
    });
    let points = lists.flat_map(|gauge| &gauge.lists).flat_map(|list| &list.attributes);
    let mut told = Vec::new();
    for slot in plan.resource.iter().chain(points).filter(is_id) {
        let at = slot.leaf.at;
        let needed = slot.leaf.missing == Missing::Required && slot.when.contains(Reason::OptOut);
        // Several gauges may lie in one list.
        if needed && !told.contains(&at) {
            told.push(at);
            findings.mistake(
                at,
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
