//! How fast a release is taken up.

use super::super::numbers::percent;
use super::super::sheet::Figure;
use super::Page;

/// Releases of which it is told.
const TOLD: usize = 3;

impl Page<'_> {
    /// How many have each of the newest releases, or a newer one, and how long half of all took to get there.
    pub(super) fn adoption(&self, figure: &Figure) -> Vec<String> {
        let adoption = self.sheet.snapshot.adoption(&figure.name);
        let told = adoption.releases.iter().take(TOLD).map(|release| {
            let share = format!("{} at {} or newer", percent(release.share), release.name);
            match release.days_to_half {
                Some(days) => format!("{share} (half after {days} days)"),
                None => share,
            }
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() { Vec::new() } else { self.wrapped(&told.join("; ")) }
    }
}
