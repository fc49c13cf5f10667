//! The values of one element, by name.

use std::sync::Arc;

use super::{Put, Stamped};

/// A map from names to values, in the order of the names.
///
/// A report has as many of these as it has elements, most with one value or two: kept in a row, they take a tenth
/// of the memory of a `BTreeMap`, and are walked as much faster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(Vec<(Arc<str>, Stamped)>);

impl Values {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Stamped> {
        self.place(name).ok().map(|index| &self.0[index].1)
    }

    /// Puts a value where it belongs, if it wins.
    pub(crate) fn put(&mut self, name: Arc<str>, stamped: Stamped) -> Put {
        match self.place(&name) {
            Err(index) => {
                self.add(index, name, stamped);
                Put::New
            }
            Ok(index) => self.0[index].1.put(stamped),
        }
    }

    /// Sets a value, whatever was there.
    pub(crate) fn set(&mut self, name: Arc<str>, stamped: Stamped) {
        match self.place(&name) {
            Err(index) => self.add(index, name, stamped),
            Ok(index) => self.0[index].1 = stamped,
        }
    }

    /// Keeps those of which this is true.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Stamped) -> bool) {
        self.0.retain(|(_, stamped)| keep(stamped));
    }

    /// Keeps those whose name this is true of.
    pub(super) fn retain_named(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// Every name and value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Stamped)> {
        self.0.iter().map(|(name, stamped)| (name, stamped))
    }

    /// Every value, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Stamped> {
        self.0.iter_mut().map(|(_, stamped)| stamped)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| (**held).cmp(name))
    }

    fn add(&mut self, index: usize, name: Arc<str>, stamped: Stamped) {
        if self.0.capacity() == 0 {
            // Often it stays alone.
            self.0.reserve_exact(1);
        }
        self.0.insert(index, (name, stamped));
    }
}

impl IntoIterator for Values {
    type Item = (Arc<str>, Stamped);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<(Arc<str>, Stamped)> for Values {
    fn extend<I: IntoIterator<Item = (Arc<str>, Stamped)>>(&mut self, values: I) {
        values.into_iter().for_each(|(name, stamped)| self.set(name, stamped));
    }
}

impl FromIterator<(Arc<str>, Stamped)> for Values {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Stamped)>>(values: I) -> Self {
        let mut all = Self::default();
        all.extend(values);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::value::Scalar;

    proptest! {
        #[test]
        fn they_are_a_map(steps in proptest::collection::vec((0..12_u8, 0..4_u64, 0..3_u8), 0..60)) {
            let mut values = Values::default();
            let mut model: BTreeMap<Arc<str>, Stamped> = BTreeMap::new();
            for (name, time, step) in steps {
                let name: Arc<str> = format!("name.{name}").into();
                let stamped = Stamped { time, value: Scalar::Int(3) };
                match step {
                    0 => {
                        let held = model.get(&name);
                        let expected = match held {
                            None => Put::New,
                            Some(held) if stamped > *held => Put::Newer,
                            Some(_) => Put::Unchanged,
                        };
                        if expected != Put::Unchanged {
                            model.insert(name.clone(), stamped.clone());
                        }
                        prop_assert_eq!(values.put(name, stamped), expected);
                    }
                    1 => {
                        model.insert(name.clone(), stamped.clone());
                        values.set(name, stamped);
                    }
                    _ => {
                        model.retain(|_, held| held.time != time);
                        values.retain(|held| held.time != time);
                    }
                }
                prop_assert!(values.iter().eq(model.iter()));
                prop_assert_eq!(values.len(), model.len());
            }
            for (name, stamped) in &model {
                prop_assert_eq!(values.get(name), Some(stamped));
            }
            prop_assert_eq!(values.get("name"), None);
        }
    }
}
