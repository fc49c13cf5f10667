//! The gauges of a contract.

use super::annotations::{count, of_leaf, reasons};
use super::attributes::Attributes;
use super::places::Places;
use super::{Members, deprecated, entity, object, stability, text};
use crate::document::Document;
use crate::model::{ConsentDefault, Contract, Leaf, Level, Type};
use crate::plan::GaugePlan;
use crate::wording::told;

/// Every gauge, in the order of the report.
pub(super) fn of(
    contract: &Contract,
    attributes: &Attributes<'_>,
    places: &Places<'_>,
) -> Vec<Document> {
    let gauges = contract.plan.order.iter();
    gauges.map(|gauge| metric(contract, gauge, attributes, places)).collect()
}

fn metric<'c>(
    contract: &'c Contract,
    gauge: &'c GaugePlan,
    attributes: &Attributes<'c>,
    places: &Places<'_>,
) -> Document {
    let leaf = gauge.leaf.as_deref();
    let list = places.list(&gauge.name);
    let brief = leaf.map_or_else(
        || {
            format!(
                "Its points make the elements of {}; their value is not told",
                list.unwrap_or_default()
            )
        },
        told,
    );
    let references = attributes.of_points(gauge.lists.iter().map(AsRef::as_ref));
    let mut members = Members::default();
    members
        .add("name", text(&gauge.name))
        .add("instrument", text("gauge"))
        // Where the contract names none, the application records none.
        .add("unit", text(gauge.unit.as_deref().unwrap_or_default()))
        .add("brief", text(&brief))
        .add("note", leaf.and_then(|leaf| leaf.note.as_deref()).map(text))
        .add("stability", stability(leaf))
        .add("deprecated", leaf.and_then(deprecated))
        .add("requirement_level", text(requirement(contract, gauge)))
        .add("attributes", (!references.is_empty()).then_some(Document::List(references)))
        .add("entity_associations", Document::List(vec![text(&entity::name(contract))]))
        .add("annotations", annotations(gauge, leaf, places));
    members.object()
}

/// Whether it is told while the operator has decided nothing.
fn requirement(contract: &Contract, gauge: &GaugePlan) -> &'static str {
    match (contract.consent.default, gauge.level) {
        (ConsentDefault::OptOut, Level::Basic) => "recommended",
        _ => "opt_in",
    }
}

fn annotations(gauge: &GaugePlan, leaf: Option<&Leaf>, places: &Places<'_>) -> Document {
    let value = match leaf.map(|leaf| leaf.kind) {
        Some(Type::Double) => "double",
        _ => "int",
    };
    let mut ours = match leaf.map(|leaf| of_leaf(leaf, &gauge.when, places)) {
        Some(Document::Object(members)) => Members(members),
        _ => {
            let mut members = Members::default();
            members.add("level", text(gauge.level.as_str())).add("when", reasons(&gauge.when));
            members
        }
    };
    let point = gauge.lists.last().filter(|list| *list.name == *gauge.name);
    ours.add(
        "each_point",
        point.map(|list| {
            let mut each = Members::default();
            each.add("path", places.list(&list.name).map(text));
            each.add("max", count(list.max as u64));
            each.object()
        }),
    );
    object([
        ("code_generation", object([("metric_value_type", text(value))])),
        ("headcount", ours.object()),
    ])
}
