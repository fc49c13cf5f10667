//! An instance as its exporter sees it: what it knows of itself becomes what travels.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use headcount::Exporter;
use headcount::contract::{Contract, Covers, Library, Reason};
use headcount::opentelemetry::KeyValue;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};

use super::world::{Facts, Life, Told};

/// What the exporters of all instances have in common.
pub(super) struct Exporters {
    library: Library,
    /// A folder that is not there: a preview needs none.
    data: PathBuf,
    /// Named in notices, which nobody sees here.
    endpoint: String,
}

impl Exporters {
    pub(super) fn new(data: PathBuf, endpoint: String) -> Self {
        Self { library: Library::built_in(), data, endpoint }
    }

    /// The days that an application's reports are for.
    pub(super) fn covers(&self, application: &str) -> Covers {
        self.library.newest(application).map_or(Covers::Now, |contract| contract.schedule().covers)
    }

    /// The request in which an instance would tell this: its gauges are collected, the contract takes from them what
    /// it lists, and that is encoded. All of it is done by the instance's own exporter.
    pub(super) fn request(&self, life: &Life, told: &Told) -> anyhow::Result<Vec<u8>> {
        let contract = self.library.find(told.facts.contract);
        let contract = contract.with_context(|| format!("expected {}", told.facts.contract))?;
        let exporter = self.exporter(contract, life, &told.facts)?;
        record(&exporter, &told.facts);
        let preview = exporter.preview_of(Reason::Daily, made_at(contract, life, told.date)?)?;
        if let Some(missing) = preview.missing().first() {
            bail!("expected a whole report of {}, it lacks {missing}", contract.label());
        }
        Ok(preview.otlp().to_vec())
    }

    fn exporter(
        &self,
        contract: &Arc<Contract>,
        life: &Life,
        facts: &Facts,
    ) -> anyhow::Result<Exporter> {
        let mut builder = Exporter::builder(contract.clone(), &self.data)
            .endpoint(&self.endpoint)
            .instance_id(&life.id)
            .environment(|_| None);
        for (name, value) in &facts.attributes {
            builder = builder.attribute(*name, value.clone());
        }
        Ok(builder.build()?)
    }
}

fn record(exporter: &Exporter, facts: &Facts) {
    let meter = exporter.meter();
    for points in facts.points.chunk_by(|one, next| one.gauge == next.gauge) {
        let gauge = meter.u64_gauge(points[0].gauge).build();
        for point in points {
            let attributes = point.attributes.iter();
            let attributes = attributes.map(|(name, text)| KeyValue::new(*name, text.clone()));
            gauge.record(point.value, &attributes.collect::<Vec<_>>());
        }
    }
}

/// When an instance makes its report for a day: each has its own second of the day.
fn made_at(contract: &Contract, life: &Life, date: Date) -> anyhow::Result<SystemTime> {
    let day = match contract.schedule().covers {
        Covers::PreviousDay => date.checked_add(1.day())?,
        Covers::Now => date,
    };
    let midnight = day.to_datetime(time(0, 0, 0, 0)).to_zoned(TimeZone::UTC)?.timestamp();
    Ok((midnight + SignedDuration::from_secs(life.second())).into())
}
