//! What everything of a relay is made from.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headcount::{Exporter, ExporterBuilder};
use headcount_contract::{Contract, NoticeFacts};
use headcount_receiver::Clock;

use crate::place::Place;
use crate::settings::Held;

/// How long a report of one instance may take on the network: others wait for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks up a variable of the environment.
pub(crate) type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// See the module.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) contract: Arc<Contract>,
    /// Where reports go.
    pub(crate) upstream: Option<String>,
    /// The authorities that its certificate is verified by, in PEM, in place of the system's.
    pub(crate) roots: Option<Vec<u8>>,
    pub(crate) place: Place,
    pub(crate) clock: Clock,
    pub(crate) environment: Environment,
    pub(crate) show: Arc<dyn Fn(&str) + Send + Sync>,
    pub(crate) limits: Held,
}

impl Setup {
    /// An exporter that keeps what it has to keep in this directory.
    pub(crate) fn exporter(&self, directory: &Path) -> ExporterBuilder {
        let (environment, show) = (Arc::clone(&self.environment), Arc::clone(&self.show));
        let data = self.place.path().display();
        let operator = format!("headcount operator … {data}");
        let facts = NoticeFacts { operator: Some(&operator), ..NoticeFacts::default() };
        let mut exporter = Exporter::builder(Arc::clone(&self.contract), directory)
            .environment(move |name| environment(name))
            .show_notice(move |notice| show(notice))
            .notice_facts(facts)
            .timeout(PATIENCE);
        if let Some(upstream) = &self.upstream {
            exporter = exporter.endpoint(upstream);
        }
        if let Some(roots) = &self.roots {
            exporter = exporter.root_certificates(roots.clone());
        }
        exporter
    }
}
