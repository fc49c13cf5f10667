//! What can be wrong with what an operator set for the public's pages.

use std::path::PathBuf;

/// Why nothing can be published. The text names the setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    #[error(
        "expected publish.root to name an application that is published ({known}), got `{name}`"
    )]
    Root { name: String, known: String },
    #[error("expected to read publish.logo, {path}, got: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("expected publish.logo, {path}, to be {expected}, got {came}")]
    Logo { path: PathBuf, expected: &'static str, came: String },
}
