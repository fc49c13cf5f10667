//! How a Collector is started.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use anyhow::{bail, ensure};

use super::{Collector, How, port::free_address};
use crate::peer::target;
use crate::process::Finished;

const TAKEN: &str = "address already in use";
/// How often other ports are tried where one was taken after all.
const TRIES: usize = 8;

/// How a Collector is started.
///
/// A configuration is a Collector's own YAML. `${env:GRPC}` and `${env:HTTP}` in it stand for the two addresses that the
/// Collector is to listen on, `${env:FOLDER}` for a folder of its own; others are [set](Self::set).
#[derive(Clone, Debug, Default)]
pub struct Collecting {
    configurations: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl Collecting {
    /// By this configuration.
    pub fn by(configuration: &str) -> Self {
        Self::default().and(configuration)
    }

    /// By the configurations before with this one laid over them, as the Collector lays them: maps are merged, all else
    /// is replaced.
    #[must_use]
    pub fn and(mut self, configuration: &str) -> Self {
        self.configurations.push(configuration.to_owned());
        self
    }

    /// With this variable in its environment.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts it and waits until it is ready.
    pub fn start(self) -> anyhow::Result<Collector> {
        for _ in 0..TRIES {
            if let Some(collector) = self.clone().attempt()? {
                return Ok(collector);
            }
        }
        bail!("expected free ports for a Collector, and {TRIES} times others were faster")
    }

    /// Starts it where it must not start, and returns how it ended.
    pub fn refused(self) -> anyhow::Result<Finished> {
        let mut collector = self.prepare()?;
        match collector.launch()? {
            None => bail!("expected the Collector to refuse, and it runs: {}", collector.log()),
            Some(status) => Ok(Finished { status, stdout: String::new(), stderr: collector.log() }),
        }
    }

    /// `None` where a port was taken.
    fn attempt(self) -> anyhow::Result<Option<Collector>> {
        let mut collector = self.prepare()?;
        match collector.launch()? {
            None => Ok(Some(collector)),
            Some(_) if collector.log().contains(TAKEN) => Ok(None),
            Some(status) => bail!("the Collector ended with {status}: {}", collector.log()),
        }
    }

    fn prepare(self) -> anyhow::Result<Collector> {
        let binary = target()?.join("peers/collector/otelcol");
        ensure!(
            binary.exists(),
            "the OpenTelemetry Collector is not built: expected {}; run ./test once",
            binary.display()
        );
        let folder = tempfile::tempdir()?;
        let mut words = Vec::new();
        for (number, configuration) in self.configurations.iter().enumerate() {
            let file = folder.path().join(format!("configuration-{number}.yaml"));
            fs::write(&file, configuration)?;
            words.push(format!("--config=file:{}", file.display()));
        }
        // Its own metrics would listen on a port that all Collectors share.
        words.push("--config=yaml:service::telemetry::metrics::level: none".to_owned());
        let [grpc, http] = [free_address()?, free_address()?];
        let mut variables = self.variables;
        variables.insert("GRPC".to_owned(), grpc.to_string());
        variables.insert("HTTP".to_owned(), http.to_string());
        variables.insert("FOLDER".to_owned(), folder.path().display().to_string());
        let how = How { binary, words, variables };
        Ok(Collector { how, running: None, log: Arc::default(), grpc, http, folder })
    }
}
