use proptest::prelude::*;

use super::*;
use crate::Contract;

const CONTRACT: &str = include_str!("../../../library/openfn/2.yaml");

proptest! {
    /// Both forms of a part say the same, in whatever order its points come.
    #[test]
    fn what_is_written_at_once_is_what_its_elements_give(
        points in proptest::collection::vec((0..4_u64, "[a-d]{0,2}", "[a-d]{0,2}", 0..3_i64), 0..40)
    ) {
        let contract = Contract::parse("openfn/2.yaml", CONTRACT).expect("it ships");
        let plan = &contract.plan;
        let draft = || {
            let mut draft = Draft::new("2024-04-25".parse().expect("a date"), String::new());
            for (time, project, workflow, value) in &points {
                let gauge = plan.order.iter().rev().find(|gauge| gauge.lists.len() == 2);
                let gauge = gauge.expect("workflows have gauges");
                let keys = [project.as_str(), workflow.as_str()];
                let raw = |list: &ListPlan| {
                    let depth = usize::from(!std::ptr::eq(list, gauge.lists[0].as_ref()));
                    Some(keys[depth])
                };
                let known = draft.follow(&gauge.lists, raw);
                draft.tell(known, *time);
                for (depth, list) in gauge.lists.iter().enumerate().skip(known) {
                    let element = Element { key: keys[depth].into(), attributes: Values::default() };
                    draft.step(depth, list, element, (raw(list), *time));
                }
                draft.gauge(gauge.lists.len(), &gauge.name, *time, Scalar::Int(*value));
            }
            draft
        };
        let ((stored, _), (elements, refused)) = (draft().finish(), draft().finish_as_elements());
        prop_assert_eq!(refused, 0);
        prop_assert_eq!(stored.points(), elements.points());
        prop_assert_eq!(stored.encode(), elements.encode());
        prop_assert_eq!(stored, elements);
    }
}
