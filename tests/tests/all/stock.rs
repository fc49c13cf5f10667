//! What the stock SDKs send: every application, in every way that an SDK has, each as an instance of its own. The files
//! of `tests/peers/reports/` say what is recorded, those of `tests/peers/documented/` what must come of it.

mod application;
mod collected;
mod matrix;
mod relayed;

use std::thread;

use anyhow::{Context as _, ensure};
use headcount_tests::{Encoding, Sdk, Sending, Way};

pub(crate) use application::{Application, Made};
pub(crate) use collected::{collector, collector_to_relays, door};
pub(crate) use matrix::{Route, check};
pub(crate) use relayed::Relays;

/// A row of the matrix: how something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct How {
    pub(crate) sdk: Sdk,
    pub(crate) way: Way,
    pub(crate) encoding: Encoding,
}

impl How {
    /// All that the SDKs have.
    pub(crate) fn all() -> Vec<Self> {
        let rows = |sdk: Sdk| {
            let offers = sdk.offers().into_iter();
            offers.map(move |(way, encoding)| Self { sdk, way, encoding })
        };
        Sdk::ALL.into_iter().flat_map(rows).collect()
    }
}

/// One report on its way: how it is sent, and what of.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) how: How,
    /// Of no other cell.
    pub(crate) number: usize,
    pub(crate) application: Application,
}

impl Cell {
    /// Every application in every way.
    pub(crate) fn all() -> anyhow::Result<Vec<Self>> {
        let applications = Application::all()?;
        let pairs =
            How::all().into_iter().flat_map(|how| applications.iter().map(move |a| (how, a)));
        let cells = pairs.enumerate().map(|(number, (how, application))| {
            Ok(Self { how, number, application: application.numbered(number)? })
        });
        cells.collect()
    }

    /// As an SDK sends it, once, to this endpoint.
    pub(crate) fn sending(&self, endpoint: String) -> anyhow::Result<Sending> {
        let How { way, encoding, .. } = self.how;
        let report = self.application.recorded()?;
        Ok(Sending { way, encoding, endpoint, report, flushes: 1, integers: false })
    }

    /// Why it does not hold.
    fn fault(&self, lines: &[String], made: &Made) -> Option<String> {
        let fault = self.judge(lines, made).err()?;
        Some(format!("{:?} {}: {fault}", self.how, self.application.contract()))
    }

    /// Whether the one line about this instance is the documented one.
    fn judge(&self, lines: &[String], made: &Made) -> anyhow::Result<()> {
        let application = &self.application;
        let about: Vec<_> = lines.iter().filter(|line| application.is_told_by(line)).collect();
        let [line] = about.as_slice() else {
            anyhow::bail!("expected one report, got {about:#?}");
        };
        let documented = application.documented(line, made)?;
        ensure!(**line == documented, "expected {documented}\n     got {line}");
        Ok(())
    }
}

/// Sends all that as `sending` says, by one process of each language.
pub(crate) fn send(
    cells: &[Cell],
    sending: impl Fn(&Cell) -> anyhow::Result<Sending>,
) -> anyhow::Result<()> {
    let mut batches = Vec::new();
    for sdk in Sdk::ALL {
        let own = cells.iter().filter(|cell| cell.how.sdk == sdk);
        let sendings: Vec<_> = own.map(&sending).collect::<anyhow::Result<_>>()?;
        batches.push((sdk, sendings));
    }
    thread::scope(|scope| {
        let languages: Vec<_> =
            batches.iter().map(|(sdk, sendings)| scope.spawn(|| sdk.send(sendings))).collect();
        languages.into_iter().try_for_each(|language| {
            language.join().ok().context("a language's thread ends without a panic")?
        })
    })
}

/// The cells of which exactly the documented report is among the lines, and nothing else is.
///
/// Errors: every cell of which it is not, and what is there instead.
pub(crate) fn exact(cells: &[Cell], lines: &[String], made: &Made) -> anyhow::Result<Vec<How>> {
    let faults: Vec<_> = cells.iter().filter_map(|cell| cell.fault(lines, made)).collect();
    ensure!(faults.is_empty(), "these cells of the matrix do not hold:\n{}", faults.join("\n"));
    ensure!(lines.len() == cells.len(), "{} lines for {} cells", lines.len(), cells.len());
    Ok(cells.iter().map(|cell| cell.how).collect())
}
