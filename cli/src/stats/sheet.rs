//! The figures of an application, as they are shown in a terminal.

use headcount_contract::Order;
use headcount_figures::Snapshot;
use headcount_publish::Application;
use jiff::civil::Date;

/// All figures of an application. Whoever wrote them, their texts do nothing in a terminal.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sheet {
    pub(super) application: String,
    /// What it reports.
    pub(super) brief: String,
    /// What is counted: `instances`, or `reports`.
    pub(super) counted: String,
    pub(super) licence: Option<String>,
    pub(super) min_count: u64,
    /// Whether the receiver forgets everything at a restart.
    pub(super) volatile: bool,
    /// In the contract's order.
    pub(super) figures: Vec<Figure>,
    /// What they came to.
    pub(super) snapshot: Snapshot,
}

/// What a figure tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) brief: String,
    pub(super) definition: String,
    /// Whether its groups are releases, of which each includes those behind it.
    pub(super) releases: bool,
}

impl Sheet {
    /// What is shown of an application on this machine.
    pub(super) fn of(application: &Application) -> Self {
        let contract = application.newest();
        let figures = application.figures().iter().map(|figure| Figure {
            name: figure.name.clone(),
            brief: figure.brief.clone().unwrap_or_else(|| figure.name.clone()),
            definition: application.definition(figure),
            releases: figure.order == Order::Version,
        });
        Self {
            application: contract.name().to_owned(),
            brief: contract.brief().to_owned(),
            counted: application.counted().to_owned(),
            licence: contract.publish().licence.clone(),
            min_count: contract.publish().min_count.into(),
            volatile: application.volatile,
            figures: figures.collect(),
            snapshot: Snapshot::clone(&application.snapshot),
        }
    }

    /// The totals of a figure over time, as far as there are any.
    pub(super) fn totals(&self, figure: &Figure) -> Vec<(Date, f64)> {
        let series = self.snapshot.series(&figure.name).into_iter();
        series.filter_map(|(day, number)| Some((day, number.total()?))).collect()
    }

    /// How such totals changed within the four weeks that end with the newest day: 0.5 is half as much again. `None`
    /// where one end is not shown, or there was nothing before.
    pub(super) fn change(&self, totals: &[(Date, f64)]) -> Option<f64> {
        let newest = self.snapshot.newest()?.day;
        let before = newest.checked_sub(jiff::Span::new().days(28)).ok()?;
        let at = |day: Date| totals.iter().find(|(of, _)| *of == day).map(|(_, total)| *total);
        let (now, then) = (at(newest)?, at(before)?);
        (then > 0.0).then(|| now / then - 1.0)
    }
}
