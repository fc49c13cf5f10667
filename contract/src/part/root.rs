//! What a part says: as elements, or in the form in which it is stored, as long as nobody asks for these.
//!
//! Most reports are stored as they come, and never looked into: their elements are not even made.

use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use super::Entity;
use super::stored::elements;

/// The report itself, with all that is in it. Whoever changes the head of the part changes this, too: the stored form
/// holds both.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    stored: Option<Stored>,
    entity: OnceLock<Entity>,
}

/// A part in its stored form, and how many points it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    bytes: Box<[u8]>,
    points: u64,
}

impl Root {
    /// That of a part which was just written.
    pub(super) fn stored(bytes: Vec<u8>, points: u64) -> Self {
        let stored = Some(Stored { bytes: bytes.into(), points });
        Self { stored, entity: OnceLock::new() }
    }

    /// The stored form of the whole part, if nothing was changed since it was written.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        self.stored.as_ref().map(|stored| &*stored.bytes)
    }

    pub(super) fn points(&self) -> u64 {
        self.stored.as_ref().map_or_else(|| self.entity().points(), |stored| stored.points)
    }

    pub(super) fn into_entity(mut self) -> Entity {
        std::mem::take(&mut *self)
    }

    fn entity(&self) -> &Entity {
        self.entity.get_or_init(|| {
            let stored = self.stored.as_ref().map(|stored| elements(&stored.bytes));
            stored.transpose().expect("what was written can be read").unwrap_or_default()
        })
    }
}

impl From<Entity> for Root {
    fn from(entity: Entity) -> Self {
        Self { stored: None, entity: entity.into() }
    }
}

impl Deref for Root {
    type Target = Entity;

    fn deref(&self) -> &Entity {
        self.entity()
    }
}

impl DerefMut for Root {
    fn deref_mut(&mut self) -> &mut Entity {
        self.entity();
        self.stored = None;
        self.entity.get_mut().expect("it was just asked for")
    }
}

/// Equal parts give equal bytes.
impl PartialEq for Root {
    fn eq(&self, other: &Self) -> bool {
        match (&self.stored, &other.stored) {
            (Some(one), Some(other)) => one == other,
            _ => self.entity() == other.entity(),
        }
    }
}

impl Eq for Root {}
