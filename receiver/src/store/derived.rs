//! What the receiver adds to a report where its contract says so.

use jiff::Timestamp;

/// What the receiver knows of a report beside what it says. It is merged as parts are: in any order, any number of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Derived {
    /// When the first part of it came, in whole seconds.
    pub received_at: Option<Timestamp>,
    /// What stands for its sender on that day, of several the smallest.
    pub source: Option<[u8; 32]>,
}

impl Derived {
    /// Takes in what is known of another part of the same report.
    pub fn merge(&mut self, other: Self) {
        let second = other.received_at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
        self.received_at = smaller(self.received_at, second);
        self.source = smaller(self.source, other.source);
    }
}

fn smaller<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_merges_does_not_show() {
        let at = |second| Timestamp::from_second(second).ok();
        let known = [
            Derived::default(),
            Derived { received_at: at(7), source: None },
            Derived { received_at: at(5), source: Some([9; 32]) },
            Derived { received_at: at(9), source: Some([3; 32]) },
        ];
        let merged = |order: &[usize]| {
            let mut all = Derived::default();
            for &index in order {
                all.merge(known[index]);
            }
            all
        };
        let expected = Derived { received_at: at(5), source: Some([3; 32]) };
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            assert_eq!(merged(&order), expected);
            assert_eq!(merged(&[order, order].concat()), expected);
        }
    }
}
