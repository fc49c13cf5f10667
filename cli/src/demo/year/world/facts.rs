//! What an instance knows of itself on one day.

use jiff::civil::Date;

use super::life::{Life, whole};
use super::train::Release;

/// What an instance is asked about.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Reading<'a> {
    pub(super) life: &'a Life,
    pub(super) release: &'a Release,
    pub(super) day: i32,
    pub(super) date: Date,
}

/// What it answers, before anything is taken away.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Facts {
    /// The contract that its release brings along, such as `openfn/2`.
    pub(in super::super) contract: &'static str,
    /// Attributes of its resource.
    pub(in super::super) attributes: Vec<(&'static str, String)>,
    /// Values of its gauges.
    pub(in super::super) points: Vec<Point>,
}

/// A value of a gauge.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Point {
    pub(in super::super) gauge: &'static str,
    pub(in super::super) attributes: Vec<(&'static str, String)>,
    pub(in super::super) value: u64,
}

impl Facts {
    pub(super) fn new(contract: &'static str) -> Self {
        Self { contract, ..Self::default() }
    }

    pub(super) fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    pub(super) fn gauge(mut self, gauge: &'static str, value: u64) -> Self {
        self.point(gauge, &[], value);
        self
    }

    pub(super) fn point(
        &mut self,
        gauge: &'static str,
        attributes: &[(&'static str, &str)],
        value: u64,
    ) {
        let attributes = attributes.iter().map(|&(name, text)| (name, text.to_owned()));
        self.points.push(Point { gauge, attributes: attributes.collect(), value });
    }
}

impl Reading<'_> {
    /// Something that an instance has more of the larger it is and, by `growth` a year, the longer it runs. At least
    /// `least`, and around `usual` for half of the new ones.
    pub(super) fn grown(&self, usual: f64, growth: f64, least: u64) -> u64 {
        let grown = usual * self.life.size * (1.0 + growth * self.life.years(self.day));
        count(grown).max(least)
    }

    /// Which of the choices an instance made once, for whatever reason: each as likely as its weight says.
    pub(super) fn choice<T: Copy>(&self, what: &str, choices: &[(T, u32)]) -> T {
        let all: u32 = choices.iter().map(|(_, weight)| weight).sum();
        let mut drawn = self.life.stream.of(what).numbers().u32(0..all);
        for &(choice, weight) in choices {
            if drawn < weight {
                return choice;
            }
            drawn -= weight;
        }
        unreachable!("what is drawn is less than the sum of the weights")
    }

    /// The release, as most write it.
    pub(super) fn version(&self) -> String {
        let Release { major, minor, patch, .. } = self.release;
        format!("{major}.{minor}.{patch}")
    }
}

/// The nearest number of things.
pub(super) fn count(number: f64) -> u64 {
    u64::try_from(whole(number)).unwrap_or_default()
}
