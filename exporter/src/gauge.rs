//! Gauges that the application tells when they change, checked by name against the contract.

mod shape;

use std::fmt;
use std::sync::Arc;

use headcount_contract::Contract;

use crate::collect::{GaugeValue, Registry, Series};

pub(crate) use shape::{GaugeError, Listing, Shape};

/// A gauge of the contract whose values the application tells when they change, for each entity
/// that it has: a project, a branch, a queue. [`Exporter::gauge`](crate::Exporter::gauge) makes
/// one; `N` is how many attributes name an entity.
///
/// It holds what it was told last, and forgets an entity when it is [removed](Self::remove) or
/// [replaced](Self::replace). For what can be asked at any time, an observable gauge of
/// [`Exporter::meter`](crate::Exporter::meter) is simpler: nothing has to be removed.
///
/// Ids are given as text, in the order in which the attributes were named. Where the contract has
/// an attribute as an integer, a double or a boolean, the text is read as one.
///
/// Each call is a short lock and a look-up: no I/O, no panic, nothing to wait for. Clones, and every
/// gauge of the same name, tell the same series. One gauge has at most 100 000 of them; if more are
/// told, it is left out of reports, visibly, until it is replaced or [cleared](Self::clear). A gauge
/// that outlives its exporter goes on taking values, which nobody reads.
///
/// ```
/// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
/// # let exporter = headcount::Exporter::builder(contract, "usage")
/// #     .endpoint("http://127.0.0.1:9")
/// #     .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
/// #     .attribute("service.version", "v2.4.2:match:f1bd9ae")
/// #     .attribute("os.type", "linux")
/// #     .build()?;
/// use headcount::Gauge;
///
/// struct Projects {
///     users: Gauge<1>,
/// }
///
/// impl Projects {
///     fn joined(&self, project: &str, users: u64) {
///         self.users.set([project], users);
///     }
///
///     fn deleted(&self, project: &str) {
///         self.users.remove([project]);
///     }
/// }
///
/// let users = exporter.gauge("openfn.project.users", ["openfn.project.id"])?;
/// let projects = Projects { users };
/// projects.joined("6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10", 3);
/// projects.joined("7f3c9a52-0d1e-4b8a-8f6e-2b4c6d8e0a12", 4);
/// projects.deleted("6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10");
/// let report = exporter.preview()?.to_string();
/// assert_eq!(report.matches("hashed_uuid").count(), 2); // of the instance, and of one project
/// assert!(report.contains(r#""no_of_users": 4"#));
/// # Ok::<(), headcount::Error>(())
/// ```
#[derive(Clone)]
pub struct Gauge<const N: usize> {
    shape: Arc<Shape>,
    series: Arc<Series>,
}

impl<const N: usize> Gauge<N> {
    /// A gauge of the contract, whose points carry exactly these attributes.
    pub(crate) fn new(
        contract: &Contract,
        registry: &Registry,
        gauge: &str,
        entities: [&str; N],
    ) -> Result<Self, GaugeError> {
        let shape = Listing::new(contract).shape(gauge, &entities)?;
        Ok(Self { shape: Arc::new(shape), series: registry.series(gauge) })
    }

    /// Tells the value of one entity, which holds until another is told.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:9").build()?;
    /// let users = exporter.gauge("openfn.users", [])?;
    /// users.set([], 12);
    ///
    /// let project = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10".to_owned();
    /// let users = exporter.gauge("openfn.project.users", ["openfn.project.id"])?;
    /// users.set([&project], vec!["ada", "bo"].len());
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn set(&self, ids: [&str; N], value: impl Into<GaugeValue>) {
        self.series.tell(self.shape.attributes(&ids), value.into());
    }

    /// Forgets one entity: no report has it any more. Nothing happens where it is not known.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:9").build()?;
    /// let jobs = exporter
    ///     .gauge("openfn.workflow.jobs", ["openfn.project.id", "openfn.workflow.id"])?;
    /// let project = "6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10";
    /// let workflow = "0e7b8c1d-2f3a-4b5c-8d6e-9f0a1b2c3d4e";
    /// jobs.set([project, workflow], 7);
    /// jobs.remove([project, workflow]);
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn remove(&self, ids: [&str; N]) {
        self.series.remove(&self.shape.attributes(&ids));
    }

    /// Tells all entities at once and forgets every other: a report has either the old ones or
    /// these. Of two values of one entity the last counts.
    ///
    /// The iterator runs before anything is replaced, and may take its time.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:9").build()?;
    /// let users = exporter.gauge("openfn.project.users", ["openfn.project.id"])?;
    /// // SELECT project_id, count(*) FROM project_users GROUP BY project_id
    /// let rows: Vec<(String, i64)> = vec![
    ///     ("6b2f1a70-1c9e-4d7b-9a77-3a0f5d1f6f10".to_owned(), 3),
    ///     ("7f3c9a52-0d1e-4b8a-8f6e-2b4c6d8e0a12".to_owned(), 4),
    /// ];
    /// users.replace(rows.into_iter().map(|(project, users)| ([project], users)));
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn replace<I, V>(&self, values: impl IntoIterator<Item = ([I; N], V)>)
    where
        I: AsRef<str>,
        V: Into<GaugeValue>,
    {
        let values = values.into_iter();
        self.series.replace(values.map(|(ids, value)| (self.shape.attributes(&ids), value.into())));
    }

    /// Forgets every entity.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let exporter = headcount::Exporter::builder(contract, "usage").endpoint("http://127.0.0.1:9").build()?;
    /// let users = exporter.gauge("openfn.users", [])?;
    /// users.set([], 12);
    /// users.clear();
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn clear(&self) {
        self.series.replace(std::iter::empty());
    }
}

impl<const N: usize> fmt::Debug for Gauge<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gauge").field("entities", &N).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
