//! How panels look. What is not said here is Grafana's default.

use crate::document::Document;

/// A kind of panel, with what we set of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// One number, with its course behind it.
    Number,
    /// The same, of a moment.
    Moment,
    /// Lines over time.
    Lines,
    /// Areas on top of each other, over time.
    Stacked,
    /// A bar for each group, the largest first.
    Bars,
    /// A row for each cohort, a column for each month of its life.
    Cohorts,
    /// A row for each number of days.
    Days,
    /// A row for each figure.
    Figures,
}

impl Look {
    /// Grafana's word for the kind of panel.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Number | Self::Moment => "stat",
            Self::Lines | Self::Stacked => "timeseries",
            Self::Bars => "bargauge",
            Self::Cohorts | Self::Days | Self::Figures => "table",
        }
    }

    pub(super) fn options(self) -> Document {
        parsed(match self {
            Self::Number => {
                r#"{
                    "colorMode": "none", "graphMode": "area", "justifyMode": "auto", "textMode": "value",
                    "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false }
                }"#
            }
            Self::Moment => {
                r#"{
                    "colorMode": "none", "graphMode": "none", "justifyMode": "auto", "textMode": "value",
                    "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false }
                }"#
            }
            Self::Lines => {
                r#"{
                    "legend": { "showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": [] },
                    "tooltip": { "mode": "single", "sort": "none" }
                }"#
            }
            Self::Stacked => {
                r#"{
                    "legend": {
                        "showLegend": true, "displayMode": "table", "placement": "right", "calcs": ["lastNotNull"],
                        "sortBy": "Last *", "sortDesc": true
                    },
                    "tooltip": { "mode": "multi", "sort": "desc" }
                }"#
            }
            Self::Bars => {
                r#"{
                    "displayMode": "basic", "orientation": "horizontal", "valueMode": "text",
                    "namePlacement": "left", "showUnfilled": true,
                    "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false }
                }"#
            }
            Self::Cohorts | Self::Days | Self::Figures => {
                r#"{ "showHeader": true, "cellHeight": "sm" }"#
            }
        })
    }

    pub(super) fn fields(self, unit: &str) -> Document {
        let custom = match self {
            Self::Number | Self::Moment | Self::Bars => "{}",
            Self::Lines => {
                r#"{ "drawStyle": "line", "lineInterpolation": "stepAfter", "lineWidth": 2, "fillOpacity": 10,
                     "showPoints": "never", "spanNulls": 10800000, "axisSoftMin": 0 }"#
            }
            Self::Stacked => {
                r#"{ "drawStyle": "line", "lineInterpolation": "stepAfter", "lineWidth": 1, "fillOpacity": 60,
                     "showPoints": "never", "spanNulls": 10800000, "axisSoftMin": 0,
                     "stacking": { "mode": "normal", "group": "A" } }"#
            }
            Self::Cohorts => r#"{ "cellOptions": { "type": "color-background" } }"#,
            Self::Days => r#"{ "cellOptions": { "type": "gauge", "mode": "basic" } }"#,
            Self::Figures => r#"{ "align": "left" }"#,
        };
        let colour = match self {
            Self::Cohorts => r#"{ "mode": "continuous-BlPu" }"#,
            Self::Lines | Self::Stacked => r#"{ "mode": "palette-classic-by-name" }"#,
            _ => r#"{ "mode": "fixed", "fixedColor": "blue" }"#,
        };
        parsed(&format!(
            r#"{{
                "defaults": {{ "unit": "{unit}", "min": 0, "color": {colour}, "custom": {custom} }},
                "overrides": [{}]
            }}"#,
            self.overrides()
        ))
    }

    /// The first column is a name, and no number.
    fn overrides(self) -> &'static str {
        match self {
            Self::Cohorts => {
                r#"{ "matcher": { "id": "byName", "options": "cohort\\age" }, "properties": [
                    { "id": "displayName", "value": "First report" },
                    { "id": "custom.cellOptions", "value": { "type": "auto" } }
                ] }"#
            }
            Self::Days => {
                r#"{ "matcher": { "id": "byName", "options": "Days, from" }, "properties": [
                    { "id": "custom.cellOptions", "value": { "type": "auto" } }
                ] }"#
            }
            _ => "",
        }
    }

    /// What becomes of the answers before they are shown.
    pub(super) fn transformations(self) -> Option<Document> {
        let list = match self {
            // Ages are put in order as numbers before they become columns.
            Self::Cohorts => {
                r#"[
                    { "id": "convertFieldType", "options": {
                        "conversions": [{ "targetField": "age", "destinationType": "number" }] } },
                    { "id": "sortBy", "options": { "sort": [{ "field": "age" }] } },
                    { "id": "groupingToMatrix", "options": {
                        "rowField": "cohort", "columnField": "age", "valueField": "Value" } },
                    { "id": "sortBy", "options": { "sort": [{ "field": "cohort\\age", "desc": true }] } }
                ]"#
            }
            Self::Days => {
                r#"[
                    { "id": "convertFieldType", "options": {
                        "conversions": [{ "targetField": "from", "destinationType": "number" }] } },
                    { "id": "sortBy", "options": { "sort": [{ "field": "from" }] } },
                    { "id": "organize", "options": {
                        "excludeByName": { "Time": true },
                        "renameByName": { "from": "Days, from", "Value": "Instances" } } }
                ]"#
            }
            Self::Figures => {
                r#"[
                    { "id": "organize", "options": {
                        "excludeByName": { "Time": true },
                        "renameByName": { "figure": "Figure", "Value": "Last day that is in it" } } },
                    { "id": "sortBy", "options": { "sort": [{ "field": "Figure" }] } }
                ]"#
            }
            _ => return None,
        };
        Some(parsed(list))
    }
}

/// A part of the dashboard, as Grafana writes it.
pub(super) fn parsed(json: &str) -> Document {
    Document::parse(json).expect("it stands in this module")
}
