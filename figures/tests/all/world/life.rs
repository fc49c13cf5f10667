//! The life of one instance.

use super::super::attacker::{Instance, Values};
use super::random::Random;
use super::{Day, Mood, Plan, Report};

const VERSIONS: [&str; 6] = ["1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.0.1-rc.1", "other"];
const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];

/// What happens to an instance in a calm world, once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Comes,
    Leaves,
    Pauses,
    Upgrades,
    Moves,
    Grows,
    LosesItsGauge,
    IsErased,
}

struct Life {
    values: Values,
    version: usize,
    contract: usize,
    reporting: bool,
}

/// Lives through all days.
pub(crate) fn live(plan: &Plan, instance: Instance, random: &mut Random, days: &mut [Day]) {
    let mut life = born(instance, random);
    let events = [
        Event::Comes,
        Event::Leaves,
        Event::Pauses,
        Event::Upgrades,
        Event::Moves,
        Event::Grows,
        Event::LosesItsGauge,
        Event::IsErased,
    ];
    // In a calm world every third instance has one day on which something happens.
    let calm_event = (random.percent(33), random.one(&events), 5 + random.below(plan.days - 10));
    let comes = match plan.mood {
        Mood::Calm if calm_event.0 && calm_event.1 == Event::Comes => calm_event.2,
        Mood::Calm => 0,
        Mood::Busy | Mood::Rare => random.below(plan.days * 2 / 3) * random.below(2),
    };
    life.reporting = false;
    for number in 0..plan.days {
        if number == comes {
            life.reporting = true;
        }
        if number < comes {
            continue;
        }
        let event = match plan.mood {
            Mood::Calm => (calm_event.0 && number == calm_event.2).then_some(calm_event.1),
            Mood::Busy | Mood::Rare => random.percent(8).then(|| random.one(&events)),
        };
        if let Some(event) = event {
            happen(event, &mut life, random);
            if event == Event::IsErased {
                days[number as usize].erased.push(instance);
            }
        }
        upgrade_the_contract(plan, number, &mut life, random);
        report(plan, number, instance, &life, random, days);
    }
}

fn born(instance: Instance, random: &mut Random) -> Life {
    let version = random.below(3) as usize;
    let mut values = Values::default();
    values.texts.insert("version", VERSIONS[version].to_owned());
    if random.percent(10) {
        // Nobody else has this one.
        values.texts.insert("version", format!("0.9.{instance}"));
    }
    if random.percent(85) {
        values.texts.insert("system", random.one(&SYSTEMS).to_owned());
    }
    if random.percent(10) {
        // Not fit to be shown.
        values.texts.insert("build", format!("<b>{}</b>", random.below(2)));
    } else {
        values.texts.insert("build", random.one(&["stable", "nightly"]).to_owned());
    }
    if random.percent(90) {
        values.numbers.insert("users", size(random));
    }
    values.numbers.insert("jobs", size(random));
    Life { values, version, contract: 0, reporting: true }
}

/// Most are small, and a few large.
fn size(random: &mut Random) -> i64 {
    let bound = random.one(&[2, 20, 20, 200, 5_000]);
    i64::from(random.below(bound))
}

fn happen(event: Event, life: &mut Life, random: &mut Random) {
    match event {
        Event::Comes => life.reporting = true,
        Event::Leaves => life.reporting = false,
        Event::Pauses => life.reporting = !life.reporting,
        Event::Upgrades => {
            life.version = (life.version + 1).min(VERSIONS.len() - 1);
            life.values.texts.insert("version", VERSIONS[life.version].to_owned());
        }
        Event::Moves => {
            life.values.texts.insert("system", random.one(&SYSTEMS).to_owned());
        }
        Event::Grows => {
            life.values.numbers.insert("users", size(random));
            life.values.numbers.insert("jobs", size(random));
        }
        Event::LosesItsGauge => {
            life.values.numbers.remove("users");
            life.values.texts.remove("system");
        }
        Event::IsErased => life.reporting = random.percent(50),
    }
}

/// After the contract changed, releases with its new version spread.
fn upgrade_the_contract(plan: &Plan, number: u32, life: &mut Life, random: &mut Random) {
    let changed = plan.change.as_ref().is_some_and(|(day, _)| number >= *day);
    if changed && life.contract == 0 && random.percent(10) {
        life.contract = 1;
    }
}

fn report(
    plan: &Plan,
    number: u32,
    instance: Instance,
    life: &Life,
    random: &mut Random,
    days: &mut [Day],
) {
    let often = match plan.mood {
        Mood::Calm => 100,
        Mood::Busy => 95,
        Mood::Rare => 15,
    };
    if !life.reporting || !random.percent(often) {
        return;
    }
    // Most come on their day, some on the next one, and a few too late to be counted.
    let late = match (plan.mood, random.below(40)) {
        (Mood::Calm, _) | (_, 3..) => 0,
        (_, 2) => 4,
        (_, _) => 1,
    };
    let arrival = (number + late) as usize;
    if let Some(day) = days.get_mut(arrival) {
        let values = life.values.clone();
        day.reports.push(Report {
            instance,
            day: super::day(number),
            version: life.contract,
            values,
        });
    }
}
