//! The contracts that documents print are contracts as they stand.

use headcount_contract::{Contract, Document};

use crate::validator::faults;

/// A contract with a comment on nearly every line.
const WHOLE: &str = r#"contract: openfn                  # names the application: equals the resource attribute service.name
version: "2"                      # of the report schema; the schema URL ends in /openfn/2
brief: Nightly anonymous aggregate usage of one OpenFn instance.
identity: stable                  # stable | rotating: <days> | none
consent:
  default: opt_out                # opt_in | opt_out | required_when: <resource attribute = value>
  environment: USAGE_TRACKING_ENABLED
  on_withdrawal: keep_id          # keep_id | delete_id ; and  announce: true  for a one-time opt-out event
schedule:
  covers: previous_day            # previous_day (a finished UTC day) | now
  daily: "01:30"                  # a UTC time | random (one slot per instance, derived from its id)
  startup_delay: 30s
  backfill: 10                    # days per run, oldest first
report:
  version:      { $const: "2" }
  generated_at: { $report: generated_at, format: rfc3339_micros }
  report_date:  { $report: date }
  instance:
    version:            { $attribute: service.version, brief: The release that you run }
    hashed_uuid:        { $id: service.instance.id, hash: sha256, encoding: HEX }
    operating_system:   { $attribute: os.type, map: { windows: nt } }
    no_of_users:        { $gauge: openfn.users, unit: "{user}", brief: People with an account }
    no_of_active_users: { $gauge: openfn.users.active, unit: "{user}", brief: … who logged in within 90 days }
  projects:
    $each: openfn.project.id      # one element for each value of this data point attribute
    max: 10000
    hashed_uuid:        { $id: openfn.project.id, hash: sha256, encoding: HEX }
    no_of_users:        { $gauge: openfn.project.users, unit: "{user}", brief: … }
    workflows:
      $each: openfn.workflow.id   # its points carry openfn.project.id as well: a child names its parents
      max: 10000
      hashed_uuid:      { $id: openfn.workflow.id, hash: sha256, encoding: HEX }
      no_of_jobs:       { $gauge: openfn.workflow.jobs, unit: "{job}", brief: … }
receiver:
  derives: []                     # what the receiver adds, e.g. source_address_hash; empty means nothing
  keep: { reports: 400d }         # aggregates outlive them
publish:
  min_count: 5
  figures:
    instances: { count: instances, window: 7d }
    versions:  { count: instances, by: instance.version, window: 7d }
    users:     { sum: instance.no_of_users, window: 7d }
"#;

fn read(file: &str, yaml: &str) -> Contract {
    Contract::parse(file, yaml).unwrap_or_else(|mistakes| panic!("{mistakes}\n{yaml}"))
}

/// What every contract gives, whatever is in it.
fn sound(contract: &Contract) {
    let example = contract.example();
    let schema = contract.json_schema();
    let label = contract.label();
    assert_eq!(faults(&schema, &example), [] as [&str; 0], "{label}: {example}");
    let part = contract.part(&example, &crate::golden::header());
    let part = part.unwrap_or_else(|misfit| panic!("{label}: {misfit}: {example}"));
    assert_eq!(contract.report(&part).as_ref(), Ok(&example), "{label}");
    assert!(contract.documentation().contains(&example.pretty()), "{label}");
}

#[test]
fn a_contract_with_comments_is_a_contract() {
    let contract = read("openfn.yaml", WHOLE);
    assert_eq!(contract.label(), "openfn/2");
    assert_eq!(contract.structure().leaves().len(), 12);
    sound(&contract);
    let systems = contract.example();
    let system = systems.get("instance").and_then(|instance| instance.get("operating_system"));
    assert_eq!(system, Some(&Document::Text("nt".to_owned())));
}

#[test]
fn the_ninth_application_gets_everything_too() {
    sound(&read("library.yaml", include_str!("../golden/library.yaml")));
}

#[test]
fn what_the_readme_prints_is_so() {
    let readme = include_str!("../../README.md");
    let blocks: Vec<_> = readme.split("```yaml\n").skip(1).collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        let (yaml, _) = block.split_once("```").expect("a block ends");
        if yaml.starts_with("contract:") {
            sound(&read("README.md", yaml));
            continue;
        }
        // A piece of a report.
        let indented: Vec<_> = yaml.lines().map(|line| format!("  {line}")).collect();
        let report = indented.join("\n");
        let head = "contract: shop\nversion: '1'\nbrief: A shop\nidentity: none\nconsent: { default: opt_in }\n";
        sound(&read("README.md", &format!("{head}report:\n{report}\n")));
    }
}

/// Rules that are easily met on one side of the conversion and missed on the other.
const AWKWARD: &str = r#"
contract: awkward
version: "1"
brief: Rules that are awkward.
identity: none
consent: { default: opt_in }
report:
  from_five: { $gauge: a.five, brief: B, range: { min: 5 }, optional: zero }
  below_zero: { $gauge: a.below, brief: B, range: { max: -1 } }
  ratio: { $gauge: a.ratio, brief: B, type: double, range: { min: 0, max: 1 } }
  any: { $gauge: a.any, brief: B, type: double, optional: "null" }
  coarse: { $gauge: a.coarse, brief: B, range: { min: 10 }, buckets: [10, 100], optional: zero }
  half: { $gauge: a.half, brief: B, type: double, buckets: [0.5, 1.5] }
  port: { $attribute: a.port, brief: B, type: integer, range: { min: 1024, max: 1025 } }
  debug: { $attribute: a.debug, brief: B, type: boolean }
  run: { $attribute: a.run, brief: B, type: uuid, optional: zero }
  short: { $attribute: a.short, brief: B, max_length: 2 }
  cut: { $attribute: a.cut, brief: B, cut_at: "e" }
  both: { $attribute: a.both, brief: B, pattern: '[a-z]{2}', example: xy, map: { long word: longer word }, other: "?" }
  escaped: { $attribute: a.escaped, brief: B, enum: ["a & b", "c < d"], escape: html }
  table: { $attribute: a.table, brief: B, map: { "1": one, "2": two }, optional: omit }
  pair: { $attribute: a.pair, brief: B, enum: [low, high], map: { low: high, high: low } }
  owner: { $id: a.owner, hash: hmac_sha256, encoding: base64, level: diagnostics }
  ticket: { $id: a.ticket, hash: none, type: text, pattern: 'T[0-9]+', example: [T1, T2] }
  null_here: { $const: null }
  why: { $report: reason }
  later: { $when: { reason: backfill }, gone: { $const: true } }
  single:
    $each: a.single
    max: 1
    name: { $attribute: a.single, brief: B, enum: [only] }
    there: { $gauge: a.there, brief: B }
  twins:
    $each: a.twin
    name: { $attribute: a.twin, brief: B, pattern: '[a-z]+', example: same }
    inner:
      - $each_point: a.point
        size: { $value: point, range: { min: 0, max: 3 } }
      - total: { $gauge: a.total, brief: B }
"#;

#[test]
fn awkward_rules_are_met_in_every_form() {
    let contract = read("awkward.yaml", AWKWARD);
    sound(&contract);
    let schema = contract.json_schema();
    let example = contract.example().to_string();
    let get = |key: &str| contract.example().get(key).map(Document::to_string);
    assert_eq!(get("escaped").as_deref(), Some("\"a &amp; b\""));
    assert_eq!(get("cut").as_deref(), Some("\"3\""), "“example” would be cut");
    let absent = [
        (r#""from_five":6"#, r#""from_five":0"#),
        (r#""coarse":100"#, r#""coarse":0"#),
        (r#""both":"xy""#, r#""both":"?""#),
        (r#""both":"xy""#, r#""both":"longer word""#),
        (r#""table":"one","#, ""),
    ];
    for (from, to) in absent {
        assert!(example.contains(from), "{from} in {example}");
        let document = Document::parse(&example.replace(from, to)).expect("JSON");
        assert_eq!(faults(&schema, &document), [] as [&str; 0], "{to}");
        contract.part(&document, &crate::golden::header()).expect(to);
    }
    let wrong = [
        (r#""from_five":6"#, r#""from_five":4"#),
        (r#""coarse":100"#, r#""coarse":99"#),
        (r#""both":"xy""#, r#""both":"long word""#),
        (r#""escaped":"a &amp; b""#, r#""escaped":"a & b""#),
    ];
    for (from, to) in wrong {
        let document = Document::parse(&example.replace(from, to)).expect("JSON");
        assert_ne!(faults(&schema, &document), [] as [&str; 0], "{to}");
    }
}

#[test]
fn examples_and_rules_that_cannot_be_are_mistakes() {
    let cases = [
        (
            "pattern: '[0-9]+'",
            "7:6: expected `example` beside `pattern`: a person reads the one, a program the other",
        ),
        (
            "pattern: '[0-9]+', example: [\"1\", x]",
            "7:72: expected an example that its own leaf allows, got `x`, where it wants: expected text that matches ^(?:[0-9]+)$",
        ),
        (
            "map: { a: b }, enum: [c], example: a",
            "7:73: expected an example that its own leaf allows, got `a`, where it wants: expected the form that the report shows",
        ),
        (
            "enum: [long], max_length: 2",
            "7:6: expected rules that some value meets, got rules that none does",
        ),
        (
            "type: integer, range: { min: 0.1, max: 0.9 }",
            "7:6: expected rules that some value meets, got rules that none does",
        ),
        ("type: integer, example: 3", "`range` or `buckets`, got `example`"),
    ];
    for (rules, expected) in cases {
        let yaml = format!(
            "contract: shop\nversion: '1'\nbrief: A shop\nidentity: none\nconsent: {{ default: opt_in }}\n\
             report:\n  a: {{ $attribute: shop.a, brief: A, {rules} }}\n"
        );
        let mistakes = Contract::parse("shop.yaml", &yaml).expect_err(rules);
        let mistakes = mistakes.to_string();
        assert!(mistakes.ends_with(expected) && mistakes.lines().count() == 1, "{mistakes}");
    }
}
