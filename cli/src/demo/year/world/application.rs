//! The five applications.

use super::train::Releases;
use super::{Facts, Reading, flowforge, flowfuse, manyfold, openfn, openwisp};

/// An application, and how it fares.
#[derive(Debug)]
pub(in super::super) struct Application {
    /// Its contract's name.
    pub(in super::super) name: &'static str,
    pub(super) releases: Releases,
    /// How many of those who ever run it are there before the first day.
    pub(super) settled: f64,
    /// How many more join on the last day than on the first: 1 is twice as many.
    pub(super) growth: f64,
    /// What an instance knows of itself.
    pub(super) facts: fn(&Reading<'_>) -> Facts,
}

/// All of them.
pub(in super::super) static APPLICATIONS: [Application; 5] = [
    Application {
        name: "openfn",
        releases: Releases { first: (2, 1), every: 30 },
        settled: 0.3,
        growth: 0.8,
        facts: openfn::facts,
    },
    Application {
        name: "openwisp",
        releases: Releases { first: (23, 5), every: 120 },
        settled: 0.5,
        growth: 0.3,
        facts: openwisp::facts,
    },
    Application {
        name: "flowforge",
        releases: Releases { first: (0, 4), every: 28 },
        settled: 0.8,
        growth: -0.9,
        facts: flowforge::facts,
    },
    Application {
        name: "flowfuse",
        releases: Releases { first: (2, 0), every: 32 },
        settled: 0.35,
        growth: 0.8,
        facts: flowfuse::facts,
    },
    Application {
        name: "manyfold",
        releases: Releases { first: (0, 90), every: 21 },
        settled: 0.3,
        growth: 1.2,
        facts: manyfold::facts,
    },
];
