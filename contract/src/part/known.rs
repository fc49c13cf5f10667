//! Takes away what is new, for a relay whose room is full.

use super::{Entity, Part};

impl Part {
    /// Takes away the points whose series another part of the same contract does not have, and says how many those
    /// were. What is left takes no more room there than what it replaces.
    pub fn retain_known(&mut self, known: &Self) -> u64 {
        let before = self.points();
        self.root.retain_known(&known.root);
        before - self.points()
    }
}

impl Entity {
    fn retain_known(&mut self, known: &Self) {
        self.attributes.retain_named(|name| known.attributes.get(name).is_some());
        self.gauges.retain_named(|name| known.gauges.get(name).is_some());
        self.lists.retain(|name, elements| {
            let Some(list) = known.lists.get(name) else { return false };
            elements.by_key.retain(|key, element| {
                let Some(held) = list.by_key.get(key) else { return false };
                element.retain_known(held);
                element.points() > 0
            });
            !elements.by_key.is_empty()
        });
    }
}
