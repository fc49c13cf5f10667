//! The instance: what its resource tells.

use super::annotations::of_contract;
use super::attributes::Attributes;
use super::{Members, STABLE, object, text};
use crate::document::Document;
use crate::model::{Contract, INSTANCE};

/// The entity's type. It is none of OpenTelemetry's own: theirs have other attributes.
pub(super) fn name(contract: &Contract) -> String {
    format!("{}.instance", contract.name.replace('-', "_"))
}

/// The entity that every metric of the contract belongs to.
pub(super) fn instance(contract: &Contract, attributes: &Attributes<'_>) -> Document {
    let (identity, description) = attributes.of_resource(&[INSTANCE]);
    let mut members = Members::default();
    members
        .add("type", text(&name(contract)))
        .add("brief", text(&contract.brief))
        .add("note", contract.note.as_deref().map(text))
        .add("stability", text(STABLE))
        .add("requirement_level", text("recommended"))
        .add("identity", Document::List(identity))
        .add("description", (!description.is_empty()).then_some(Document::List(description)))
        .add("annotations", object([("headcount", of_contract(contract))]));
    members.object()
}
