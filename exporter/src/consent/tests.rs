use super::*;
use crate::configuration::Configuration;
use crate::state::{Declined, Shown};

const NOON: Timestamp = Timestamp::constant(1_770_000_000, 0);

fn contract(consent: &str, leaves: &str) -> Arc<Contract> {
    let yaml = format!(
        "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: stable\nconsent: {consent}\n\
         schedule: {{ covers: now }}\nreport:\n  id: {{ $id: service.instance.id, hash: sha256, \
         encoding: hex }}\n{leaves}"
    );
    Arc::new(Contract::parse("shop.yaml", &yaml).unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

fn opt_in() -> Arc<Contract> {
    contract("{ default: opt_in, environment: SHOP_USAGE }", "")
}

fn opt_out() -> Arc<Contract> {
    contract("{ default: opt_out, environment: SHOP_USAGE, grace: 24h }", "")
}

const MORE: &str = "  goods: { $gauge: shop.goods, unit: \"{item}\", brief: Goods on sale }\n";

fn agreed(contract: &Contract, by: By) -> Agreed {
    Agreed { digest: contract.digest(), level: Level::Usage, at: NOON, by }
}

fn shown(contract: &Contract, ago: i64) -> Shown {
    let at = NOON - SignedDuration::from_hours(ago);
    Shown { digest: contract.digest(), at }
}

/// The standing with these, and nothing else that decides.
fn standing(contract: &Arc<Contract>, state: &State, switches: &Switches) -> Standing {
    of(contract, None, state, switches, false)
}

fn of(
    contract: &Arc<Contract>,
    older: Option<&Arc<Contract>>,
    state: &State,
    switches: &Switches,
    required: bool,
) -> Standing {
    Circumstances { contract, agreed: older, state, switches, required, now: NOON }.standing()
}

fn environment(set: &[(&'static str, &'static str)]) -> Switches {
    let set = set.to_vec();
    let look_up = move |name: &str| {
        set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Switches::read(&opt_out(), &look_up)
}

fn file(enabled: bool, level: Option<Level>) -> Configuration {
    Configuration { enabled: Some(enabled), level, endpoint: None }
}

/// Turns a switch to no.
type Turn = fn(&mut Vec<(&'static str, &'static str)>, &mut State, &mut Rest);

/// Every switch that says no, in the order in which they win: each turned on alone.
fn noes() -> Vec<(Switch, Turn)> {
    vec![
        (Switch::Variable("DO_NOT_TRACK".to_owned()), |set, _, _| set.push(("DO_NOT_TRACK", "1"))),
        (Switch::Variable("SHOP_USAGE".to_owned()), |set, _, _| set.push(("SHOP_USAGE", "no"))),
        (Switch::ContinuousIntegration, |set, _, _| set.push(("CI", "true"))),
        (Switch::Configuration, |_, _, rest| {
            rest.file = Some(Ok(file(false, None)));
        }),
        (Switch::Damage, |_, _, rest| rest.damaged = true),
        (Switch::Choice, |_, state, _| state.declined = Some(Declined { at: NOON })),
    ]
}

#[derive(Default)]
struct Rest {
    file: Option<Result<Configuration, String>>,
    damaged: bool,
}

impl Rest {
    fn switches(self, set: &[(&'static str, &'static str)]) -> Switches {
        let mut switches = environment(set);
        if let Some(read) = self.file {
            switches = switches.with_configuration(read);
        }
        if self.damaged { switches.with_damage() } else { switches }
    }
}

#[test]
fn of_every_pair_the_first_no_wins_whatever_was_agreed() {
    for contract in [opt_in(), opt_out()] {
        for (first, (switch, turn)) in noes().into_iter().enumerate() {
            for (_, other) in noes().into_iter().skip(first) {
                let (mut set, mut rest) = (Vec::new(), Rest::default());
                let mut state = State { notice: Some(shown(&contract, 48)), ..State::default() };
                state.agreed = Some(agreed(&contract, By::Choice));
                other(&mut set, &mut state, &mut rest);
                turn(&mut set, &mut state, &mut rest);
                let found = standing(&contract, &state, &rest.switches(&set));
                assert_eq!(found, Standing::Off(switch.clone()));
            }
        }
    }
}

#[test]
fn where_reports_are_required_only_a_test_run_says_no() {
    let contract = opt_out();
    for (switch, turn) in noes() {
        let (mut set, mut rest) = (Vec::new(), Rest::default());
        let mut state = State { notice: Some(shown(&contract, 48)), ..State::default() };
        turn(&mut set, &mut state, &mut rest);
        let found = of(&contract, None, &state, &rest.switches(&set), true);
        if switch == Switch::ContinuousIntegration {
            assert_eq!(found, Standing::Off(switch));
        } else {
            assert!(found.terms().is_some(), "{switch}: {found:?}");
        }
    }
    // They are shown their notice all the same.
    let found = of(&contract, None, &State::default(), &Switches::default(), true);
    assert_eq!(found, Standing::Waiting(Waiting::Notice));
}

#[test]
fn words_of_the_environment() {
    for value in ["1", "true", "yes", " on "] {
        assert!(environment(&[("DO_NOT_TRACK", value)]).is_silent(), "{value}");
        assert!(environment(&[("CI", value)]).is_silent(), "{value}");
        assert!(!environment(&[("SHOP_USAGE", value)]).is_silent(), "{value}");
    }
    for value in ["0", "false", "No", "off"] {
        assert!(!environment(&[("DO_NOT_TRACK", value)]).is_silent(), "{value}");
        assert!(!environment(&[("CI", value)]).is_silent(), "{value}");
        assert!(environment(&[("SHOP_USAGE", value)]).is_silent(), "{value}");
    }
    for name in ["DO_NOT_TRACK", "CI", "SHOP_USAGE"] {
        assert!(!environment(&[(name, " ")]).is_silent(), "{name}");
    }
}

#[test]
fn an_opt_in_contract_waits_for_a_decision() {
    let contract = opt_in();
    let mut state = State { notice: Some(shown(&contract, 48)), ..State::default() };
    let nothing = Switches::default();
    assert_eq!(
        standing(&contract, &state, &nothing),
        Standing::Waiting(Waiting::Decision),
        "the contract's variable can decline, and not agree"
    );
    state.agreed = Some(agreed(&contract, By::Choice));
    let found = standing(&contract, &state, &nothing);
    let terms = found.terms().expect("agreed");
    assert_eq!((terms.level, terms.by), (Level::Usage, By::Choice));
}

#[test]
fn an_opt_out_contract_waits_for_its_notice_and_the_time_after_it() {
    let contract = opt_out();
    let nothing = Switches::default();
    let found = standing(&contract, &State::default(), &nothing);
    assert_eq!(found, Standing::Waiting(Waiting::Notice));
    assert!(found.wants_notice(&contract, &State::default()));

    let state = State { notice: Some(shown(&contract, 23)), ..State::default() };
    let found = standing(&contract, &state, &nothing);
    let end = NOON + SignedDuration::from_hours(1);
    assert_eq!(found, Standing::Waiting(Waiting::Grace(end)));
    assert!(!found.wants_notice(&contract, &state));

    let state = State { notice: Some(shown(&contract, 24)), ..State::default() };
    let found = standing(&contract, &state, &nothing);
    let terms = found.terms().expect("nobody declined");
    assert_eq!((terms.level, terms.by), (Level::Basic, By::Default));
}

#[test]
fn a_wider_contract_waits_and_the_older_goes_on() {
    for (older, consent) in [
        (opt_in(), "{ default: opt_in, environment: SHOP_USAGE }"),
        (opt_out(), "{ default: opt_out, environment: SHOP_USAGE, grace: 24h }"),
    ] {
        let wider = contract(consent, MORE);
        let nothing = Switches::default();
        for by in [By::Choice, By::Default] {
            let mut state = State { notice: Some(shown(&older, 48)), ..State::default() };
            state.agreed = Some(agreed(&older, by));
            let found = of(&wider, Some(&older), &state, &nothing, false);
            if by == By::Default && wider.consent().default == ConsentDefault::OptIn {
                assert_eq!(found, Standing::Waiting(Waiting::Decision));
                continue;
            }
            let terms = found.terms().expect("the older goes on").clone();
            assert_eq!(terms.contract.digest(), older.digest());
            assert!(found.wants_notice(&wider, &state));
            // A person is asked again; where nobody decided, the notice and its time are enough.
            state.notice = Some(shown(&wider, 24));
            let found = of(&wider, Some(&older), &state, &nothing, false);
            let terms = found.terms().expect("reports go on");
            let digest = if by == By::Choice { older.digest() } else { wider.digest() };
            assert_eq!(terms.contract.digest(), digest, "{by:?}");
        }
    }
}

#[test]
fn a_narrower_contract_needs_nothing() {
    let older = contract("{ default: opt_in, environment: SHOP_USAGE }", MORE);
    let narrower = opt_in();
    let state = State { agreed: Some(agreed(&older, By::Choice)), ..State::default() };
    let found = of(&narrower, Some(&older), &state, &Switches::default(), false);
    let terms = found.terms().expect("it tells less");
    assert_eq!((terms.contract.digest(), &terms.wider), (narrower.digest(), &None));
    // What was agreed to is lost: it cannot be compared, so it has to be asked for again.
    let found = of(&narrower, None, &state, &Switches::default(), false);
    assert_eq!(found, Standing::Waiting(Waiting::Decision));
}

#[test]
fn the_configuration_file_agrees_for_as_long_as_it_says_so() {
    let contract = opt_in();
    let yes = |level| Switches::default().with_configuration(Ok(file(true, level)));
    let found = standing(&contract, &State::default(), &yes(Some(Level::Statistics)));
    let terms = found.terms().expect("the file agrees");
    assert_eq!((terms.level, terms.by), (Level::Statistics, By::Configuration));
    assert!(found.wants_notice(&contract, &State::default()));

    let mut state =
        State { agreed: Some(agreed(&contract, By::Configuration)), ..State::default() };
    let level =
        |switches: &Switches| standing(&contract, &state, switches).terms().map(|t| t.level);
    assert_eq!(level(&yes(Some(Level::Basic))), Some(Level::Basic));
    assert_eq!(level(&Switches::default()), None, "the line is gone, and the yes with it");

    // Of a level in the file and one in the application the lower holds.
    state.agreed = Some(agreed(&contract, By::Choice));
    let found = standing(&contract, &state, &yes(Some(Level::Basic)));
    assert_eq!(found.terms().map(|terms| terms.level), Some(Level::Basic));
    let found = standing(&contract, &state, &yes(Some(Level::Diagnostics)));
    assert_eq!(found.terms().map(|terms| terms.level), Some(Level::Usage));
}

#[test]
fn the_file_agrees_to_no_wider_contract() {
    let older = opt_in();
    let wider = contract("{ default: opt_in, environment: SHOP_USAGE }", MORE);
    let switches = Switches::default().with_configuration(Ok(file(true, None)));
    let state = State { agreed: Some(agreed(&older, By::Configuration)), ..State::default() };
    let found = of(&wider, Some(&older), &state, &switches, false);
    let terms = found.terms().expect("the older goes on");
    assert_eq!(terms.contract.digest(), older.digest());
    assert_eq!(terms.wider, Some(Waiting::Decision));
}

#[test]
fn a_file_that_cannot_be_read_says_no() {
    let contract = opt_out();
    let mut state = State { notice: Some(shown(&contract, 48)), ..State::default() };
    state.agreed = Some(agreed(&contract, By::Choice));
    let switches = Switches::default().with_configuration(Err("shop.yml:3:1: …".to_owned()));
    let Standing::Off(switch) = standing(&contract, &state, &switches) else {
        panic!("it says no");
    };
    assert!(switch.to_string().contains("shop.yml:3:1"), "{switch}");
}

#[test]
fn what_nobody_declined_ends_where_the_contract_begins_to_ask() {
    let contract = opt_in();
    let state = State { agreed: Some(agreed(&contract, By::Default)), ..State::default() };
    let found = standing(&contract, &state, &Switches::default());
    assert_eq!(found, Standing::Waiting(Waiting::Decision));
}
