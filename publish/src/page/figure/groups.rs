//! Instances by what they have in common: a bar for each group, and how the groups grew.

use headcount_contract::Measure;
use headcount_figures::{Adoption, Group, GroupName};
use maud::{Markup, PreEscaped, html};

use super::over_time::{Inks, groups_of, over_time, table as table_over_time};
use super::{Shown, Width, upgrade};
use crate::page::text::{self, Text, percent};

/// As many rows as are seen at once.
const ROWS: usize = 10;

pub(super) fn card(shown: &Shown<'_>, groups: &[Group]) -> Markup {
    let adoption = upgrade::releases(shown);
    let groups = ordered(groups, &adoption);
    let inks = Inks::of(shown, &adoption);
    let growth = inks.as_ref().map(|inks| over_time(shown, inks));
    let width = if growth.is_some() { Width::Full } else { Width::Half };
    super::card(
        shown,
        width,
        &html! {
            div.split {
                div {
                    (table(shown, groups.get(..ROWS).unwrap_or(&groups), inks.as_ref()))
                    @if let Some(rest) = groups.get(ROWS..).filter(|rest| !rest.is_empty()) {
                        details.numbers {
                            summary { (rest.len()) " more" }
                            (table(shown, rest, inks.as_ref()))
                        }
                    }
                }
                @if let Some(growth) = growth { div { (growth) } }
            }
        },
        &html! {
            (upgrade::table(&adoption))
            @if let Some(inks) = &inks { (table_over_time(shown, inks)) }
        },
    )
}

/// The groups in the figure's order; those that are no value last.
fn ordered(groups: &[Group], adoption: &Adoption) -> Vec<Group> {
    let mut groups = groups.to_vec();
    groups.sort_by(|a, b| b.value.total_cmp(&a.value));
    groups.sort_by_key(|group| upgrade::place(adoption, &group.name));
    groups.sort_by_key(|group| match group.name {
        GroupName::Value(_) => 0,
        GroupName::Missing => 1,
        GroupName::Other => 2,
    });
    groups
}

/// What a group is called.
pub(in super::super) fn name(name: &GroupName) -> Markup {
    html! {
        @match name {
            GroupName::Value(text) if text.is_empty() => i { "empty" },
            GroupName::Value(text) => (Text(text)),
            GroupName::Missing => i { "not told" },
            GroupName::Other => i { "other" },
        }
    }
}

/// Whether the groups make a whole, so that each is a share of it.
pub(super) fn is_whole(shown: &Shown<'_>) -> bool {
    !matches!(shown.figure.measure, Measure::Median(_))
}

fn table(shown: &Shown<'_>, groups: &[Group], inks: Option<&Inks>) -> Markup {
    let all = groups_of(shown.number).unwrap_or_default();
    let whole: f64 = all.iter().map(|group| group.value).sum();
    let longest = all.iter().map(|group| group.value).fold(0.0, f64::max);
    let counts = matches!(shown.figure.measure, Measure::Instances);
    html! {
        table.bars {
            thead.unseen {
                tr {
                    th scope="col" { "Group" }
                    th scope="col" { (Text(&text::capital(if counts { shown.application.counted() } else { "Value" }))) }
                    @if is_whole(shown) { th scope="col" { "Share" } }
                }
            }
            tbody {
                @for group in groups {
                    tr class=(inks.map_or("ink", |inks| inks.class(&group.name))) {
                        th scope="row" { (name(&group.name)) (bar(group.value, longest)) }
                        td.n { (shown.quantity(group.value)) }
                        @if is_whole(shown) { td.n.share { (percent(group.value, whole)) } }
                    }
                }
            }
        }
    }
}

/// A bar as long as a part of the longest.
pub(in super::super) fn bar(value: f64, longest: f64) -> Markup {
    let share = if longest > 0.0 { 100.0 * value / longest } else { 0.0 };
    PreEscaped(format!(
        r#"<svg class="bar-line" aria-hidden="true" focusable="false" height="8"><rect width="{share:.1}%" height="100%" rx="3"/></svg>"#
    ))
}
