//! The end of the SDK's pipeline: an exporter that sends nothing anywhere.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use super::reading;
use super::round::Round;

/// Hands what the SDK collected to the open round, or drops it.
pub(super) struct InProcess {
    round: Arc<Round>,
}

impl InProcess {
    pub(super) fn new(round: Arc<Round>) -> Self {
        Self { round }
    }
}

impl PushMetricExporter for InProcess {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.round.answer(|| reading::read(metrics));
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    /// A report says how things are, not what changed since the last one.
    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
