//! What an operator sees before anything leaves.

use std::fmt;

use headcount_contract::{Anonymous, Document, Incomplete};

use crate::collect::LeftOut;

/// A report as it would be sent now, what it lacks, and what stays behind.
///
/// `Display` shows the documented JSON report, indented.
///
/// ```
/// use headcount::Exporter;
/// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
///
/// let exporter = Exporter::builder(contract)
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
#[derive(Debug)]
pub struct Preview {
    document: Document,
    incomplete: Option<Incomplete>,
    otlp: Vec<u8>,
    withheld: Vec<String>,
}

impl Preview {
    pub(crate) fn new(report: &Anonymous, left_out: &[LeftOut]) -> Self {
        let (document, incomplete) = report.draft();
        Self { document, incomplete, otlp: report.otlp(), withheld: withheld(report, left_out) }
    }

    /// The documented JSON report, as far as it goes.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The paths of the values that the report lacks. While there is one, nothing is sent.
    pub fn missing(&self) -> &[String] {
        self.incomplete.as_ref().map_or(&[], Incomplete::missing)
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
