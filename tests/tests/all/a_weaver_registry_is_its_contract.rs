//! What `headcount contract weaver` writes for each contract, read by Python's YAML parser, beside the
//! contract itself, read by the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context as _, anyhow, ensure};
use headcount_tests::{Peer, headcount, run};
use serde_json::{Value, json};

/// A contract that says everything that a registry has a place for, in words that YAML is sensitive to.
const SHOP: &str = r##"
contract: shop-floor
version: "2.1"
brief: "How a shop is used: in numbers."
note: "A line\nand another # no comment"
identity: { rotating: 30d }
consent: { default: opt_in, required_when: { shop.plan: ["no", trial] }, grace: 24h }
schedule: { covers: previous_day, daily: ["01:30", "13:30"], backfill: 10, events: [install, upgrade] }
report:
  id: { $id: service.instance.id, hash: hmac_sha256, optional: omit }
  plan: { $attribute: shop.plan, brief: "yes", enum: ["no", "null", A b, a b, "1"], stability: beta }
  load: { $gauge: shop.load, type: double, unit: "1", brief: "null", range: { min: 0, max: 0.5 }, buckets: [0, 0.25] }
  open: { $gauge: shop.open, type: boolean, brief: Whether it is open, note: "- yes\n- no", optional: zero }
  old: { $gauge: shop.old, unit: "{old}", brief: Old, deprecated: "use \"open\": it's \\ better", since: "1.10" }
  branches:
    $each: shop.branch
    max: 500
    id: { $id: shop.branch, hash: none, type: uuid, brief: The branch }
    city: { $attribute: shop.city, brief: A city, pattern: '[A-Z][a-z "#:-]*', example: "Ys: # -", optional: "null" }
    size: { $gauge: shop.size, unit: m2, type: double, level: usage, brief: "Größe ‹in› square metres" }
    tills:
      $each: shop.till
      id: { $id: shop.till, hash: hmac_sha256 }
      sales: { $gauge: shop.sales, unit: "{sale}", brief: Sales, level: statistics }
  depots:
    $each: shop.depot
    id: { $id: shop.depot, hash: sha256, encoding: HEX, brief: The depot }
    city: { $attribute: shop.city, brief: Another city }
    goods: { $gauge: shop.goods, brief: Goods }
  modules:
    - $each_point: shop.module
      $when: { reason: [daily, install] }
      name: { $attribute: shop.module.name, brief: A module, map: { a: "on", b: "off" }, other: "~" }
      release: { $attribute: service.version, brief: Its release }
"##;

/// A leaf of a contract, as the contract's file says it.
type Said = serde_json::Map<String, Value>;

/// Every leaf with such a source, by what the source names.
fn leaves<'v>(report: &'v Value, source: &str, found: &mut Vec<(&'v str, &'v Said)>) {
    match report {
        Value::Object(members) => {
            if let Some(name) = members.get(source).and_then(Value::as_str) {
                found.push((name, members));
            }
            members.values().for_each(|value| leaves(value, source, found));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, source, found)),
        _ => {}
    }
}

/// A contract and its registry.
struct Registry {
    label: String,
    contract: Value,
    manifest: Value,
    /// The files of definitions, in which every name is looked for together.
    files: Vec<Value>,
}

impl Registry {
    /// That of a built-in contract, or of a file.
    fn of(meant: &str, text: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (source, registry) =
            (folder.path().join("source.yaml"), folder.path().join("registry"));
        fs::write(&source, text)?;
        let named = if text == SHOP { source.as_os_str() } else { meant.as_ref() };
        let mut command = headcount()?;
        command.args(["contract", "weaver"]).arg(named).arg("--to").arg(&registry);
        let files: Vec<_> =
            run(&mut command)?.success()?.stdout.lines().map(str::to_owned).collect();
        let mut parser = Peer::YamlParser.command()?;
        let parsed = run(parser.arg(&source).args(&files))?.success()?.stdout;
        let mut parsed: BTreeMap<String, Value> = serde_json::from_str(&parsed)?;
        let mut take = |name: &str| parsed.remove(name).with_context(|| format!("no {name}"));
        let contract = take("source.yaml")?;
        let manifest = take("manifest.yaml")?;
        ensure!(parsed.len() == 2, "expected two files of definitions, got {files:?}");
        let label = meant.to_owned();
        Ok(Self { label, contract, manifest, files: parsed.into_values().collect() })
    }

    /// Every definition in this section.
    fn section(&self, name: &str) -> impl Iterator<Item = &Value> {
        let lists = self.files.iter().filter_map(move |file| file.get(name)?.as_array());
        lists.flatten()
    }

    /// The one definition of this name.
    fn only(&self, section: &str, key: &str, name: &str) -> anyhow::Result<&Value> {
        let mut found = self.section(section).filter(|one| one[key] == name);
        let one = found.next().with_context(|| format!("{}: no {section} {name}", self.label))?;
        ensure!(found.next().is_none(), "{}: two {section} {name}", self.label);
        Ok(one)
    }

    /// The leaves of the contract that have this source.
    fn said(&self, source: &str) -> Vec<(&str, &Said)> {
        let mut found = Vec::new();
        leaves(&self.contract["report"], source, &mut found);
        found
    }
}

/// The registries of all contracts that ship, and of one more; written and read once.
fn every() -> anyhow::Result<&'static [Registry]> {
    static EVERY: OnceLock<Result<Vec<Registry>, String>> = OnceLock::new();
    let every = EVERY.get_or_init(|| read_every().map_err(|error| format!("{error:#}")));
    every.as_deref().map_err(|error| anyhow!("{error}"))
}

fn read_every() -> anyhow::Result<Vec<Registry>> {
    let listed = run(headcount()?.args(["contract", "list"]))?.success()?.stdout;
    let labels = listed.lines().skip(1).filter_map(|line| line.split(' ').next());
    let built_in = labels.map(|label| {
        let text = run(headcount()?.args(["contract", "show", label]))?.success()?.stdout;
        Registry::of(label, &text)
    });
    let mut every = built_in.collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(every.len() == 8, "expected the eight built-in contracts, got {listed}");
    every.push(Registry::of("shop-floor/2.1", SHOP)?);
    Ok(every)
}

#[test]
fn a_manifest_names_the_contract() -> anyhow::Result<()> {
    for registry in every()? {
        let url = registry.manifest["schema_url"].as_str().context("a URL")?;
        assert!(url.starts_with("https://") && url.ends_with(&registry.label), "{url}");
        assert_eq!(registry.manifest.get("dependencies"), None, "it stands alone");
        assert!(registry.files.iter().all(|file| file["file_format"] == "definition/2"));
    }
    Ok(())
}

#[test]
fn every_gauge_is_one_metric_and_there_are_no_others() -> anyhow::Result<()> {
    for registry in every()? {
        let (gauges, points) = (registry.said("$gauge"), registry.said("$each_point"));
        for (name, said) in gauges.iter().chain(&points) {
            let metric = registry.only("metrics", "name", name)?;
            assert_eq!(metric["instrument"], "gauge", "{name}");
            let unit = said.get("unit").unwrap_or(&metric["unit"]);
            assert_eq!(metric["unit"], *unit, "{name}");
            if said.contains_key("$gauge") {
                assert_eq!(metric["brief"], said["brief"], "{name}");
                assert_eq!(metric["note"], *said.get("note").unwrap_or(&Value::Null), "{name}");
                let ours = &metric["annotations"]["headcount"];
                assert_eq!(ours["level"], *said.get("level").unwrap_or(&json!("basic")), "{name}");
                assert_eq!(ours.get("buckets"), said.get("buckets"), "{name}");
                assert_eq!(ours.get("since"), said.get("since"), "{name}");
                let why = metric.get("deprecated").map(|deprecated| &deprecated["note"]);
                assert_eq!(why, said.get("deprecated"), "{name}");
            }
        }
        // And the one that every report carries.
        assert_eq!(registry.section("metrics").count(), gauges.len() + points.len() + 1);
        registry.only("metrics", "name", "headcount.report")?;
    }
    Ok(())
}

#[test]
fn every_attribute_is_defined_once_and_every_reference_leads_to_one() -> anyhow::Result<()> {
    for registry in every()? {
        for source in ["$attribute", "$id"] {
            for (name, _) in registry.said(source) {
                registry.only("attributes", "key", name)?;
            }
        }
        let signals = registry.section("metrics").chain(registry.section("entities"));
        let mut referred = Vec::new();
        for signal in signals {
            let lists = ["attributes", "identity", "description"];
            let references = lists.iter().filter_map(|list| signal.get(list)?.as_array()).flatten();
            let names: Vec<_> = references.filter_map(|one| one["ref"].as_str()).collect();
            for (index, name) in names.iter().enumerate() {
                registry.only("attributes", "key", name)?;
                assert!(!names[..index].contains(name), "{}: {name} twice", registry.label);
            }
            referred.extend(names);
        }
        for defined in registry.section("attributes") {
            let name = defined["key"].as_str().context("a key")?;
            let stripped = defined["annotations"]["headcount"]["stripped"] == true;
            assert_eq!(referred.contains(&name), !stripped, "{}: {name}", registry.label);
        }
    }
    Ok(())
}

#[test]
fn a_point_has_the_attributes_of_its_lists_and_belongs_to_the_instance() -> anyhow::Result<()> {
    for registry in every()? {
        for metric in registry.section("metrics").filter(|one| one["name"] != "headcount.report") {
            let entity = metric["entity_associations"][0].as_str().context("an entity")?;
            registry.only("entities", "type", entity)?;
        }
    }
    let openfn = Registry::of("openfn/2", "contract: openfn\nreport: {}\n")?;
    let jobs = openfn.only("metrics", "name", "openfn.workflow.jobs")?;
    let expected = ["openfn.project.id", "openfn.workflow.id"]
        .map(|name| json!({ "ref": name, "requirement_level": "required" }));
    assert_eq!(jobs["attributes"], json!(expected));
    Ok(())
}

#[test]
fn an_attribute_carries_what_the_contract_says_of_it() -> anyhow::Result<()> {
    for registry in every()? {
        for source in ["$attribute", "$id"] {
            for (name, said) in registry.said(source) {
                // A name that two lists read has what the second says of it in its references.
                let metrics =
                    registry.section("metrics").filter_map(|one| one["attributes"].as_array());
                let defined = registry.only("attributes", "key", name)?;
                let entities =
                    registry.section("entities").filter_map(|one| one["description"].as_array());
                let places = metrics.chain(entities).flatten().filter(|one| one["ref"] == name);
                let alike = [defined].into_iter().chain(places).any(|place| carries(place, said));
                assert!(alike, "{}: {name}: {said:?}\n{defined:#}", registry.label);
            }
        }
    }
    Ok(())
}

/// Whether a definition or a reference says what the leaf does, where the leaf says anything.
fn carries(place: &Value, said: &Said) -> bool {
    let ours = &place["annotations"]["headcount"];
    let beyond =
        ["hash", "encoding", "map", "enum", "pattern", "other", "level", "optional", "cut_at"];
    said.get("brief").is_none_or(|brief| place["brief"] == *brief)
        && beyond.iter().all(|key| said.get(*key).is_none_or(|value| ours[key] == *value))
}

#[test]
fn nothing_is_said_that_the_format_has_no_place_for() -> anyhow::Result<()> {
    let common = ["brief", "note", "stability", "deprecated", "annotations"];
    let signal = ["requirement_level", "attributes", "entity_associations"];
    for registry in every()? {
        for file in &registry.files {
            only_keys(file, &[&["file_format", "attributes", "entities", "metrics"]])?;
        }
        for attribute in registry.section("attributes") {
            only_keys(attribute, &[&common, &["key", "type", "examples"]])?;
            let typed = attribute["type"].as_str();
            let known = ["string", "int", "double", "boolean"];
            assert!(typed.is_none_or(|typed| known.contains(&typed)), "{attribute}");
            for member in attribute["type"]["members"].as_array().into_iter().flatten() {
                only_keys(member, &[&["id", "value", "brief", "stability"]])?;
                assert!(member["value"].is_string() && member["id"].is_string(), "{member}");
            }
        }
        for metric in registry.section("metrics") {
            only_keys(metric, &[&common, &signal, &["name", "instrument", "unit"]])?;
        }
        for entity in registry.section("entities") {
            let own = ["type", "identity", "description", "requirement_level"];
            only_keys(entity, &[&common, &own])?;
            assert!(entity["identity"].as_array().is_some_and(|identity| !identity.is_empty()));
        }
        let all =
            ["attributes", "metrics", "entities"].into_iter().flat_map(|s| registry.section(s));
        for one in all {
            assert!(one["brief"].is_string() && one["stability"].is_string(), "{one}");
        }
    }
    Ok(())
}

fn only_keys(object: &Value, allowed: &[&[&str]]) -> anyhow::Result<()> {
    let members =
        object.as_object().with_context(|| format!("expected an object, got {object}"))?;
    for key in members.keys() {
        ensure!(allowed.iter().any(|some| some.contains(&key.as_str())), "{key} in {object}");
    }
    Ok(())
}

#[test]
fn without_a_directory_the_definitions_are_printed() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = headcount()?;
    command.args(["contract", "weaver", "openfn/2"]).current_dir(folder.path());
    let printed = run(&mut command)?.success()?.stdout;
    let mut written = headcount()?;
    written.args(["contract", "weaver", "openfn/2", "--to", "a/b"]).current_dir(folder.path());
    run(&mut written)?.success()?;
    assert_eq!(fs::read_to_string(folder.path().join(Path::new("a/b/contract.yaml")))?, printed);
    assert_eq!(fs::read_dir(folder.path())?.count(), 1, "printing writes nothing");
    Ok(())
}
