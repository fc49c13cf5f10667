//! Which of several numbers are hidden: the small ones, and others so that nobody can work these out.

/// What has to hold.
pub(super) struct Rule {
    /// From how many instances on a number is shown; none at all are shown too.
    pub(super) least: u64,
    /// Instances that are in none of the numbers, but in their total.
    pub(super) outside: u64,
    /// Whether the total must not come out, even if no number is small.
    pub(super) always: bool,
}

/// The numbers that are shown, `None` in the place of those that are not. Whoever subtracts them from their total
/// learns of no less than the least number of instances.
pub(super) fn conceal(counts: &[u64], mut hidden: Vec<bool>, rule: &Rule) -> Vec<Option<u64>> {
    let small = |count: u64| (1..rule.least).contains(&count);
    for (count, hidden) in counts.iter().zip(&mut hidden) {
        *hidden |= small(*count);
    }
    loop {
        let places = || counts.iter().zip(&hidden).enumerate();
        let covered: u64 = places().filter(|(_, (_, hidden))| **hidden).map(|(_, (n, _))| n).sum();
        let covered = covered + rule.outside;
        if covered >= rule.least || (covered == 0 && !rule.always) {
            break;
        }
        let shown = places().filter(|(_, (count, hidden))| **count > 0 && !**hidden);
        let Some((next, _)) = shown.min_by_key(|(_, (count, _))| **count) else { break };
        hidden[next] = true;
    }
    counts.iter().zip(hidden).map(|(count, hidden)| (!hidden).then_some(*count)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_small_number_takes_another_with_it() {
        let rule = |outside, always| Rule { least: 5, outside, always };
        let conceal = |counts: &[u64], rule| conceal(counts, vec![false; counts.len()], &rule);
        assert_eq!(conceal(&[9, 0, 7], rule(0, false)), [Some(9), Some(0), Some(7)]);
        assert_eq!(conceal(&[9, 2, 7], rule(0, false)), [Some(9), None, None]);
        assert_eq!(conceal(&[9, 2, 3], rule(0, false)), [Some(9), None, None]);
        assert_eq!(conceal(&[9, 0, 7], rule(1, false)), [Some(9), Some(0), None]);
        assert_eq!(conceal(&[9, 0, 7], rule(0, true)), [Some(9), Some(0), None]);
        assert_eq!(conceal(&[9, 2], rule(6, false)), [Some(9), None]);
    }

    proptest! {
        #[test]
        fn no_small_number_comes_out(
            counts in prop::collection::vec(0..20_u64, 0..8),
            least in 1..8_u64,
            outside in 0..9_u64,
            always: bool,
        ) {
            let shown = conceal(&counts, vec![false; counts.len()], &Rule { least, outside, always });
            let hidden = counts.iter().sum::<u64>() - shown.iter().flatten().sum::<u64>();
            let enough = hidden + outside >= least;
            let all_hidden = counts.iter().zip(&shown).all(|(count, shown)| *count == 0 || shown.is_none());
            prop_assert!(shown.iter().flatten().all(|count| *count == 0 || *count >= least));
            prop_assert!(enough || all_hidden || (hidden + outside == 0 && !always));
        }
    }
}
