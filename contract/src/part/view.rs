//! A stored part, read where it stands.
//!
//! An SDK tells the same series again and again, each time with a newer time. What came last then says all that is
//! held, and replaces it. That is found here by one walk over both stored forms, without an element made of either.

mod entity;

use std::cmp::Ordering;

use prost::bytes::Buf as _;
use prost::encoding::{WireType, decode_key, decode_varint};

use super::Merged;
use super::stored::{Lent, Told};

/// A part in its stored form.
pub(super) struct View<'a> {
    pub(super) date: &'a str,
    pub(super) generation: &'a str,
    pub(super) newest: u64,
    names: Vec<&'a str>,
    root: &'a [u8],
}

/// A field of a message of the stored form.
#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message; `None` stands for one that cannot be read, and is the last.
#[derive(Clone)]
struct Fields<'a>(&'a [u8]);

/// What stands in an element, in its order.
#[derive(Clone, Copy)]
enum Content<'a> {
    Attribute(Told<'a>),
    Gauge(Told<'a>),
    List(List<'a>),
}

/// A list: its name, its most elements, and the message that its elements are in.
#[derive(Clone, Copy)]
struct List<'a> {
    name: &'a str,
    max: u64,
    message: &'a [u8],
}

impl<'a> View<'a> {
    /// Reads the head; `None` where the bytes are not as this release writes them.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (date, generation, newest, names, root) = ("", "", 0, Vec::new(), &bytes[..0]);
        let mut view = Self { date, generation, newest, names, root };
        for field in Fields(bytes) {
            match field? {
                (1, Field::Bytes(text)) => view.date = std::str::from_utf8(text).ok()?,
                (2, Field::Bytes(text)) => view.generation = std::str::from_utf8(text).ok()?,
                (3, Field::Fixed(time)) => view.newest = time,
                (4, Field::Bytes(name)) => view.names.push(std::str::from_utf8(name).ok()?),
                (5, Field::Bytes(root)) => view.root = root,
                _ => return None,
            }
        }
        Some(view)
    }

    /// Reads everything, and says how many points the part has; `None` as for [`View::read`].
    pub(super) fn points(&self) -> Option<u64> {
        self.points_of(self.root)
    }

    /// What a merge with a part comes to that says everything this one says, at least as new: then it is that part.
    /// `None` where it is not.
    pub(super) fn replaced_by(&self, newer: &Self) -> Option<Merged> {
        let mut merged = Merged::default();
        let same = self.generation == newer.generation && self.newest <= newer.newest;
        let mut contents = Contents { held: self, newer, merged: &mut merged };
        if same { contents.replaced(self.root, newer.root).map(|()| merged) } else { None }
    }

    /// The points of an element. Whatever is in it is read, and has to be in its order.
    fn points_of(&self, entity: &'a [u8]) -> Option<u64> {
        let (mut points, mut before) = (0, None);
        for content in self.contents(entity) {
            let content = content?;
            if before.replace(content.place()).is_some_and(|before| before >= content.place()) {
                return None;
            }
            points += self.points_in(content)?;
        }
        Some(points)
    }

    fn points_in(&self, content: Content<'a>) -> Option<u64> {
        let Content::List(list) = content else {
            return Some(matches!(content, Content::Gauge(_)).into());
        };
        let (mut points, mut before) = (0, None);
        for element in list.elements() {
            let (key, entity) = element?;
            if before.replace(key).is_some_and(|before| before >= key) {
                return None;
            }
            points += self.points_of(entity)?;
        }
        Some(points)
    }

    fn contents(&self, entity: &'a [u8]) -> impl Iterator<Item = Option<Content<'a>>> {
        Fields(entity).map(|field| match field? {
            (1, Field::Bytes(value)) => Some(Content::Attribute(self.value(value)?)),
            (2, Field::Bytes(value)) => Some(Content::Gauge(self.value(value)?)),
            (3, Field::Bytes(list)) => Some(Content::List(self.list(list)?)),
            _ => None,
        })
    }

    fn name(&self, index: u64) -> Option<&'a str> {
        self.names.get(usize::try_from(index).ok()?).copied()
    }

    fn value(&self, message: &'a [u8]) -> Option<Told<'a>> {
        let (mut name, mut age, mut value) = (0, 0, None);
        for field in Fields(message) {
            match field? {
                (1, Field::Number(index)) => name = index,
                (2, Field::Number(nanoseconds)) => age = nanoseconds,
                (3, Field::Bytes(text)) => {
                    value = Some(Lent::Text(std::str::from_utf8(text).ok()?));
                }
                (4, Field::Number(number)) => value = Some(Lent::Bool(number != 0)),
                (5, Field::Number(number)) => value = Some(Lent::Int(signed(number))),
                (6, Field::Fixed(bits)) => value = Some(Lent::Double(f64::from_bits(bits))),
                _ => return None,
            }
        }
        let time = self.newest.saturating_sub(age);
        Some(Told { name: self.name(name)?, time, value: value? })
    }

    fn list(&self, message: &'a [u8]) -> Option<List<'a>> {
        let (mut name, mut max) = (0, 0);
        for field in Fields(message) {
            match field? {
                (1, Field::Number(index)) => name = index,
                (2, Field::Number(most)) => max = most,
                // The elements stand behind them.
                _ => break,
            }
        }
        Some(List { name: self.name(name)?, max, message })
    }
}

/// `sint64`
fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

impl<'a> List<'a> {
    /// The elements by their keys.
    fn elements(self) -> impl Iterator<Item = Option<(&'a str, &'a [u8])>> {
        let fields = Fields(self.message).skip_while(|field| matches!(field, Some((1 | 2, _))));
        fields.map(|field| {
            let Some((3, Field::Bytes(element))) = field else { return None };
            let (mut key, mut entity) = ("", &element[..0]);
            for field in Fields(element) {
                match field? {
                    (1, Field::Bytes(text)) => key = std::str::from_utf8(text).ok()?,
                    (2, Field::Bytes(message)) => entity = message,
                    _ => return None,
                }
            }
            Some((key, entity))
        })
    }
}

impl<'a> Content<'a> {
    /// Where it stands in an element.
    fn place(self) -> (u8, &'a str) {
        match self {
            Self::Attribute(told) => (1, told.name),
            Self::Gauge(told) => (2, told.name),
            Self::List(list) => (3, list.name),
        }
    }
}

/// What two parts say, side by side.
struct Contents<'v> {
    held: &'v View<'v>,
    newer: &'v View<'v>,
    merged: &'v mut Merged,
}

impl<'v> Contents<'v> {
    /// Finds all that one element says in the other, at least as new. `None` where it is not there.
    fn replaced(&mut self, held: &'v [u8], newer: &'v [u8]) -> Option<()> {
        let (of_held, of_newer) = (self.held, self.newer);
        let placed = |content: Option<Content<'v>>| content.map(|one| (one.place(), one));
        let (held, newer) = (of_held.contents(held).map(placed), of_newer.contents(newer));
        beside(held, newer.map(placed), |held, newer| match held {
            Some(held) => self.content(held, newer),
            None => self.add(of_newer.points_in(newer)),
        })
    }

    fn content(&mut self, held: Content<'v>, newer: Content<'v>) -> Option<()> {
        match (held, newer) {
            (Content::Attribute(held), Content::Attribute(newer)) => {
                at_least_as_new(&held, &newer).map(drop)
            }
            (Content::Gauge(held), Content::Gauge(newer)) => {
                let added = at_least_as_new(&held, &newer)?;
                *if added { &mut self.merged.added } else { &mut self.merged.duplicate } += 1;
                Some(())
            }
            (Content::List(held), Content::List(newer)) => self.list(held, newer),
            _ => None,
        }
    }

    fn list(&mut self, held: List<'v>, newer: List<'v>) -> Option<()> {
        if newer.max < held.max {
            return None;
        }
        let of_newer = self.newer;
        beside(held.elements(), newer.elements(), |held, newer| match held {
            Some(held) => self.replaced(held, newer),
            None => self.add(of_newer.points_of(newer)),
        })
    }

    fn add(&mut self, points: Option<u64>) -> Option<()> {
        self.merged.added += points?;
        Some(())
    }
}

/// Goes through two lists in the order of their keys: each of the newer one meets that of the held one with its key, or
/// none. `None` where one of the held is missing, or something cannot be read, or a meeting does not go well.
fn beside<K: Ord, T: Copy>(
    held: impl Iterator<Item = Option<(K, T)>>,
    mut newer: impl Iterator<Item = Option<(K, T)>>,
    mut meet: impl FnMut(Option<T>, T) -> Option<()>,
) -> Option<()> {
    for one in held {
        let (key, held) = one?;
        loop {
            let (other, newer) = newer.next()??;
            match other.cmp(&key) {
                Ordering::Less => meet(None, newer)?,
                Ordering::Equal => break meet(Some(held), newer)?,
                Ordering::Greater => return None,
            }
        }
    }
    newer.try_for_each(|one| meet(None, one?.1))
}

/// Whether a value is newer than the one that is held, and not just the same; `None` where it is older, or another of
/// the same time.
fn at_least_as_new(held: &Told<'_>, newer: &Told<'_>) -> Option<bool> {
    match newer.time.cmp(&held.time) {
        Ordering::Less => None,
        Ordering::Equal => is_same(newer.value, held.value).then_some(false),
        Ordering::Greater => Some(true),
    }
}

fn is_same(one: Lent<'_>, other: Lent<'_>) -> bool {
    match (one, other) {
        (Lent::Text(one), Lent::Text(other)) => one == other,
        (Lent::Bool(one), Lent::Bool(other)) => one == other,
        (Lent::Int(one), Lent::Int(other)) => one == other,
        // Of the two zeros one is greater.
        (Lent::Double(one), Lent::Double(other)) => one.to_bits() == other.to_bits(),
        _ => false,
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u32, Field<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u32, Field<'a>)> {
        let (number, wire_type) = decode_key(&mut self.0).ok()?;
        let field = match wire_type {
            WireType::Varint => Field::Number(decode_varint(&mut self.0).ok()?),
            WireType::SixtyFourBit => Field::Fixed(self.0.try_get_u64_le().ok()?),
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut self.0).ok()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            _ => return None,
        };
        Some((number, field))
    }
}

#[cfg(test)]
mod tests;
