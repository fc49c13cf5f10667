//! Where the attributes of a point are looked for.

use headcount_proto::{Attribute, Point, Value};

use super::find;

/// A point with what is said about its elements around it.
///
/// A Collector that groups points by an attribute takes it away from them and tells it once, on their resource.
pub(crate) struct Around<'v, 'a> {
    pub(crate) point: &'v Point<'v, 'a>,
    /// Attributes of the resource and scope that tell about elements of lists.
    pub(crate) around: &'v [Attribute<'a>],
}

impl<'v, 'a> Around<'v, 'a> {
    /// The attribute of that key. What the point itself says counts.
    pub(super) fn find(&self, key: &str) -> Option<&'v Value<'a>> {
        find(self.point.attributes, key).or_else(|| find(self.around, key))
    }

    /// The same, where it is a text.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.find(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}
