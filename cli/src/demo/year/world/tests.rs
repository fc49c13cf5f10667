use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::application::APPLICATIONS;
use super::*;

const PLAN: Plan = Plan { seed: 1, instances: 500, days: 365, last: date(2026, 11, 19) };

fn population(name: &str) -> Population {
    in_plan(name, PLAN)
}

fn in_plan(name: &str, plan: Plan) -> Population {
    let mut all = APPLICATIONS.iter();
    Population::new(all.find(|one| one.name == name).expect("one of the five"), plan)
}

/// How many are there on a day.
fn there(population: &Population, day: i32) -> usize {
    population.lives.iter().filter(|life| life.is_there(day)).count()
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_one_another() {
    let told = |plan| in_plan("openfn", plan).told(200).collect::<Vec<_>>();
    let few = Plan { instances: 40, ..PLAN };
    assert_eq!(told(few), told(few));
    assert_ne!(told(few), told(Plan { seed: 2, ..few }));
}

#[test]
fn the_days_end_with_the_last_one() {
    assert_eq!(PLAN.date(364), PLAN.last);
    assert_eq!(PLAN.date(0), date(2025, 11, 20));
    assert_eq!(PLAN.date(-1), date(2025, 11, 19));
}

#[test]
fn instances_join_and_leave() {
    for application in &APPLICATIONS {
        let population = population(application.name);
        let lives = &population.lives;
        assert_eq!(lives.len(), 500);
        let ids: BTreeSet<_> = lives.iter().map(|life| &life.id).collect();
        assert_eq!(ids.len(), 500, "each has an id of its own");
        let settled = lives.iter().filter(|life| life.joined < 0).count();
        assert!((140..=410).contains(&settled), "{}: {settled}", application.name);
        assert_eq!(there(&population, 0), settled + lives.iter().filter(|l| l.joined == 0).count());
        let left = lives.iter().filter(|life| !life.is_there(364)).count();
        assert!((60..=230).contains(&left), "{}: {left} left", application.name);
    }
}

#[test]
fn most_applications_grow_and_one_shrinks() {
    for application in &APPLICATIONS {
        let population = population(application.name);
        let (first, last) = (there(&population, 0), there(&population, 364));
        let shrinks = application.name == "flowforge";
        assert_eq!(last < first, shrinks, "{}: {first} to {last}", application.name);
    }
}

#[test]
fn fewer_join_in_summer() {
    let population = population("manyfold");
    let joined = |months: [i8; 2]| {
        let within =
            |life: &&Life| life.joined >= 0 && months.contains(&PLAN.date(life.joined).month());
        population.lives.iter().filter(within).count()
    };
    let (summer, autumn) = (joined([7, 8]), joined([9, 10]));
    assert!(summer * 3 < autumn * 2, "{summer} in summer, {autumn} in autumn");
}

#[test]
fn on_a_day_most_report_and_some_miss_it() {
    let population = population("openfn");
    for day in [10, 100, 200, 300, 364] {
        let (there, reports) = (there(&population, day), population.count(day));
        assert!(reports < there, "day {day}: {reports} of {there}");
        assert!(reports * 5 > there * 4, "day {day}: {reports} of {there}");
    }
}

#[test]
fn nobody_tells_of_a_day_on_which_it_is_not_there() {
    let population = population("flowfuse");
    for day in [0, 180, 364] {
        for told in population.told(day) {
            assert!(population.lives[told.instance].is_there(day));
            assert_eq!(told.date, PLAN.date(day));
        }
    }
}

#[test]
fn several_releases_are_in_use_at_once_and_the_newest_wins_in_the_end() {
    for application in &APPLICATIONS {
        let population = population(application.name);
        let mut releases = BTreeMap::<_, usize>::new();
        for life in population.lives.iter().filter(|life| life.is_there(364)) {
            let release = population.release(life, 364);
            *releases.entry((release.minor, release.patch)).or_default() += 1;
        }
        assert!(releases.len() >= 4, "{}: {releases:?}", application.name);
        let newest = population.train.newest(364).minor;
        let recent: usize =
            releases.iter().filter(|((minor, _), _)| minor + 1 >= newest).map(|(_, n)| n).sum();
        let all: usize = releases.values().sum();
        assert!(
            recent * 2 > all,
            "{}: {recent} of {all} run one of the last two",
            application.name
        );
        assert!(recent < all, "{}: somebody is behind", application.name);
    }
}

#[test]
fn an_instance_never_goes_back_to_an_older_release() {
    let population = population("manyfold");
    for life in &population.lives {
        let releases = (0..365).map(|day| population.release(life, day).day);
        assert!(releases.is_sorted());
    }
}

#[test]
fn releases_follow_each_other() {
    let population = population("openfn");
    let releases = population.train.releases();
    assert!(releases.is_sorted_by(|one, next| one.day < next.day));
    let in_the_year = releases.iter().filter(|release| release.day >= 0).count();
    assert!((15..=30).contains(&in_the_year), "{in_the_year} releases");
}

#[test]
fn instances_differ_in_size_by_orders_of_magnitude() {
    let population = population("openfn");
    let users = |told: Told| {
        told.facts
            .points
            .iter()
            .find(|point| point.gauge == "openfn.users")
            .map(|users| users.value)
    };
    let mut users: Vec<_> = population.told(364).filter_map(users).collect();
    users.sort_unstable();
    let (median, largest) = (users[users.len() / 2], users[users.len() - 1]);
    assert!((5..=15).contains(&median), "{median}");
    assert!(largest > 8 * median && largest < 40 * median, "{largest} beside {median}");
}

#[test]
fn fewer_workflows_run_at_weekends() {
    let population = population("openfn");
    let runs = |day| {
        let points = population.told(day).flat_map(|told| told.facts.points);
        points.filter(|point| point.gauge == "openfn.workflow.runs").map(|p| p.value).sum::<u64>()
    };
    // 2026-11-19 is a Thursday.
    let (thursday, sunday) = (runs(364), runs(360));
    assert!(sunday * 10 < thursday * 7, "{sunday} beside {thursday}");
}

#[test]
fn a_newer_release_brings_a_newer_contract_and_for_months_there_are_both() {
    for (name, versions) in
        [("openfn", ["openfn/2", "openfn/3"]), ("flowfuse", ["flowfuse/1.5", "flowfuse/2.15"])]
    {
        let population = population(name);
        let contracts = |day| population.told(day).map(|told| told.facts.contract);
        assert!(contracts(10).all(|contract| contract == versions[0]), "{name}");
        let late: BTreeSet<_> = contracts(200).collect();
        assert_eq!(late, BTreeSet::from(versions), "{name}");
    }
}
