//! The elements of a part, made of its stored form without any messages between.

use std::sync::Arc;

use super::super::stored::{Lent, Told};
use super::super::{Elements, Entity, Stamped};
use super::{Content, List, View};
use crate::value::Scalar;

impl View<'_> {
    /// Everything that the part says. `None` as for [`View::points`].
    pub(in crate::part) fn entity(&self) -> Option<Entity> {
        let names = self.names.iter().copied().map(Arc::from).collect();
        Maker { view: self, names }.entity(self.root)
    }
}

struct Maker<'v> {
    view: &'v View<'v>,
    /// The names of the view, in its order.
    names: Vec<Arc<str>>,
}

impl<'v> Maker<'v> {
    fn entity(&self, message: &'v [u8]) -> Option<Entity> {
        let mut entity = Entity::default();
        for content in self.view.contents(message) {
            match content? {
                Content::Attribute(told) => {
                    entity.attributes.set(self.name(told.name)?, told.stamped());
                }
                Content::Gauge(told) => entity.gauges.set(self.name(told.name)?, told.stamped()),
                Content::List(list) => {
                    entity.lists.insert(self.name(list.name)?, self.elements(list)?);
                }
            }
        }
        Some(entity)
    }

    fn elements(&self, list: List<'v>) -> Option<Elements> {
        let elements = list.elements().map(|element| {
            let (key, message) = element?;
            Some((key.into(), self.entity(message)?))
        });
        let max = usize::try_from(list.max).unwrap_or(usize::MAX);
        Some(Elements { max, by_key: elements.collect::<Option<_>>()? })
    }

    /// The view lends its names out of one table, so each is found by where it stands.
    fn name(&self, name: &str) -> Option<Arc<str>> {
        let place = self.view.names.iter().position(|held| std::ptr::eq(*held, name))?;
        self.names.get(place).cloned()
    }
}

impl Told<'_> {
    fn stamped(&self) -> Stamped {
        let value = match self.value {
            Lent::Text(text) => Scalar::Text(text.to_owned()),
            Lent::Bool(value) => Scalar::Bool(value),
            Lent::Int(value) => Scalar::Int(value),
            Lent::Double(value) => Scalar::Double(value),
        };
        Stamped { time: self.time, value }
    }
}
