//! The counters of one definition on one last day.

use std::collections::BTreeMap;

use crate::bytes::{Reader, Unreadable, Writer};
use crate::contribution::{Key, Told};
use crate::definition::Kind;
use crate::number::Fixed;
use crate::sketch::{Mark, Marked, Sketch};

/// The most different texts that are counted for one definition and last day. Those that come later count as other.
pub(crate) const MOST_TEXTS: usize = 1000;

/// The counters of one definition, over some instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) kind: Kind,
    /// Of the instances and their groups.
    pub(crate) sketch: Sketch,
    pub(crate) groups: BTreeMap<Key, Group>,
}

/// The counters of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The instances in it.
    pub(crate) instances: u64,
    /// Those of them that tell a number.
    pub(crate) telling: u64,
    /// The sum of these numbers.
    pub(crate) sum: Fixed,
    /// How many tell which number, for a median.
    pub(crate) numbers: BTreeMap<Fixed, u64>,
    /// Of the instances and their numbers.
    pub(crate) sketch: Sketch,
}

impl Tally {
    pub(crate) fn new(kind: Kind, min_count: u32) -> Self {
        Self { kind, sketch: Sketch::for_count(min_count), groups: BTreeMap::new() }
    }

    /// Adds an instance. `told` becomes what it was counted as.
    pub(crate) fn add(&mut self, mark: &Mark, told: &mut Told, min_count: u32) {
        if matches!(told.key, Key::Text(_))
            && !self.groups.contains_key(&told.key)
            && self.texts() >= MOST_TEXTS
        {
            told.key = Key::Other;
        }
        let group = self.groups.entry(told.key.clone());
        let group = group.or_insert_with(|| Group::empty(Sketch::for_count(min_count)));
        group.instances = group.instances.saturating_add(1);
        match (self.kind, told.number) {
            (Kind::Split, _) => self.sketch.add(told.key.marked(mark)),
            (kind, Some(number)) => group.tell(kind, number, mark),
            (_, None) => {}
        }
    }

    /// How many texts are told apart: where there are any there are no buckets, and few other groups.
    fn texts(&self) -> usize {
        let others = [Key::All, Key::Missing, Key::Other];
        self.groups.len() - others.iter().filter(|other| self.groups.contains_key(*other)).count()
    }

    /// Takes back what was added.
    pub(crate) fn subtract(&mut self, mark: &Mark, told: &Told) {
        let Some(group) = self.groups.get_mut(&told.key) else { return };
        group.instances = group.instances.saturating_sub(1);
        match (self.kind, told.number) {
            (Kind::Split, _) => self.sketch.subtract(told.key.marked(mark)),
            (kind, Some(number)) => group.take_back(kind, number, mark),
            (_, None) => {}
        }
        if group.instances == 0 {
            self.groups.remove(&told.key);
        }
    }

    /// Adds the counters of other instances.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.sketch.merge(&other.sketch);
        for (key, theirs) in &other.groups {
            let group = self.groups.entry(key.clone());
            group.or_insert_with(|| Group::empty(theirs.sketch.none())).merge(theirs);
        }
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.byte(match self.kind {
            Kind::Split => 0,
            Kind::Sum => 1,
            Kind::Median => 2,
        });
        self.sketch.write(to);
        to.len(self.groups.len());
        for (key, group) in &self.groups {
            key.write(0, to);
            group.write(self.kind, to);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let kind = match from.byte()? {
            0 => Kind::Split,
            1 => Kind::Sum,
            2 => Kind::Median,
            _ => return Err(from.unreadable()),
        };
        let (sketch, mut groups) = (Sketch::read(from)?, BTreeMap::new());
        for _ in 0..from.len()? {
            let (key, _) = Key::read(from)?;
            groups.insert(key, Group::read(kind, &sketch, from)?);
        }
        Ok(Self { kind, sketch, groups })
    }
}

fn marked_number(mark: &Mark, number: Fixed) -> Marked {
    mark.with(&number.0.to_le_bytes())
}

impl Group {
    pub(crate) fn empty(sketch: Sketch) -> Self {
        let (sum, numbers) = (Fixed::default(), BTreeMap::new());
        Self { instances: 0, telling: 0, sum, numbers, sketch }
    }

    fn tell(&mut self, kind: Kind, number: Fixed, mark: &Mark) {
        self.telling = self.telling.saturating_add(1);
        self.sketch.add(marked_number(mark, number));
        if kind != Kind::Median {
            self.sum = self.sum.plus(number);
            return;
        }
        let held = self.numbers.entry(number).or_default();
        *held = held.saturating_add(1);
    }

    fn take_back(&mut self, kind: Kind, number: Fixed, mark: &Mark) {
        self.telling = self.telling.saturating_sub(1);
        self.sketch.subtract(marked_number(mark, number));
        if kind != Kind::Median {
            self.sum = self.sum.minus(number);
        } else if let Some(held) = self.numbers.get_mut(&number) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.numbers.remove(&number);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.instances = self.instances.saturating_add(other.instances);
        self.telling = self.telling.saturating_add(other.telling);
        self.sum = self.sum.plus(other.sum);
        for (number, instances) in &other.numbers {
            let held = self.numbers.entry(*number).or_default();
            *held = held.saturating_add(*instances);
        }
        self.sketch.merge(&other.sketch);
    }

    fn write(&self, kind: Kind, to: &mut Writer) {
        to.number(self.instances);
        if kind == Kind::Split {
            return;
        }
        to.number(self.telling);
        to.signed(self.sum.0);
        to.len(self.numbers.len());
        for (number, instances) in &self.numbers {
            to.signed(number.0);
            to.number(*instances);
        }
        self.sketch.write(to);
    }

    fn read(kind: Kind, like: &Sketch, from: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let instances = from.number()?;
        if kind == Kind::Split {
            return Ok(Self { instances, ..Self::empty(like.none()) });
        }
        let (telling, sum) = (from.number()?, Fixed(from.signed()?));
        let mut numbers = BTreeMap::new();
        for _ in 0..from.len()? {
            let number = Fixed(from.signed()?);
            numbers.insert(number, from.number()?);
        }
        Ok(Self { instances, telling, sum, numbers, sketch: Sketch::read(from)? })
    }
}
