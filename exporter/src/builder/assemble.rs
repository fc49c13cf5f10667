//! Puts an exporter together, and decides where its reports go.

use std::sync::Arc;

use super::ExporterBuilder;
use crate::collect::Collector;
use crate::configuration::Configuration;
use crate::directory::Directory;
use crate::endpoint::Endpoint;
use crate::error::{Cause, Error};
use crate::exporter::Exporter;
use crate::instance::{Instance, Process};
use crate::memory::Memory;
use crate::opened::Host;
use crate::send::{Roots, Route};

impl ExporterBuilder {
    pub(super) fn assemble(
        self,
        route: Result<Route, String>,
        required: bool,
        host: Host,
    ) -> Exporter {
        // The process may change its directory later.
        let absolute = std::path::absolute(&self.data_directory);
        let absolute = absolute.unwrap_or_else(|_| self.data_directory.clone());
        let facts = self.facts.completed(self.configuration.as_deref(), &absolute);
        let directory = Directory::at(absolute);
        let older = Memory::read(&directory, std::slice::from_ref(&self.contract))
            .ok()
            .and_then(|memory| memory.agreed);
        let contracts = [Some(&self.contract), older.as_ref()].into_iter().flatten();
        let gauges = contracts.flat_map(|contract| contract.gauges());
        let collector =
            Collector::new(gauges.map(|gauge| gauge.name.to_owned()).collect(), Vec::new());
        Exporter::new(Instance {
            required,
            contract: self.contract,
            directory,
            route,
            own_id: self.instance_id,
            own_secret: self.secret,
            attributes: self.attributes,
            configuration: self.configuration,
            environment: self.environment,
            show: self.show,
            facts,
            report_for: self.report_for,
            recorded: self.recorded,
            place: self.place,
            timeout: self.timeout,
            collector,
            process: Process::default(),
            bell: Arc::default(),
            host,
        })
    }

    /// The way to the receiver: the operator's word, the application's, the contract's.
    pub(super) fn route(&self) -> Result<Result<Route, String>, Error> {
        let roots = self.roots.as_deref().map(Roots::given).transpose()?.unwrap_or_default();
        let route = |url: &str| {
            let endpoint = Endpoint::parse(url, self.protocol)?;
            Ok::<_, Error>(Route::new(endpoint, roots.clone(), &*self.environment))
        };
        if let Some((place, url)) = self.redirect() {
            return Ok(route(&url).map_err(|error| format!("{place}: {error}")));
        }
        let own = self.endpoint.as_deref().or(self.contract.intake().endpoint.as_deref());
        let url = own.ok_or_else(|| {
            let expected = "expected an endpoint, got none: call `endpoint` with a receiver's URL, \
                            or write `receiver.endpoint` into the contract";
            Cause::Configuration(expected.to_owned())
        })?;
        route(url).map(Ok)
    }

    /// Where the operator wants reports to go, and where that is written.
    pub(super) fn redirect(&self) -> Option<(String, String)> {
        let file = self.configuration.as_ref().and_then(|path| {
            let endpoint = Configuration::read(path).ok()?.endpoint?;
            Some((format!("telemetry.endpoint in {}", path.display()), endpoint))
        });
        let variable = self.contract.intake().environment.as_deref().and_then(|name| {
            let url = (self.environment)(name).filter(|url| !url.trim().is_empty())?;
            Some((name.to_owned(), url.trim().to_owned()))
        });
        variable.or(file)
    }
}
