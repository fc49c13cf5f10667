//! A configuration for the OpenTelemetry Collector that forwards the reports of one contract, and nothing else.
//!
//! What passes is said as an allow-list, and every rule fails closed: what a rule does not name is dropped, and so is
//! a request for which a rule cannot be worked out.

mod head;
mod lines;
mod ottl;
mod processors;
mod sending;
mod target;

use std::fmt;
use std::str::FromStr;

use lines::Lines;
pub use target::{CollectorTarget, NotATarget, Transport};

use crate::model::Contract;

/// How a Collector takes reports in, keeps them and sends them on.
///
/// ```
/// use headcount_contract::{CollectorRoute, CollectorTarget, Library};
///
/// let library = Library::built_in();
/// let contract = library.find("manyfold").expect("it ships");
/// let target = CollectorTarget::relay("127.0.0.1:4317", None)?;
/// let configuration = contract.collector_configuration(&CollectorRoute::to(target));
/// assert!(configuration.contains("\n    metrics/headcount-manyfold:\n"));
/// # Ok::<(), headcount_contract::NotATarget>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorRoute {
    /// Where reports go.
    pub target: CollectorTarget,
    /// The receivers of the Collector's own configuration that reports come through.
    pub receivers: Vec<ComponentId>,
    /// The directory in which what waits is kept, by an extension `file_storage`; none keeps it in memory.
    pub storage: Option<String>,
    /// What stands in `service.extensions` of the Collector's own configuration already, where the output is to list it
    /// again together with its `file_storage`. `None` leaves that list alone, and a comment says what to add to it.
    pub extensions: Option<Vec<ComponentId>>,
}

impl CollectorRoute {
    /// From the receiver `otlp` to this target; what waits is kept in memory.
    pub fn to(target: CollectorTarget) -> Self {
        let otlp = ComponentId("otlp".to_owned());
        Self { target, receivers: vec![otlp], storage: None, extensions: None }
    }
}

impl Contract {
    /// A configuration for the OpenTelemetry Collector that forwards this contract's metrics and attributes and
    /// nothing else, in a pipeline of its own: YAML with comments, to be merged into a configuration that has the
    /// receivers. The same contract and route give the same text.
    pub fn collector_configuration(&self, route: &CollectorRoute) -> String {
        let name = format!("headcount-{}", self.name);
        let mut lines = Lines::default();
        head::write(&mut lines, self, route, &name);
        lines.blank();
        processors::write(&mut lines, self, route, &name);
        lines.blank();
        sending::write(&mut lines, route, &name);
        lines.into_text()
    }
}

/// The id of a component in a Collector's configuration: `TYPE` or `TYPE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentId(String);

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ComponentId {
    type Err = String;

    /// The error says what was expected and what came.
    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once('/').unwrap_or((text, "own"));
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let named = |b: u8| letter(b) || matches!(b, b'-' | b'.');
        let fits = kind.starts_with(|first: char| first.is_ascii_alphabetic())
            && kind.bytes().all(letter)
            && !name.is_empty()
            && name.bytes().all(named);
        if fits && text.len() <= 128 {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("expected the id of a component such as otlp or otlp/second, got `{text}`"))
        }
    }
}
