//! What one report adds to the figures of its application.

use std::sync::Arc;

use jiff::civil::Date;

use crate::bytes::{Reader, Unreadable, Writer};
use crate::definition::Kind;
use crate::number::Fixed;
use crate::sketch::{Mark, Marked};

/// What one report adds to each figure of its application.
#[derive(Clone, Debug)]
pub struct Contribution {
    pub(crate) day: Date,
    /// The place of the contract's version among all of them: of two reports for a day the newer version's counts.
    pub(crate) rank: u32,
    pub(crate) layout: Arc<Layout>,
    pub(crate) told: Vec<Told>,
}

/// Which definitions a contribution speaks of, in its order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) id: u64,
    pub(crate) definitions: Vec<(u64, Kind)>,
    pub(crate) min_count: u32,
}

/// What a report adds to one definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) key: Key,
    pub(crate) number: Option<Fixed>,
}

/// What instances have in common that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Nothing: all are counted together.
    All,
    /// Their reports lack the value.
    Missing,
    /// A value that is not fit to be shown, or one of too many different ones.
    Other,
    /// This value.
    Text(Box<str>),
    /// A number below the first bound (0), or from that bound (counted from 1) on.
    Bucket(u32),
}

impl Contribution {
    /// The UTC day that its report is for.
    pub fn day(&self) -> Date {
        self.day
    }
}

const NUMBER: u8 = 8;
const WHOLE: u8 = 16;

impl Told {
    pub(crate) fn write(&self, to: &mut Writer) {
        let whole = self.number.and_then(Fixed::as_whole);
        let number = match (self.number, whole) {
            (None, _) => 0,
            (Some(_), None) => NUMBER,
            (Some(_), Some(_)) => NUMBER | WHOLE,
        };
        self.key.write(number, to);
        if let Some(number) = self.number {
            to.signed(whole.unwrap_or(number.0));
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let (key, flags) = Key::read(from)?;
        let number = match flags {
            0 => None,
            NUMBER => Some(Fixed(from.signed()?)),
            _ => Some(Fixed::from_whole(from.signed()?).ok_or(from.unreadable())?),
        };
        Ok(Self { key, number })
    }
}

impl Key {
    /// What an instance adds to a sketch by this. Without a group it adds the same wherever it is counted, so that all
    /// its counts can be compared.
    pub(crate) fn marked(&self, mark: &Mark) -> Marked {
        if *self == Self::All {
            return mark.presence();
        }
        let mut bytes = Writer::new();
        self.write(0, &mut bytes);
        mark.with(&bytes.into_bytes())
    }

    /// Writes it in a byte or more, of which the upper bits are left for `flags`.
    pub(crate) fn write(&self, flags: u8, to: &mut Writer) {
        match self {
            Self::All => to.byte(flags),
            Self::Missing => to.byte(1 | flags),
            Self::Other => to.byte(2 | flags),
            Self::Text(text) => {
                to.byte(3 | flags);
                to.text(text);
            }
            Self::Bucket(bucket) => {
                to.byte(4 | flags);
                to.number(*bucket);
            }
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<(Self, u8), Unreadable> {
        let byte = from.byte()?;
        let key = match byte & 7 {
            0 => Self::All,
            1 => Self::Missing,
            2 => Self::Other,
            3 => Self::Text(from.text()?.into()),
            4 => Self::Bucket(from.number()?),
            _ => return Err(from.unreadable()),
        };
        Ok((key, byte & !7))
    }
}
