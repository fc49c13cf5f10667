//! A Grafana dashboard of what a contract publishes, over the Prometheus that reads `/NAME/metrics`.

mod dashboard;
mod layout;
mod options;
mod panel;
mod query;
mod section;

use crate::document::Document;
use crate::model::Contract;
use dashboard::Dashboard;

impl Contract {
    /// A Grafana dashboard (the classic model, as Grafana 12 and 13 have it) of the published figures: numbers, their course over
    /// time, groups, distributions, retention. Its data source is a variable, so it works wherever it is imported. The same
    /// contract gives the same dashboard. `None`: the contract publishes nothing.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("openfn").expect("it ships");
    /// let dashboard = contract.grafana_dashboard().expect("it publishes figures");
    /// assert_eq!(dashboard.get("uid").expect("it has one").to_string(), "\"headcount-openfn\"");
    /// ```
    pub fn grafana_dashboard(&self) -> Option<Document> {
        let metrics = self.metrics();
        if metrics.is_empty() {
            return None;
        }
        let dashboard = Dashboard::new(self, layout::placed(section::sections(self, &metrics)));
        let json = serde_json::to_string(&dashboard).expect("it has texts as keys");
        Some(Document::parse(&json).expect("it was written a moment ago"))
    }
}

#[cfg(test)]
mod tests;
