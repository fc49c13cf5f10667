//! What is counted: the measures of figures, without their windows.

use headcount_contract::{Figure, Measure};
use sha2::{Digest as _, Sha256};

use crate::number::Fixed;

/// Something that is counted over instances. Figures that differ in their windows alone share it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Definition {
    /// Who reported.
    Members,
    /// Who has which value of a leaf.
    Split { by: String },
    /// Whose number is in which bucket.
    Spread { path: String, from: Vec<Fixed> },
    /// The sum of a number, of all or by the value of a leaf.
    Sum { path: String, by: Option<String> },
    /// The median of a number, of all or by the value of a leaf.
    Median { path: String, by: Option<String> },
}

/// How counters of a definition work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Instances by group, with one sketch.
    Split,
    /// Sums by group, each with a sketch of its own.
    Sum,
    /// Numbers by group, each with a sketch of its own.
    Median,
}

impl Definition {
    /// That of a figure. `None` for those of finished months.
    pub(crate) fn of(figure: &Figure) -> Option<Self> {
        let by = figure.by.clone();
        Some(match (&figure.measure, by) {
            (Measure::Instances, None) => Self::Members,
            (Measure::Instances, Some(by)) => Self::Split { by },
            (Measure::Sum(path), by) => Self::Sum { path: path.clone(), by },
            (Measure::Median(path), by) => Self::Median { path: path.clone(), by },
            (Measure::Distribution(path, bounds), _) => Self::Spread {
                path: path.clone(),
                from: bounds.iter().filter_map(|bound| Fixed::near(bound.as_f64()?)).collect(),
            },
            (Measure::Retention | Measure::ReportingDays, _) => return None,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Members | Self::Split { .. } | Self::Spread { .. } => Kind::Split,
            Self::Sum { .. } => Kind::Sum,
            Self::Median { .. } => Kind::Median,
        }
    }

    /// The leaf by whose value instances are grouped.
    pub(crate) fn by(&self) -> Option<&str> {
        match self {
            Self::Split { by } => Some(by),
            Self::Sum { by, .. } | Self::Median { by, .. } => by.as_deref(),
            Self::Members | Self::Spread { .. } => None,
        }
    }

    /// The leaf or the list that is measured.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Spread { path, .. } | Self::Sum { path, .. } | Self::Median { path, .. } => {
                Some(path)
            }
            Self::Members | Self::Split { .. } => None,
        }
    }

    /// Its digest: what its counters are kept under, so that those of another definition are never mixed in.
    pub(crate) fn id(&self) -> u64 {
        match self {
            Self::Members => digest(&["members"]),
            Self::Split { by } => digest(&["split", by]),
            Self::Spread { path, from } => {
                let from: Vec<_> = from.iter().map(|bound| bound.0.to_string()).collect();
                digest(&["spread", path, &from.join(" ")])
            }
            Self::Sum { path, by } => digest(&["sum", path, by.as_deref().unwrap_or_default()]),
            Self::Median { path, by } => {
                digest(&["median", path, by.as_deref().unwrap_or_default()])
            }
        }
    }
}

/// Eight bytes of a hash over words.
pub(crate) fn digest(words: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word);
    }
    let hash: [u8; 32] = hash.finalize().into();
    u64::from_le_bytes(hash[..8].try_into().expect("eight bytes are eight bytes"))
}
