//! A short year in full, and what is shown of it held against the world itself.

use std::collections::{BTreeMap, BTreeSet};

use headcount_contract::Document;
use jiff::ToSpan as _;

use super::world::Told;
use super::*;
use crate::stats::Site;

/// A world that is over, and what is shown of it.
struct Lived {
    plan: Plan,
    site: Site,
    populations: Vec<Population>,
    receiver: Option<(Receiver, Runtime)>,
}

/// Groups of fewer are not shown, by OpenFn's contract.
const MIN_COUNT: f64 = 5.0;

impl Lived {
    fn through(instances: u32, days: i32, names: &[&str], memory: bool) -> Self {
        let contract: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let listen = Address((std::net::Ipv4Addr::LOCALHOST, 0).into());
        let year = Year { instances, days, contract, seed: 3, listen, memory, no_wait: true };
        let plan = plan(&year);
        let runtime = process::runtime().expect("threads");
        let calendar = Calendar::at(plan.date(0));
        let started = receiver(&year, names, &runtime, &calendar).expect("a receiver");
        let world = || populations(&year.contract, plan);
        runtime.block_on(live(plan, world(), &started, &calendar)).expect("it goes well");
        shown::wait(&started.url(), names, plan.last).expect("it is shown");
        let site = Site::parse(&started.url()).expect("a URL");
        Self { plan, site, populations: world(), receiver: Some((started, runtime)) }
    }

    fn get(&self, path: &str) -> String {
        let bytes = self.site.get(path).unwrap_or_else(|error| panic!("{path}: {error:#}"));
        String::from_utf8(bytes.into()).expect("UTF-8")
    }

    fn json(&self, path: &str) -> Document {
        Document::parse(&self.get(path)).expect("JSON")
    }

    /// The latest report of each instance within so many days that end with this one.
    fn latest(&self, name: &str, last: i32, window: i32) -> Vec<Told> {
        let population = self.populations.iter().find(|one| one.application.name == name);
        let population = population.expect("it was lived through");
        let mut latest = BTreeMap::new();
        for day in (last - window + 1).max(0)..=last {
            latest.extend(population.told(day).map(|told| (told.instance, told)));
        }
        latest.into_values().collect()
    }

    /// The day of the world that a date is.
    fn day(&self, date: &Document) -> i32 {
        let Document::Text(date) = date else { panic!("expected a date, got {date}") };
        let date: Date = date.parse().expect("a date");
        (date - self.plan.date(0)).get_days()
    }
}

impl Drop for Lived {
    fn drop(&mut self) {
        if let Some((receiver, runtime)) = self.receiver.take() {
            // A test that failed already says why.
            let _ = receiver.stop(&runtime);
        }
    }
}

fn attribute<'t>(told: &'t Told, name: &str) -> &'t str {
    let mut attributes = told.facts.attributes.iter();
    attributes.find(|(known, _)| *known == name).map_or("", |(_, text)| text)
}

fn gauge(told: &Told, name: &str) -> Option<f64> {
    let points = told.facts.points.iter().filter(|point| point.gauge == name);
    let values: Vec<_> =
        points.map(|point| f64::from(u32::try_from(point.value).expect("few"))).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// How many elements of a list there are.
fn elements(told: &Told, gauge: &str) -> f64 {
    let points = told.facts.points.iter().filter(|point| point.gauge == gauge).count();
    f64::from(u32::try_from(points).expect("few"))
}

fn number(value: Option<&Document>) -> Option<f64> {
    match value? {
        #[expect(clippy::cast_precision_loss, reason = "they are small")]
        Document::Int(value) => Some(*value as f64),
        Document::Double(value) => Some(*value),
        _ => None,
    }
}

#[test]
fn manyfolds_figures_are_exactly_those_of_its_instances() {
    let lived = Lived::through(40, 30, &["manyfold"], true);
    let latest = lived.latest("manyfold", 29, 7);
    let group = |attribute_name: &str| {
        let mut counts = BTreeMap::<_, i64>::new();
        for told in &latest {
            *counts.entry(attribute(told, attribute_name).to_owned()).or_default() += 1;
        }
        counts
    };
    let shown = lived.json("/manyfold/stats");
    let instances = i64::try_from(latest.len()).expect("few");
    assert!(instances > 15, "{instances}");
    assert_eq!(shown.get("instances"), Some(&Document::Int(instances)));
    for (figure, attribute) in [
        ("versions", "service.version"),
        ("images", "container.image.name"),
        ("architectures", "manyfold.platform"),
    ] {
        let Some(Document::Object(members)) = shown.get(figure) else { panic!("{shown}") };
        let shown = members.iter().map(|(name, count)| (name.clone(), count.clone()));
        let expected =
            group(attribute).into_iter().map(|(name, count)| (name, Document::Int(count)));
        assert_eq!(
            shown.map(|(name, count)| (name, count.to_string())).collect::<BTreeMap<_, _>>(),
            expected.map(|(name, count)| (name, count.to_string())).collect(),
            "{figure}"
        );
    }
    let Document::Object(members) = &shown else { panic!("{shown}") };
    let keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["instances", "versions", "images", "architectures"]);
    // The only application of a receiver is served at the root, too, as Manyfold documents it.
    assert_eq!(lived.get("/stats"), lived.get("/manyfold/stats"));
    let badge = lived.json("/badge");
    assert_eq!(badge.get("schemaVersion"), Some(&Document::Int(1)), "{badge}");
    let Some(Document::Text(message)) = badge.get("message") else { panic!("{badge}") };
    assert!(message.contains(&instances.to_string()), "{badge}");
    assert!(lived.get("/manyfold/").contains("restart"), "the page says that memory forgets");
}

/// What a figure of OpenFn comes to for the latest reports of some instances; `None` where too few have a value.
fn total(figure: &str, latest: &[Told]) -> Option<f64> {
    let value = |told: &Told| match figure {
        "projects" => Some(elements(told, "openfn.project.users")),
        "workflows" => Some(elements(told, "openfn.workflow.jobs")),
        "users" => gauge(told, "openfn.users"),
        "active_users" => gauge(told, "openfn.users.active"),
        "monthly_active_users" => gauge(told, "openfn.users.active.monthly"),
        "runs" => Some(gauge(told, "openfn.workflow.runs").unwrap_or_default()),
        "steps" => Some(gauge(told, "openfn.workflow.steps").unwrap_or_default()),
        "jobs" => Some(gauge(told, "openfn.workflow.jobs").unwrap_or_default()),
        _ => Some(1.0),
    };
    let values: Vec<_> = latest.iter().filter_map(value).collect();
    let many = f64::from(u32::try_from(values.len()).expect("few")) >= MIN_COUNT;
    many.then(|| values.iter().sum())
}

const TOTALS: [(&str, i32); 11] = [
    ("instances", 7),
    ("instances_day", 1),
    ("instances_28d", 28),
    ("projects", 7),
    ("workflows", 7),
    ("users", 7),
    ("active_users", 7),
    ("monthly_active_users", 7),
    ("jobs", 7),
    ("runs", 1),
    ("steps", 1),
];

#[test]
fn openfns_figures_are_those_of_its_instances_on_every_day() {
    let lived = Lived::through(60, 50, &["openfn", "manyfold"], false);
    let data = lived.json("/openfn/data.json");
    let Some(Document::List(days)) = data.get("days") else { panic!("{data}") };
    assert_eq!(days.len(), 50);
    let (mut shown, mut fresh) = (0, 0);
    for day in days {
        let numbers = day.get("numbers").expect("numbers");
        for (figure, window) in TOTALS {
            let number_of = numbers.get(figure).unwrap_or_else(|| panic!("{figure}"));
            let Some(total_shown) = number(number_of.get("total")) else { continue };
            // What did not change enough stays as it was on an earlier day.
            let as_of = lived.day(number_of.get("as_of").expect("a day"));
            let expected = total(figure, &lived.latest("openfn", as_of, window));
            assert_eq!(Some(total_shown), expected, "{figure} on {as_of}");
            shown += 1;
            fresh += i32::from(as_of == lived.day(day.get("day").expect("a day")));
        }
        groups(&lived, numbers.get("versions").expect("it is a figure"));
    }
    assert!(shown > 300 && fresh > 150, "{shown} numbers, {fresh} of them of their day");
    let page = lived.get("/openfn/");
    for brief in ["Projects", "Workflows", "Runs within the day", "People with an account"] {
        assert!(page.contains(brief), "{brief}");
    }
}

/// Releases are counted right, and none is shown that fewer than five run.
fn groups(lived: &Lived, shown: &Document) {
    let Some(Document::List(groups)) = shown.get("groups") else { return };
    let as_of = lived.day(shown.get("as_of").expect("a day"));
    let latest = lived.latest("openfn", as_of, 7);
    let mut expected = BTreeMap::<&str, f64>::new();
    for told in &latest {
        let release = attribute(told, "service.version").split(':').next();
        *expected.entry(release.expect("there is a first part")).or_default() += 1.0;
    }
    let mut named = BTreeSet::new();
    let mut all = 0.0;
    for group in groups {
        let count = number(group.get("value")).expect("a number");
        assert!(count >= MIN_COUNT, "{shown}");
        all += count;
        if let Some(Document::Text(name)) = group.get("name") {
            assert_eq!(expected.get(name.as_str()), Some(&count), "{name} on {as_of}");
            named.insert(name.as_str());
        }
    }
    let everybody: f64 = expected.values().sum();
    assert!((all - everybody).abs() < 0.5, "whoever is in no group is in `other`: {all}");
    let folded = expected.iter().filter(|(name, _)| !named.contains(*name));
    let folded: Vec<_> = folded.map(|(_, count)| *count).collect();
    // One that is large enough is folded only where the small ones alone would be too few.
    let small: f64 = folded.iter().filter(|count| **count < MIN_COUNT).sum();
    let large = folded.iter().filter(|count| **count >= MIN_COUNT).count();
    assert!(large == 0 || (large == 1 && small > 0.0 && small < MIN_COUNT), "{folded:?}: {shown}");
}

#[test]
fn a_year_ends_two_days_before_today() {
    let year = Year {
        instances: 1,
        contract: Vec::new(),
        days: 365,
        seed: 1,
        listen: Address((std::net::Ipv4Addr::LOCALHOST, 0).into()),
        memory: true,
        no_wait: true,
    };
    let plan = plan(&year);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    // It may have become another day between the two looks.
    assert!(plan.last == today - 2.days() || plan.last == today - 3.days());
    let names = |asked: &[&str]| {
        let asked: Vec<_> = asked.iter().map(|name| (*name).to_owned()).collect();
        let populations = populations(&asked, plan);
        populations.iter().map(|one| one.application.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["openfn", "manyfold"]);
    assert_eq!(names(&["flowfuse", "flowfuse"]), ["flowfuse"]);
    assert_eq!(names(&["all"]).len(), 5);
}
