//! The names that settings have.

use headcount_receiver::settings::{Described, Group};

use super::assignment::Assignment;
use super::mistakes::Mistakes;

/// The paths of all groups and of all settings.
pub(super) struct Names {
    groups: Vec<Vec<&'static str>>,
    settings: Vec<Vec<&'static str>>,
}

impl Names {
    pub(super) fn of(all: &impl Group) -> Self {
        let (groups, settings): (Vec<_>, Vec<_>) =
            all.described().into_iter().partition(Described::is_group);
        let paths = |described: Vec<Described>| described.into_iter().map(|one| one.path).collect();
        Self { groups: paths(groups), settings: paths(settings) }
    }

    pub(super) fn settings(&self) -> impl Iterator<Item = &[&'static str]> {
        self.settings.iter().map(Vec::as_slice)
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &[&'static str]> {
        self.groups.iter().map(Vec::as_slice)
    }

    pub(super) fn is_group(&self, path: &[&str]) -> bool {
        self.groups().any(|group| group == path)
    }

    pub(super) fn is_setting(&self, path: &[&str]) -> bool {
        self.settings().any(|setting| setting == path)
    }

    /// What was expected in a group, or outside of all, instead of a name.
    pub(super) fn expected(&self, group: &[&str], came: &str) -> String {
        let all = self.settings().chain(self.groups());
        let names = all.filter_map(|path| match path.split_last() {
            Some((name, within)) if within == group => Some(*name),
            _ => None,
        });
        format!("expected one of {}, got `{came}`", names.collect::<Vec<_>>().join(", "))
    }

    /// Whether there is such a setting; notes it where there is none.
    pub(super) fn knows(&self, assignment: &Assignment, mistakes: &mut Mistakes) -> bool {
        let path = assignment.path();
        if self.is_setting(&path) {
            return true;
        }
        // As far as there are groups by these names.
        let known = (0..path.len()).rev().find(|&end| self.is_group(&path[..end])).unwrap_or(0);
        let came = path.get(known).copied().unwrap_or("no further name");
        mistakes.note(&assignment.origin, self.expected(&path[..known], came));
        false
    }
}
