//! What a contract says beyond semantic conventions.

use super::places::Places;
use super::{Members, text, words};
use crate::document::Document;
use crate::model::{Contract, Covers, Identity, Leaf, Missing, Reason, Source};
use crate::vocabulary::Reasons;
use crate::wording::pattern;

/// What the contract says of a value: where the report shows it, from which level, and what it may be.
pub(super) fn of_leaf(leaf: &Leaf, when: &Reasons, places: &Places<'_>) -> Document {
    let mut members = Members::default();
    members
        .add("path", places.leaf(leaf).map(text))
        .add("type", text(words::kind(leaf.kind)))
        .add("level", text(leaf.level.as_str()))
        .add("when", reasons(when))
        .add("optional", words::optional(leaf.missing).map(text))
        .add("since", leaf.since.as_deref().map(text));
    hash(leaf, &mut members);
    texts(leaf, &mut members);
    numbers(leaf, &mut members);
    members.object()
}

/// The reasons of a report that has the value; nothing where every report has it.
pub(super) fn reasons(when: &Reasons) -> Option<Document> {
    let always = *when == Reasons::of_reports();
    (!always).then(|| list(when.as_slice().iter().map(|reason| text(Reason::as_str(*reason)))))
}

fn hash(leaf: &Leaf, members: &mut Members) {
    if let Some(hash) = leaf.hash {
        members
            .add("hash", text(words::algorithm(hash.algorithm)))
            .add("encoding", text(words::encoding(hash.encoding)));
    } else if matches!(leaf.source, Source::Id(_)) {
        members.add("hash", text("none"));
    }
}

fn texts(leaf: &Leaf, members: &mut Members) {
    let rules = &leaf.rules;
    let map = rules.map.iter().map(|(wire, shown)| (wire.clone(), text(shown)));
    let allowed = rules.allowed.iter().map(|allowed| text(allowed));
    // Where the rules name every text, nobody has to be told how long they are.
    let length = rules.max_length.filter(|_| !leaf.is_closed());
    members
        .add("map", (!rules.map.is_empty()).then(|| Document::Object(map.collect())))
        .add("enum", (!rules.allowed.is_empty()).then(|| list(allowed)))
        .add("pattern", pattern(leaf).map(text))
        .add("other", rules.other.as_deref().map(text))
        .add("max_length", length.map(|max| count(max as u64)))
        .add("cut_at", rules.cut_at.as_deref().map(text))
        .add("escape", rules.escape_html.then(|| text("html")));
}

fn numbers(leaf: &Leaf, members: &mut Members) {
    let rules = &leaf.rules;
    let mut range = Members::default();
    // A count is never negative; nobody has to be told.
    let min = rules.min.filter(|min| *min != 0.0 || rules.max.is_some());
    range.add("min", min.map(number)).add("max", rules.max.map(number));
    members.add("range", (!range.0.is_empty()).then(|| range.object()));
    let bounds = rules.buckets.iter().map(|bound| number(*bound));
    members.add("buckets", (!rules.buckets.is_empty()).then(|| list(bounds)));
}

/// What the contract says of the report as a whole.
pub(super) fn of_contract(contract: &Contract) -> Document {
    let mut members = Members::default();
    members
        .add("contract", text(&contract.label()))
        .add("digest", text(&contract.digest.to_string()))
        .add("identity", text(&identity(contract.identity)))
        .add("consent", consent(contract))
        .add("schedule", schedule(contract))
        .add("receiver", receiver(contract))
        .add("min_count", count(contract.publish.min_count.into()));
    members.object()
}

fn identity(identity: Identity) -> String {
    match identity {
        Identity::Stable => "stable".to_owned(),
        Identity::Rotating(days) => format!("rotating: {days}d"),
        Identity::None => "none".to_owned(),
    }
}

fn consent(contract: &Contract) -> Document {
    let consent = &contract.consent;
    let required = consent.required_when.as_ref().map(|(attribute, values)| {
        Document::Object(vec![(attribute.clone(), list(values.iter().map(|value| text(value))))])
    });
    let grace = consent.grace_seconds;
    let mut members = Members::default();
    members
        .add("default", text(words::consent(consent.default)))
        .add("environment", consent.environment.as_deref().map(text))
        .add("required_when", required)
        .add("on_withdrawal", text(words::withdrawal(consent.on_withdrawal)))
        .add("announce", Document::Bool(consent.announce))
        .add("grace", (grace > 0).then(|| text(&format!("{grace}s"))));
    members.object()
}

fn schedule(contract: &Contract) -> Document {
    let schedule = &contract.schedule;
    let covers = match schedule.covers {
        Covers::PreviousDay => "previous_day",
        Covers::Now => "now",
    };
    let events = schedule.events.iter().map(|event| text(words::event(*event)));
    let mut members = Members::default();
    members
        .add("covers", text(covers))
        .add("daily", list(words::daily(&schedule.daily).iter().map(|time| text(time))))
        .add("backfill", count(schedule.backfill.into()))
        .add("events", (!schedule.events.is_empty()).then(|| list(events)));
    members.object()
}

fn receiver(contract: &Contract) -> Document {
    let intake = &contract.intake;
    let derives = intake.derives.iter().map(|derived| text(words::derived(*derived)));
    let days = intake.keep_reports_days;
    let mut members = Members::default();
    members
        .add("endpoint", intake.endpoint.as_deref().map(text))
        .add("derives", list(derives))
        .add("keep_reports", days.map(|days| text(&format!("{days}d"))));
    members.object()
}

/// Whether a point or a resource may lack the value.
pub(super) fn may_lack(leaf: &Leaf) -> bool {
    leaf.missing != Missing::Required
}

fn list(items: impl Iterator<Item = Document>) -> Document {
    Document::List(items.collect())
}

pub(super) fn count(count: u64) -> Document {
    Document::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A whole number without a point.
fn number(number: f64) -> Document {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // Whole, and in the range.
        return Document::Int(number as i64);
    }
    Document::Double(number)
}
