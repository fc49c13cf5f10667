//! What is told, before it is written.

/// A metric of Prometheus, a gauge.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Family {
    /// A valid name.
    pub(super) name: String,
    /// What it tells.
    pub(super) help: String,
    /// The unit that the name ends in.
    pub(super) unit: Option<String>,
    /// Its values, each with other labels.
    pub(super) samples: Vec<Sample>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    /// Valid names, and any text.
    pub(super) labels: Vec<(String, String)>,
    /// The value.
    pub(super) value: f64,
}
