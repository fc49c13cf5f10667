//! The other end of a builder: an exporter for an application that runs elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ExporterBuilder;
use crate::directory::Directory;
use crate::error::{Cause, Error};
use crate::exporter::Exporter;
use crate::follow::Place;
use crate::instance::{Instance, is_required};
use crate::memory::{Memory, read_contract};
use crate::opened::Host;
use crate::send::Route;
use crate::state::{Application, Role};

impl ExporterBuilder {
    /// Opens the data directory as [`Exporter::open`] does, also where no application has run with it yet: to
    /// decline, say, before it starts for the first time.
    ///
    /// Errors: the directory is that of another application.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let data = folder.path().join("usage");
    /// use headcount::Exporter;
    ///
    /// Exporter::builder(contract.clone(), &data).open()?.decline()?;
    ///
    /// // The application starts later, and does not report.
    /// let application = Exporter::builder(contract, &data)
    ///     .endpoint("http://127.0.0.1:4318")
    ///     .environment(|_| None)
    ///     .build()?;
    /// assert_eq!(application.status()?.decision, "off: it was declined");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(self) -> Result<Exporter, Error> {
        let directory = Directory::at(&self.data_directory);
        let memory = Memory::read(&directory, &[]).map_err(Cause::Storage)?;
        let Some(application) = memory.state.application else {
            return Ok(self.before_the_first_run());
        };
        let known = read_contract(&directory, application.digest, &[]).map_err(Cause::Storage)?;
        if let Some(known) = known.filter(|known| known.name() != self.contract.name()) {
            let (expected, got) = (self.contract.name(), known.label());
            let place = directory.path().display();
            let text =
                format!("expected the data directory of {expected}, got that of {got}: {place}");
            return Err(Cause::NoApplication(text).into());
        }
        self.after(application)
    }

    fn before_the_first_run(self) -> Exporter {
        let required = is_required(&self.contract, &self.attributes);
        // Whose id it is cannot be seen where an instance behind a relay lost what it kept.
        let own_id = self.instance_id.is_some() || self.place.leader().is_some();
        let own_secret = self.secret.is_some();
        let route = self.route_elsewhere();
        self.assemble(route, required, Host::Elsewhere { own_id, own_secret })
    }

    /// With what the application said about itself, where nothing else was given.
    fn after(mut self, application: Application) -> Result<Exporter, Error> {
        match application.role {
            Role::Leads => self.place = Place::Leads,
            Role::Follows if self.place.leader().is_none() => {
                self.place = Place::Follows(self.leader()?);
            }
            Role::Follows | Role::Alone => {}
        }
        let Application { own_id, own_secret, .. } = application;
        self.configuration = self.configuration.or(application.configuration.map(PathBuf::from));
        self.facts = self.facts.or(application.facts);
        if self.endpoint.is_none() && self.redirect().is_none() {
            self.protocol = application.protocol;
            self.endpoint = application.endpoint;
        }
        let required = application.required || is_required(&self.contract, &self.attributes);
        let route = self.route_elsewhere();
        Ok(self.assemble(route, required, Host::Elsewhere { own_id, own_secret }))
    }

    /// The one that decides for this instance. Where what it decided is lost or damaged, that is what it says.
    fn leader(&self) -> Result<Arc<Instance>, Error> {
        let directory = std::path::absolute(&self.data_directory).map_err(Cause::Storage)?;
        let above = directory.parent().and_then(Path::parent).unwrap_or(&directory);
        let leader = match Exporter::open(above) {
            Err(error) if error.is_configuration() => {
                let contract = Arc::clone(&self.contract);
                Self::new(contract, above.to_owned()).decides_only().open()?
            }
            opened => opened?,
        };
        if leader.leads() {
            return Ok(leader.shared());
        }
        let (got, this) = (above.display(), directory.display());
        Err(Cause::NoApplication(format!(
            "expected the directory of the relay that decides for {this} two levels above, got another: {got}"
        ))
        .into())
    }

    /// The way to the receiver. Where nobody says where reports go, the rest can be done all the same.
    fn route_elsewhere(&self) -> Result<Route, String> {
        if self.endpoint.is_none()
            && self.contract.intake().endpoint.is_none()
            && self.redirect().is_none()
        {
            return Err("the receiver that the application names when it runs".to_owned());
        }
        self.route().unwrap_or_else(|error| Err(error.to_string()))
    }
}
