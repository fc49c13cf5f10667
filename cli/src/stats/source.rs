//! Where figures are read from: a receiver's public site, or the database of one.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use headcount_contract::{Contract, Library};
use headcount_publish::{Application, Brand, Site};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::sheet::Sheet;
use super::{fetch, parse};
use crate::args::Figures;
use crate::config::Config;
use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::{known, store};

/// All figures.
pub(super) fn sheet(arguments: &Figures) -> Outcome<Sheet> {
    match &arguments.from {
        Some(url) => Ok(parse::sheet(&fetch(url, &arguments.name, "data.json")?)?),
        None => Ok(Sheet::of(&application(arguments)?)),
    }
}

/// What `/NAME/stats` says.
pub(super) fn json(arguments: &Figures) -> Outcome<String> {
    let bytes = match &arguments.from {
        Some(url) => fetch(url, &arguments.name, "stats")?,
        None => {
            let site = Site::build(&[application(arguments)?], &Brand::default(), None);
            let path = format!("/{}/stats", arguments.name);
            let served = site.get(&path).and_then(|served| served.representations.first());
            served.with_context(|| format!("expected {path} to be made"))?.bytes.clone()
        }
    };
    Ok(parse::harmless_json(&bytes)?)
}

fn fetch(url: &str, name: &str, file: &str) -> Outcome<Vec<u8>> {
    let site = fetch::Site::parse(url).or_configuration()?;
    Ok(site.get(&format!("/{name}/{file}"))?.into())
}

/// What a receiver on the database publishes of the application.
fn application(arguments: &Figures) -> Outcome<Application> {
    let Figures { name, store, contracts, .. } = arguments;
    let Config { kept, .. } = Config::load(store, Vec::new())?.config;
    let library = known::library(&[&kept.contracts[..], contracts].concat())?;
    let versions = versions(&library, name)?;
    let (reader, _) = store::read(&kept)?;
    let snapshot = reader.snapshot(name, None).map_err(store::failure)?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    Ok(Application { versions, snapshot: Arc::new(snapshot), volatile: false, today })
}

/// The versions of an application's contract, where the newest publishes something.
fn versions(library: &Library, name: &str) -> Outcome<Vec<Arc<Contract>>> {
    let versions: Vec<_> = library.versions(name).cloned().collect();
    match versions.last() {
        Some(newest) if !newest.publish().figures.is_empty() => Ok(versions),
        Some(newest) => Err(Failure::Configuration(anyhow!(
            "expected a contract that publishes figures, {} has none under publish.figures",
            newest.label()
        ))),
        None => Err(Failure::Configuration(anyhow!(
            "expected the name of a known contract ({}), got another: give its file with --contract-file",
            library.names().join(", ")
        ))),
    }
}
