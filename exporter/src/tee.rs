//! A meter provider in front of the host's own: what the contract lists is recorded twice.
//!
//! Two readers on one meter provider contaminate each other: what the callbacks observed for one
//! appears in the report of the other, and a project that was deleted comes back. So the host's
//! provider keeps its readers to itself, and each side runs the callbacks on its own.

mod meter;

use std::fmt;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Meter, MeterProvider};

use crate::collect::Registry;

use meter::TeeMeter;

/// A meter provider that passes everything on to another one, and lets usage reports have what the
/// contract lists. [`Exporter::tee`](crate::Exporter::tee) makes one.
///
/// The other provider gets each instrument as the application asked for it, with its name, description,
/// unit, boundaries, callbacks and scope, and each measurement. It is neither read nor changed.
/// Instruments that the contract does not list are its alone.
///
/// Of those that the contract lists, reports have what was recorded since: the last value of a gauge, the
/// sum of a counter. Callbacks run for each side apart, whenever that side collects; they may therefore
/// run on two threads at the same time, which their type allows. One that panics for a report is
/// contained, one that panics for the other provider does there what it always did. Instruments of
/// one name in several scopes are one gauge to a report.
///
/// Measurements through a bound instrument, an experimental feature of the `opentelemetry` crate,
/// reach neither side where the instrument is listed.
///
/// ```
/// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
/// # let exporter = headcount::Exporter::builder(contract, "usage")
/// #     .endpoint("http://127.0.0.1:9")
/// #     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
/// #     .attribute("service.version", "v2.4.2:match:f1bd9ae")
/// #     .attribute("os.type", "linux")
/// #     .build()?;
/// use headcount::opentelemetry::metrics::MeterProvider as _;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// // The service's own pipeline, as it was.
/// let provider = SdkMeterProvider::builder().build();
/// // What the service makes its instruments with from now on. Where it uses the global provider:
/// // opentelemetry::global::set_meter_provider(exporter.tee(provider.clone()));
/// let tee = exporter.tee(provider.clone());
///
/// let meter = tee.meter("users");
/// meter.u64_gauge("openfn.users").with_description("Everybody").build().record(12, &[]);
/// meter.u64_counter("http.requests").build().add(1, &[]);
///
/// let preview = exporter.preview()?;
/// assert!(preview.to_string().contains(r#""no_of_users": 12"#));
/// assert!(preview.withheld().is_empty()); // the counter is none of its business
/// # Ok::<(), headcount::Error>(())
/// ```
#[derive(Clone)]
pub struct Tee {
    theirs: Arc<dyn MeterProvider + Send + Sync>,
    registry: Arc<Registry>,
}

impl Tee {
    pub(crate) fn new(
        theirs: impl MeterProvider + Send + Sync + 'static,
        registry: Arc<Registry>,
    ) -> Self {
        Self { theirs: Arc::new(theirs), registry }
    }

    fn beside(&self, theirs: Meter) -> Meter {
        Meter::new(Arc::new(TeeMeter::new(theirs, Arc::clone(&self.registry))))
    }
}

impl MeterProvider for Tee {
    fn meter(&self, name: &'static str) -> Meter {
        self.beside(self.theirs.meter(name))
    }

    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        self.beside(self.theirs.meter_with_scope(scope))
    }
}

impl fmt::Debug for Tee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tee").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
