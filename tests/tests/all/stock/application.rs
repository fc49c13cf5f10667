//! The five applications: what one records, and the report that is documented for it.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context as _, ensure};
use headcount_contract::Document;
use headcount_tests::hex;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const ID: &str = "service.instance.id";
const VERSION: &str = "service.version";

/// One instance of an application.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    contract: &'static str,
    recorded: String,
    /// The report as a line, with words such as `$date` for what the time decides.
    documented: String,
    /// What stands in no other instance's report.
    mark: String,
}

/// When reports were made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) at: RangeInclusive<Timestamp>,
    /// Whether a relay made them, by the contract's schedule. Then a report for a finished day stands at its end, and the
    /// first of an instance may say that it is the first.
    pub(crate) by_a_relay: bool,
}

impl Application {
    /// The five, each with a distinct value in every path.
    pub(crate) fn all() -> anyhow::Result<Vec<Self>> {
        ["openfn/2", "openwisp/1", "flowforge/0.2", "flowfuse/2.15", "manyfold/0.90"]
            .into_iter()
            .map(Self::read)
            .collect()
    }

    /// The application of that contract.
    pub(crate) fn read(contract: &'static str) -> anyhow::Result<Self> {
        let read = |folder: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(folder);
            let file = folder.join(format!("{}.json", contract.replace('/', "-")));
            fs::read_to_string(&file).with_context(|| file.display().to_string())
        };
        let documented = Document::parse(&read("documented")?).map_err(anyhow::Error::msg)?;
        Ok(Self {
            contract,
            recorded: read("reports")?,
            documented: documented.to_string(),
            mark: String::new(),
        })
    }

    /// Another instance of it, with an id of its own; without an identity, with a version of its own.
    pub(crate) fn numbered(&self, number: usize) -> anyhow::Result<Self> {
        let recorded = self.recorded()?;
        let (was, is) = match recorded["resource"][ID].as_str() {
            Some(id) => {
                (id.to_owned(), format!("{number:08x}{}", id.get(8..).context("a UUID is longer")?))
            }
            None => {
                let version = self.version()?;
                let own = format!("{version}.{number}");
                (version, own)
            }
        };
        let (quoted_was, quoted_is) = (format!("\"{was}\""), format!("\"{is}\""));
        let mut documented = self.documented.replace(&quoted_was, &quoted_is);
        let mut mark = quoted_is.clone();
        if documented == self.documented {
            mark = sha256(&is);
            documented = documented.replace(&sha256(&was), &mark);
        }
        ensure!(documented != self.documented, "the report of {} names {was}", self.contract);
        let recorded = self.recorded.replace(&quoted_was, &quoted_is);
        Ok(Self { contract: self.contract, recorded, documented, mark })
    }

    /// Its contract's name and version.
    pub(crate) fn contract(&self) -> &'static str {
        self.contract
    }

    /// What it records, as an SDK's program takes it.
    pub(crate) fn recorded(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.recorded).context(self.contract)
    }

    /// The instance's id, in clear; `None` where the application has no identity.
    pub(crate) fn id(&self) -> anyhow::Result<Option<String>> {
        Ok(self.recorded()?["resource"][ID].as_str().map(str::to_owned))
    }

    /// The release that it tells.
    pub(crate) fn version(&self) -> anyhow::Result<String> {
        let recorded = self.recorded()?;
        let version = recorded["resource"][VERSION].as_str();
        Ok(version.context("an application tells its version")?.to_owned())
    }

    /// Whether a report is this instance's.
    pub(crate) fn is_told_by(&self, line: &str) -> bool {
        line.contains(&self.mark)
    }

    /// The documented report, made when this line says, which has to be when reports were made.
    pub(crate) fn documented(&self, line: &str, made: &Made) -> anyhow::Result<String> {
        let Some((time, precision)) = told(line)? else { return Ok(self.documented.clone()) };
        // What is finer than a report tells is cut off.
        let start = *made.at.start() - precision;
        ensure!(start <= time && time <= *made.at.end(), "expected {made:?}, got {time}");
        let mut documented = self.documented.clone();
        let mut date = time.to_zoned(TimeZone::UTC).date();
        if made.by_a_relay {
            documented = documented.replace("\"Heartbeat\"", "\"Install\"");
            date = date.yesterday()?;
        }
        Ok(documented
            .replace("$generated_at", &format!("{time:.6}"))
            .replace("$date", &date.to_string())
            .replace("\"$epoch_seconds\"", &time.as_second().to_string()))
    }
}

/// The time in a report, where it tells one, and how precise that is.
fn told(line: &str) -> anyhow::Result<Option<(Timestamp, SignedDuration)>> {
    let report: Value = serde_json::from_str(line)?;
    if let Some(text) = report["generated_at"].as_str() {
        return Ok(Some((text.parse()?, SignedDuration::from_micros(1))));
    }
    let Some(seconds) = report["events"][0]["period_start"].as_i64() else { return Ok(None) };
    Ok(Some((Timestamp::from_second(seconds)?, SignedDuration::from_secs(1))))
}

/// As OpenFn documents it.
fn sha256(id: &str) -> String {
    hex(&Sha256::digest(id)).to_uppercase()
}
