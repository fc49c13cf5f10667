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
    Split { by: By },
    /// Whose number is in which bucket.
    Spread { path: String, from: Vec<Fixed> },
    /// The sum of a number, of all or by the value of a leaf.
    Sum { path: String, by: Option<By> },
    /// The median of a number, of all or by the value of a leaf.
    Median { path: String, by: Option<By> },
}

/// What instances are grouped by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct By {
    /// The leaf whose value names the group.
    pub(crate) path: String,
    /// What ends the name.
    pub(crate) cut_at: Option<String>,
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
        let by = By::of(figure);
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

    /// What instances are grouped by.
    pub(crate) fn by(&self) -> Option<&By> {
        match self {
            Self::Split { by } => Some(by),
            Self::Sum { by, .. } | Self::Median { by, .. } => by.as_ref(),
            Self::Members | Self::Spread { .. } => None,
        }
    }

    /// Who is in which of its groups.
    pub(crate) fn split(&self) -> Option<Self> {
        self.by().map(|by| Self::Split { by: by.clone() })
    }

    /// The same of all instances together.
    pub(crate) fn whole(&self) -> Self {
        match self {
            Self::Sum { path, .. } => Self::Sum { path: path.clone(), by: None },
            Self::Median { path, .. } => Self::Median { path: path.clone(), by: None },
            Self::Members | Self::Split { .. } | Self::Spread { .. } => Self::Members,
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
            Self::Split { by } => digest(&["split", &by.path, by.mark()]),
            Self::Spread { path, from } => {
                let from: Vec<_> = from.iter().map(|bound| bound.0.to_string()).collect();
                digest(&["spread", path, &from.join(" ")])
            }
            Self::Sum { path, by } => digest(&grouped("sum", path, by.as_ref())),
            Self::Median { path, by } => digest(&grouped("median", path, by.as_ref())),
        }
    }
}

fn grouped<'d>(measure: &'d str, path: &'d str, by: Option<&'d By>) -> Vec<&'d str> {
    let by = by.map(|by| [by.path.as_str(), by.mark()]);
    [measure, path].into_iter().chain(by.into_iter().flatten()).collect()
}

impl By {
    fn of(figure: &Figure) -> Option<Self> {
        let path = figure.by.clone()?;
        Some(Self { path, cut_at: figure.cut_at.clone() })
    }

    fn mark(&self) -> &str {
        self.cut_at.as_deref().unwrap_or_default()
    }

    /// The name of the group that a text belongs to. Texts that begin with the mark name none.
    pub(crate) fn group<'t>(&self, text: &'t str) -> &'t str {
        let cut = self.cut_at.as_deref().and_then(|mark| text.split_once(mark));
        cut.map_or(text, |(name, _)| name)
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

#[cfg(test)]
mod tests {
    use headcount_contract::{Contract, Header, Library, Reason};
    use jiff::civil::date;

    use super::*;
    use crate::Counting;
    use crate::contribution::Key;

    #[test]
    fn a_group_is_named_by_what_stands_before_the_mark() {
        let by = |mark: Option<&str>| By { path: String::new(), cut_at: mark.map(str::to_owned) };
        assert_eq!(by(Some(".")).group("v16.13.1"), "v16");
        assert_eq!(by(Some(".")).group("v16"), "v16");
        assert_eq!(by(Some(".")).group(".1"), "");
        assert_eq!(by(None).group("v16.13.1"), "v16.13.1");
    }

    /// What an application's own example adds.
    fn told(name: &str) -> Vec<Key> {
        let counting = Counting::of(&Library::built_in(), name).expect("it publishes figures");
        let contract = counting.contract();
        let header = Header {
            report_id: String::new(),
            date: date(2026, 3, 4),
            time_unix_nano: 0,
            reason: Reason::Daily,
            dropped: 0,
        };
        let part = contract.part(&contract.example(), &header).expect("its own example");
        let contribution = counting.contribution(contract.version(), &part).expect("a report");
        contribution.told.into_iter().map(|told| told.key).collect()
    }

    #[test]
    fn no_two_bounds_of_a_contract_are_the_same() {
        let text = r#"
contract: shop
version: "1"
brief: A shop.
identity: none
consent: { default: opt_in }
report: { orders: { $gauge: shop.orders, brief: Orders } }
publish: { figures: { sizes: { distribution: orders, buckets: [-1e19, -1e-6, 0, 1e-6, 1, 1e19] } } }
"#;
        let contract = Contract::parse("shop.yaml", text).expect("a contract");
        let definition = Definition::of(&contract.publish().figures[0]);
        let Some(Definition::Spread { from, .. }) = definition else { panic!("{definition:?}") };
        assert_eq!(from.len(), 6);
        assert!(from.is_sorted_by(|one, next| one < next), "{from:?}");
    }

    #[test]
    fn a_commit_does_not_split_a_release() {
        assert!(told("openfn").contains(&Key::Text("v2.4.2".into())));
    }

    #[test]
    fn an_element_of_a_list_is_found_by_what_it_says() {
        let keys = told("openwisp");
        for expected in ["22.05", "Ubuntu 20.04.1 LTS", "x86_64", "docker-openwisp"] {
            assert!(keys.contains(&Key::Text(expected.into())), "{expected} in {keys:?}");
        }
    }
}
