//! `headcount contract grafana`: a dashboard of what is published.

use anyhow::anyhow;

use crate::exit::{Failure, Outcome};
use crate::{known, output};

pub(super) fn run(meant: &str) -> Outcome {
    let contract = known::find(meant)?;
    let dashboard = contract.grafana_dashboard().ok_or_else(|| {
        let label = contract.label();
        Failure::Configuration(anyhow!("expected a contract that publishes figures, got {label}"))
    })?;
    output::print(&dashboard.pretty())
}
