//! What everybody may look at, as often as somebody did.

use headcount_publish::Site;

/// What became of a request for something that everybody may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It was answered with the bytes.
    Whole,
    /// Whoever asked has them already.
    Unchanged,
}

const OUTCOMES: [&str; 2] = ["whole", "unchanged"];

/// Requests by the surface that they were for and what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPages([[u64; OUTCOMES.len()]; Site::SURFACES.len()]);

impl Default for ShownPages {
    fn default() -> Self {
        Self([[0; OUTCOMES.len()]; Site::SURFACES.len()])
    }
}

impl ShownPages {
    /// Every pair of closed words, (surface, outcome), with its requests.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        Site::SURFACES.into_iter().zip(self.0).flat_map(|(surface, outcomes)| {
            let labelled = OUTCOMES.into_iter().zip(outcomes);
            labelled.map(move |(outcome, requests)| (surface, outcome, requests))
        })
    }

    pub(super) fn add(&mut self, surface: usize, outcome: Shown) {
        if let Some(outcomes) = self.0.get_mut(surface) {
            outcomes[outcome as usize] += 1;
        }
    }
}
