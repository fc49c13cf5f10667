//! Everything that is public, as it is fetched; and whether all of it says the same.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use headcount_contract::{Contract, Measure};
use headcount_figures::{FrozenDay, GroupName, Value};
use serde_json::Value as Json;

use super::makers::Makers;
use super::read;

/// What is fetched of each path beside the bytes: the head without what is of the moment.
const PATHS: [&str; 15] = [
    "/",
    "/colony/",
    "/colony/stats",
    "/colony/badge",
    "/colony/badge.svg",
    "/colony/data.json",
    "/colony/data.csv",
    "/colony/data.ndjson",
    "/colony/metrics",
    "/colony/contract",
    "/colony/contract/changes",
    "/colony/contract/1.schema.json",
    "/openapi.json",
    "/colony/nothing",
    "/nothing",
];

/// Heads and bodies, by paths and codings.
#[derive(PartialEq, Eq)]
pub(crate) struct Surfaces(BTreeMap<(String, &'static str), (String, Vec<u8>)>);

impl Surfaces {
    pub(crate) fn fetch(makers: &Makers) -> anyhow::Result<Self> {
        let mut connection = makers.connect()?;
        let mut surfaces = BTreeMap::new();
        for path in PATHS {
            for coding in ["identity", "gzip", "zstd"] {
                let reply = connection.get_as(path, &[("accept-encoding", coding)])?;
                let lines = reply.head.lines();
                let of_the_moment = |line: &&str| !line.to_ascii_lowercase().starts_with("date:");
                let head: Vec<_> = lines.filter(of_the_moment).collect();
                surfaces.insert((path.to_owned(), coding), (head.join("\n"), reply.body));
            }
        }
        Ok(Self(surfaces))
    }

    fn text(&self, path: &str) -> anyhow::Result<String> {
        let (head, body) = self.0.get(&(path.to_owned(), "identity")).context("it was fetched")?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        Ok(String::from_utf8(body.clone())?)
    }

    pub(crate) fn json(&self, path: &str) -> anyhow::Result<Json> {
        Ok(serde_json::from_str(&self.text(path)?)?)
    }

    /// Every path and what it answers, uncompressed.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        let plain = self.0.iter().filter(|((_, coding), _)| *coding == "identity");
        plain.map(|((path, _), (head, body))| {
            (path.as_str(), format!("{head}\n{}", String::from_utf8_lossy(body)))
        })
    }

    /// The frozen days, as the open data tells them.
    pub(super) fn days(&self) -> anyhow::Result<Vec<FrozenDay>> {
        let data = self.json("/colony/data.json")?;
        read::list(&data["days"]).map(read::frozen_day).collect()
    }

    /// That every surface shows the numbers of the open data, and no other.
    pub(super) fn agree(&self, contract: &Contract, days: &[FrozenDay]) -> anyhow::Result<()> {
        self.tables_agree(days)?;
        let Some(newest) = days.last() else { return Ok(()) };
        let stats = self.json("/colony/stats")?;
        for figure in &contract.publish().figures {
            let number = read::number(&figure.name, &stats["figures"][&figure.name])?;
            let expected = newest.number(&figure.name).context("it is in the data")?;
            ensure!(number.value == expected.value, "{number:?} and {expected:?}");
            ensure!((number.as_of, number.instances) == (expected.as_of, expected.instances));
        }
        self.samples_agree(newest)?;
        self.headlines_agree(contract, newest)?;
        self.names_agree(contract, days)
    }

    /// The two tables have the same rows, and those of single numbers and of groups are the document's.
    fn tables_agree(&self, days: &[FrozenDay]) -> anyhow::Result<()> {
        let lines = read::lines(&self.text("/colony/data.ndjson")?)?;
        ensure!(read::table(&self.text("/colony/data.csv")?)? == lines, "CSV and NDJSON differ");
        let mut expected = BTreeSet::new();
        for day in days {
            for number in &day.numbers {
                let head = format!("{} {} {}", day.day, number.figure, number.as_of);
                match &number.value {
                    Value::Hidden => drop(expected.insert(format!("{head} hidden"))),
                    Value::Total(total) => drop(expected.insert(format!("{head} total {total}"))),
                    Value::Groups(groups) => expected.extend(groups.iter().map(|group| {
                        let name = match &group.name {
                            GroupName::Value(name) => format!("value {name}"),
                            GroupName::Missing => "missing".to_owned(),
                            GroupName::Other => "other".to_owned(),
                        };
                        format!("{head} {name} {}", group.value)
                    })),
                    _ => {}
                }
            }
        }
        let told: BTreeSet<String> = lines.iter().filter_map(read::told).collect();
        ensure!(told == expected, "{:?}", told.symmetric_difference(&expected).next());
        Ok(())
    }

    /// Every value that Prometheus is told of a figure is one of the newest day, and all totals and groups are told.
    fn samples_agree(&self, newest: &FrozenDay) -> anyhow::Result<()> {
        let samples = self.text("/colony/metrics")?;
        for number in &newest.numbers {
            let (told, expected) = match &number.value {
                Value::Total(total) => (read::samples(&samples, &number.figure), vec![*total]),
                Value::Groups(groups) => {
                    let values = groups.iter().map(|group| group.value);
                    (read::samples(&samples, &number.figure), values.collect())
                }
                Value::Hidden => (read::samples(&samples, &number.figure), Vec::new()),
                _ => continue,
            };
            let sorted = |mut values: Vec<f64>| {
                values.sort_by(f64::total_cmp);
                values
            };
            let (told, expected) = (sorted(told), sorted(expected));
            ensure!(told == expected, "{}: {told:?}, {expected:?}", number.figure);
        }
        Ok(())
    }

    /// Badge, picture, page and list tell the newest number of how many there are, or that there is none.
    fn headlines_agree(&self, contract: &Contract, newest: &FrozenDay) -> anyhow::Result<()> {
        let mut figures = contract.publish().figures.iter();
        let counts = figures.find(|it| it.measure == Measure::Instances && it.by.is_none());
        let number = newest.number(&counts.context("how many there are is published")?.name);
        let expected = match number.context("it is in the data")?.value {
            Value::Total(total) => Some(total.to_string()),
            _ => None,
        };
        let badge = self.json("/colony/badge")?;
        ensure!(badge["isError"] == expected.is_none(), "{badge}");
        let message = badge["message"].as_str().context("a badge has a message")?;
        ensure!(expected.as_deref().is_none_or(|expected| message == expected), "{badge}");
        let told = format!(">{message}</text>");
        ensure!(self.text("/colony/badge.svg")?.contains(&told), "no picture of {message}");
        let shown = expected.map_or_else(
            || r#"<b class="none">Not shown</b>"#.to_owned(),
            |expected| format!("<b>{expected}</b>"),
        );
        for path in ["/", "/colony/"] {
            let page = self.text(path)?;
            let (_, value) = page.split_once("<p class=\"value\">").context("a headline")?;
            ensure!(value.starts_with(&shown), "{path}: {shown}, {:?}", value.get(..60));
        }
        Ok(())
    }

    /// No surface has the name of a group that was not shown: nothing that somebody reported stands anywhere else.
    fn names_agree(&self, contract: &Contract, days: &[FrozenDay]) -> anyhow::Result<()> {
        let shown = |text: &str| {
            days.iter().flat_map(|day| &day.numbers).any(|number| match &number.value {
                Value::Groups(groups) => {
                    let name = GroupName::Value(text.to_owned());
                    groups.iter().any(|group| group.name == name)
                }
                _ => false,
            })
        };
        let few = contract.publish().min_count > 1;
        for ((path, _), (_, body)) in self.0.iter().filter(|((_, coding), _)| *coding == "identity")
        {
            let text = String::from_utf8_lossy(body);
            // Of which every instance that has it is the only one.
            let own = (0..100).map(|instance| format!("0.9.{instance}")).filter(|own| !shown(own));
            for own in own.filter(|_| few) {
                let whole = |at: usize| {
                    let next = text[at + own.len()..].chars().next();
                    !next.is_some_and(|next| next.is_ascii_digit())
                };
                let found = text.match_indices(&own).any(|(at, _)| whole(at));
                ensure!(!found, "{path} has {own}");
            }
            ensure!(!text.contains("<b>0"), "{path} has what is not fit to be shown");
        }
        Ok(())
    }
}
