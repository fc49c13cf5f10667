//! Reads what was published back.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use headcount_figures::{Bucket, Cohort, FrozenDay, Group, GroupName, MonthOfDays, Number, Value};
use jiff::civil::Date;
use serde_json::Value as Json;

/// A row of the tables, by columns; what it has not is not there.
pub(super) type Row = BTreeMap<String, String>;

/// The elements of a list; of anything else none.
pub(super) fn list(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

pub(super) fn frozen_day(json: &Json) -> anyhow::Result<FrozenDay> {
    let numbers = json["numbers"].as_object().context("numbers")?;
    let numbers = numbers.iter().map(|(figure, told)| number(figure, told));
    let numbers = numbers.collect::<anyhow::Result<_>>()?;
    Ok(FrozenDay { day: date(&json["day"])?, frozen_on: date(&json["frozen_on"])?, numbers })
}

pub(super) fn number(figure: &str, json: &Json) -> anyhow::Result<Number> {
    let definition = json["definition_id"].as_str().unwrap_or_default().to_owned();
    Ok(Number {
        figure: figure.to_owned(),
        definition,
        as_of: date(&json["as_of"])?,
        complete: json["complete"].as_bool().context("complete")?,
        instances: json["instances"].as_u64(),
        value: value(json)?,
    })
}

fn value(json: &Json) -> anyhow::Result<Value> {
    if json["hidden"] == true {
        return Ok(Value::Hidden);
    }
    if let Some(total) = json["total"].as_f64() {
        return Ok(Value::Total(total));
    }
    if json["groups"].is_array() {
        return Ok(Value::Groups(list(&json["groups"]).map(group).collect::<anyhow::Result<_>>()?));
    }
    if json["buckets"].is_array() {
        return Ok(Value::Buckets(buckets(&json["buckets"])));
    }
    if json["retention"].is_array() {
        let cohorts = list(&json["retention"]).map(|cohort| {
            let active = list(&cohort["active"]).map(Json::as_u64).collect();
            Ok(Cohort { month: month(&cohort["month"])?, active })
        });
        return Ok(Value::Retention(cohorts.collect::<anyhow::Result<_>>()?));
    }
    let months = list(&json["reporting_days"])
        .map(|of| Ok(MonthOfDays { month: month(&of["month"])?, days: buckets(&of["days"]) }));
    Ok(Value::ReportingDays(months.collect::<anyhow::Result<_>>()?))
}

fn group(json: &Json) -> anyhow::Result<Group> {
    let name = match (json["kind"].as_str(), json["name"].as_str()) {
        (Some("value"), Some(name)) => GroupName::Value(name.to_owned()),
        (Some("missing"), None) => GroupName::Missing,
        (Some("other"), None) => GroupName::Other,
        other => bail!("expected a group, got {other:?}"),
    };
    let instances = json["instances"].as_u64().context("instances")?;
    Ok(Group { name, instances, value: json["value"].as_f64().context("value")? })
}

fn buckets(json: &Json) -> Vec<Bucket> {
    let bucket =
        |json: &Json| Bucket { from: json["from"].as_f64(), instances: json["instances"].as_u64() };
    list(json).map(bucket).collect()
}

fn date(json: &Json) -> anyhow::Result<Date> {
    Ok(json.as_str().context("a day")?.parse()?)
}

fn month(json: &Json) -> anyhow::Result<Date> {
    Ok(format!("{}-01", json.as_str().context("a month")?).parse()?)
}

/// The rows of the JSON lines.
pub(super) fn lines(text: &str) -> anyhow::Result<Vec<Row>> {
    let rows = text.lines().skip(1).map(|line| {
        let row: BTreeMap<String, Json> = serde_json::from_str(line)?;
        let plain = |json: Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        Ok(row.into_iter().map(|(column, value)| (column, plain(value))).collect())
    });
    rows.collect()
}

/// The rows of the CSV. Nothing in these worlds needs quotation marks.
pub(super) fn table(text: &str) -> anyhow::Result<Vec<Row>> {
    let mut lines = text.split_terminator("\r\n").map(|line| line.split(','));
    let header: Vec<&str> = lines.next().context("a header")?.collect();
    let rows = lines.map(|fields| {
        let cells = header.iter().zip(fields).filter(|(_, field)| !field.is_empty());
        cells.map(|(column, field)| ((*column).to_owned(), field.to_owned())).collect()
    });
    Ok(rows.collect())
}

/// A row of a single number or of a group, on one line.
pub(super) fn told(row: &Row) -> Option<String> {
    let cell = |column: &str| row.get(column).map(String::as_str);
    let head = format!("{} {} {}", cell("day")?, cell("figure")?, cell("as_of")?);
    let value = || cell("value")?.parse::<f64>().ok();
    match cell("kind")? {
        "hidden" => Some(format!("{head} hidden")),
        "value" => Some(format!("{head} value {} {}", cell("group")?, value()?)),
        kind @ ("total" | "missing" | "other") => Some(format!("{head} {kind} {}", value()?)),
        _ => None,
    }
}

/// The values of a figure in Prometheus' text.
pub(super) fn samples(text: &str, figure: &str) -> Vec<f64> {
    let of_it = text.lines().filter(|line| {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        ["", "_ratio"].iter().any(|unit| name == format!("colony_{figure}{unit}"))
    });
    of_it.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect()
}
