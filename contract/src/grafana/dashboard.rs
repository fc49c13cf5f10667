//! The dashboard as a whole.

use serde::Serialize;

use super::options::parsed;
use super::panel::Panel;
use crate::document::Document;
use crate::model::Contract;

/// Of the classic model. Newer Grafanas bring it up to date as they read it.
const SCHEMA_VERSION: u32 = 42;

/// A dashboard in Grafana's classic model: <https://grafana.com/docs/grafana/latest/visualizations/dashboards/>.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dashboard {
    uid: String,
    title: String,
    description: String,
    tags: [String; 2],
    editable: bool,
    graph_tooltip: u8,
    schema_version: u32,
    timezone: &'static str,
    refresh: &'static str,
    time: Document,
    templating: Document,
    panels: Vec<Panel>,
}

impl Dashboard {
    pub(super) fn new(contract: &Contract, panels: Vec<Panel>) -> Self {
        let name = contract.name();
        Self {
            // Grafana takes 40 characters.
            uid: format!("headcount-{name}").chars().take(40).collect(),
            title: format!("{name}: usage"),
            description: format!(
                "{} What is shown is counted one day after a day's end, by `publish:` of the usage contract {}.",
                contract.brief(),
                contract.label()
            ),
            tags: ["headcount".to_owned(), name.to_owned()],
            editable: true,
            // A line through all charts at the same time.
            graph_tooltip: 1,
            schema_version: SCHEMA_VERSION,
            timezone: "utc",
            refresh: "1h",
            time: parsed(r#"{ "from": "now-90d", "to": "now" }"#),
            templating: parsed(
                r#"{ "list": [{
                    "name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus",
                    "hide": 0, "includeAll": false, "multi": false, "refresh": 1, "regex": ""
                }] }"#,
            ),
            panels,
        }
    }
}
