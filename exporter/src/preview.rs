//! What an operator sees before anything leaves.

use std::fmt;

use headcount_contract::{Anonymous, Document, Incomplete};
use serde::{Deserialize, Serialize};

use crate::collect::LeftOut;
use crate::spool::Spooled;
use crate::text;

/// A report as it would be sent now, what it lacks, and what stays behind.
///
/// `Display` shows the documented JSON report, indented.
///
/// ```
/// use headcount::Exporter;
/// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
///
/// let exporter = Exporter::builder(contract, "usage")
///     .endpoint("http://127.0.0.1:4318")
///     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
///     .attribute("service.version", "v2.4.2:match:f1bd9ae")
///     .attribute("os.type", "linux")
///     .build()?;
/// exporter.meter().u64_gauge("openfn.users").build().record(12, &[]);
/// exporter.meter().u64_gauge("openfn.user.names").build().record(1, &[]);
///
/// let preview = exporter.preview()?;
/// println!("{preview}");
/// assert_eq!(preview.missing(), ["instance.no_of_active_users"]);
/// assert_eq!(preview.withheld(), ["openfn.user.names: not in the contract"]);
/// # Ok::<(), headcount::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    document: Document,
    missing: Vec<String>,
    #[serde(with = "text::base64")]
    otlp: Vec<u8>,
    withheld: Vec<String>,
}

impl Preview {
    pub(crate) fn new(report: &Anonymous, left_out: &[LeftOut]) -> Self {
        let (document, incomplete) = report.draft();
        let missing = incomplete.as_ref().map_or(&[][..], Incomplete::missing).to_vec();
        Self { document, missing, otlp: report.otlp(), withheld: withheld(report, left_out) }
    }

    /// A report that waits, as it will be sent; `None` for a request for erasure, which is no report.
    pub(crate) fn of_waiting(spooled: &Spooled) -> Option<Self> {
        let (missing, withheld) = (Vec::new(), Vec::new());
        Some(Self { document: spooled.report()?, missing, otlp: spooled.otlp().to_vec(), withheld })
    }

    /// The documented JSON report, as far as it goes.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The paths of the values that the report lacks. While there is one, nothing is sent.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The body of the OTLP request, an encoded `ExportMetricsServiceRequest`. What is sent later
    /// differs in the report's id and, where the report is about the moment, in its time.
    pub fn otlp(&self) -> &[u8] {
        &self.otlp
    }

    /// What was recorded and stays behind, one line each, with the reason. No values.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }
}

/// What the collection and the contract keep back.
pub(crate) fn withheld(report: &Anonymous, left_out: &[LeftOut]) -> Vec<String> {
    let left_out = left_out.iter().map(ToString::to_string);
    left_out.chain(report.withheld().iter().map(ToString::to_string)).collect()
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document.pretty())
    }
}
