//! Every kind of change between two contracts, and which way it goes.

mod published;

use headcount_contract::{Change, Contract, diff};

use crate::request::LIBRARY;

const BASE: &str = r#"
contract: shop
version: "1"
brief: How a shop is used.
identity: { rotating: 30d }
consent: { default: opt_in, environment: SHOP_TELEMETRY, on_withdrawal: delete_id, grace: 2h }
schedule: { covers: previous_day, daily: "01:30", startup_delay: 30s, backfill: 3, events: [install] }
report:
  version: { $const: 1 }
  until: { $report: period_end, format: rfc3339 }
  id: { $id: service.instance.id, hash: hmac_sha256, encoding: hex, optional: "null" }
  release: { $attribute: service.version, pattern: '[0-9.]+', example: "1.2", max_length: 16, cut_at: "-" }
  system: { $attribute: os.type, enum: [linux, darwin], map: { windows: nt }, other: else }
  theme: { $attribute: shop.theme, brief: The theme, level: usage }
  orders: { $gauge: shop.orders, unit: "{order}", brief: Orders, range: { min: 0, max: 1000 }, buckets: [0, 10, 100] }
  load: { $gauge: shop.load, type: double, brief: The load, optional: omit }
  open: { $gauge: shop.open, type: boolean, brief: Whether it is open }
  carts:
    $each: shop.cart
    max: 10
    id: { $id: shop.cart, hash: sha256 }
    items: { $gauge: shop.cart.items, brief: Items }
  farewell:
    $when: { reason: opt_out }
    why: { $attribute: shop.why, brief: The reason given }
receiver: { endpoint: "https://usage.example.org", environment: SHOP_URL, derives: [received_at], keep: { reports: 30d } }
publish:
  min_count: 10
  figures:
    shops: { count: instances, by: release, window: 7d }
    orders: { distribution: orders, buckets: [0, 10], window: 7d }
"#;

fn contract(yaml: &str) -> Contract {
    Contract::parse("shop.yaml", yaml).unwrap_or_else(|mistakes| panic!("{mistakes}\n{yaml}"))
}

fn lines<'c>(changes: impl Iterator<Item = &'c Change>) -> Vec<String> {
    changes.map(|change| format!("{} {}", change.class.as_str(), change.path)).collect()
}

/// One edit of the base: what is replaced, by what, and the changes there and back.
const EDITS: &[(&str, &str, &[&str], &[&str])] = &[
    // What a person reads.
    (
        "How a shop is used.",
        "How it is used.",
        &["neutral contract.brief"],
        &["neutral contract.brief"],
    ),
    (
        "brief: Items",
        "brief: Items, stability: beta",
        &["neutral carts[].items"],
        &["neutral carts[].items"],
    ),
    ("brief: Items", "brief: Things", &["neutral carts[].items"], &["neutral carts[].items"]),
    (
        "brief: Items",
        "brief: Items, note: In it",
        &["neutral carts[].items"],
        &["neutral carts[].items"],
    ),
    (r#"example: "1.2""#, r#"example: "3.4""#, &["neutral release"], &["neutral release"]),
    ("$const: 1", "$const: 2", &["neutral version"], &["neutral version"]),
    ("format: rfc3339 ", "format: epoch_seconds ", &["neutral until"], &["neutral until"]),
    (
        r#"version: "1""#,
        r#"version: "2""#,
        &["neutral contract.version"],
        &["neutral contract.version"],
    ),
    ("contract: shop", "contract: store", &["widening contract.name"], &["widening contract.name"]),
    // Identity.
    ("{ rotating: 30d }", "{ rotating: 60d }", &["widening identity"], &["narrowing identity"]),
    ("{ rotating: 30d }", "stable", &["widening identity"], &["narrowing identity"]),
    // Consent.
    (
        "default: opt_in",
        "default: opt_out",
        &["widening consent.default"],
        &["narrowing consent.default"],
    ),
    (
        ", environment: SHOP_TELEMETRY",
        "",
        &["widening consent.environment"],
        &["narrowing consent.environment"],
    ),
    (
        "SHOP_TELEMETRY",
        "SHOP_USAGE",
        &["widening consent.environment"],
        &["widening consent.environment"],
    ),
    (
        "delete_id",
        "keep_id",
        &["widening consent.on_withdrawal"],
        &["narrowing consent.on_withdrawal"],
    ),
    ("grace: 2h", "grace: 1h", &["widening consent.grace"], &["narrowing consent.grace"]),
    (
        "grace: 2h",
        "grace: 2h, announce: true",
        &["widening consent.announce"],
        &["narrowing consent.announce"],
    ),
    (
        "grace: 2h",
        "grace: 2h, required_when: { shop.plan: paid }",
        &["widening consent.required_when"],
        &["narrowing consent.required_when"],
    ),
    // Schedule.
    (
        r#"covers: previous_day, daily: "01:30", startup_delay: 30s, backfill: 3"#,
        r#"covers: now, daily: "01:30", startup_delay: 30s"#,
        &["widening schedule.covers", "narrowing schedule.backfill"],
        &["narrowing schedule.covers", "widening schedule.backfill"],
    ),
    (
        r#"daily: "01:30""#,
        r#"daily: ["01:30", "09:30"]"#,
        &["widening schedule.daily"],
        &["narrowing schedule.daily"],
    ),
    (
        r#"daily: "01:30""#,
        r#"daily: "02:30""#,
        &["neutral schedule.daily"],
        &["neutral schedule.daily"],
    ),
    (
        r#"daily: "01:30""#,
        "daily: random",
        &["neutral schedule.daily"],
        &["neutral schedule.daily"],
    ),
    (
        "startup_delay: 30s",
        "startup_delay: 5m",
        &["neutral schedule.startup_delay"],
        &["neutral schedule.startup_delay"],
    ),
    (
        "backfill: 3",
        "backfill: 4",
        &["widening schedule.backfill"],
        &["narrowing schedule.backfill"],
    ),
    (
        "[install]",
        "[install, upgrade]",
        &["widening schedule.events"],
        &["narrowing schedule.events"],
    ),
    // Leaves that come and go.
    (
        "  open:",
        "  visits: { $gauge: shop.visits, brief: Visits }\n  open:",
        &["widening visits"],
        &["narrowing visits"],
    ),
    ("  open:", "  day: { $report: date }\n  open:", &["neutral day"], &["neutral day"]),
    ("  open:", "  kind: { $const: x }\n  open:", &["neutral kind"], &["neutral kind"]),
    (
        "$gauge: shop.load",
        "$gauge: shop.stress",
        &["widening load", "narrowing load"],
        &["widening load", "narrowing load"],
    ),
    // Identifiers.
    (
        "hash: hmac_sha256, encoding: hex",
        "hash: sha256, encoding: hex",
        &["widening id"],
        &["narrowing id"],
    ),
    ("hash: hmac_sha256, encoding: hex", "hash: none", &["widening id"], &["narrowing id"]),
    ("hash: sha256", "hash: none", &["widening carts[].id"], &["narrowing carts[].id"]),
    ("encoding: hex", "encoding: base64", &["neutral id"], &["neutral id"]),
    // Levels and missing values.
    (", level: usage", "", &["widening theme"], &["narrowing theme"]),
    (", level: usage", ", level: diagnostics", &["narrowing theme"], &["widening theme"]),
    ("optional: omit", "optional: zero", &["neutral load"], &["neutral load"]),
    // Numbers.
    ("max: 1000", "max: 2000", &["widening orders"], &["narrowing orders"]),
    ("[0, 10, 100]", "[0, 10, 50, 100]", &["widening orders"], &["narrowing orders"]),
    ("[0, 10, 100]", "[0, 20, 100]", &["widening orders"], &["widening orders"]),
    (", buckets: [0, 10, 100]", "", &["widening orders"], &["narrowing orders"]),
    (r#"unit: "{order}", "#, "", &["neutral orders"], &["neutral orders"]),
    (r#""{order}""#, r#""{item}""#, &["widening orders"], &["widening orders"]),
    ("open, type: boolean", "open, type: integer", &["widening open"], &["narrowing open"]),
    ("load, type: double", "load, type: integer", &["narrowing load"], &["widening load"]),
    // Texts.
    ("'[0-9.]+'", "'[0-9]+[.][0-9]+'", &["widening release"], &["widening release"]),
    (
        r#"pattern: '[0-9.]+', example: "1.2", "#,
        "",
        &["widening release", "neutral release"],
        &["narrowing release", "neutral release"],
    ),
    ("max_length: 16", "max_length: 32", &["widening release"], &["narrowing release"]),
    (r#", cut_at: "-""#, "", &["widening release"], &["narrowing release"]),
    (r#"cut_at: "-""#, r#"cut_at: "+""#, &["widening release"], &["widening release"]),
    (r#"cut_at: "-""#, r#"cut_at: "-", escape: html"#, &["neutral release"], &["neutral release"]),
    ("[linux, darwin]", "[linux, darwin, aix]", &["widening system"], &["narrowing system"]),
    ("windows: nt", "windows: win", &["neutral system"], &["neutral system"]),
    ("windows: nt", "windows: darwin", &["narrowing system"], &["widening system"]),
    (", other: else", "", &["widening system"], &["neutral system"]),
    ("other: else", "other: rest", &["neutral system"], &["neutral system"]),
    (
        "enum: [linux, darwin], ",
        "",
        &["narrowing system", "narrowing system"],
        &["widening system", "widening system"],
    ),
    (
        "brief: The theme",
        "brief: The theme, enum: [dark, light]",
        &["narrowing theme"],
        &["widening theme"],
    ),
    (
        "{ $attribute: shop.theme,",
        "{ $id: shop.theme, type: text, hash: none,",
        &["neutral theme"],
        &["neutral theme"],
    ),
    (
        "{ $attribute: shop.theme,",
        "{ $id: shop.theme, hash: hmac_sha256,",
        &["narrowing theme", "neutral theme"],
        &["widening theme", "neutral theme"],
    ),
    // Lists and conditions.
    ("max: 10\n", "max: 20\n", &["widening carts[]"], &["narrowing carts[]"]),
    (
        "reason: opt_out",
        "reason: [opt_out, upgrade]",
        &["widening farewell.why"],
        &["narrowing farewell.why"],
    ),
    // The receiver and what is published.
    (
        "https://usage.example.org",
        "https://usage.example.net",
        &["widening receiver.endpoint"],
        &["widening receiver.endpoint"],
    ),
    (
        r#"endpoint: "https://usage.example.org", "#,
        "",
        &["widening receiver.endpoint"],
        &["widening receiver.endpoint"],
    ),
    (
        "environment: SHOP_URL, ",
        "",
        &["widening receiver.environment"],
        &["narrowing receiver.environment"],
    ),
    (
        "SHOP_URL",
        "SHOP_RECEIVER",
        &["widening receiver.environment"],
        &["widening receiver.environment"],
    ),
    (
        "[received_at]",
        "[received_at, source_address_hash]",
        &["widening receiver.derives"],
        &["narrowing receiver.derives"],
    ),
    ("reports: 30d", "reports: 31d", &["widening receiver.keep"], &["narrowing receiver.keep"]),
    (", keep: { reports: 30d }", "", &["widening receiver.keep"], &["narrowing receiver.keep"]),
    // The same, written otherwise.
    ("max: 10\n", "max: \"10\"\n", &["neutral contract"], &["neutral contract"]),
    ("  open: {", "  # comment\n  open:   {", &[], &[]),
    ("identity: { rotating: 30d }\n", "identity:\n  rotating: '30d'\n", &[], &[]),
];

#[test]
fn each_edit_goes_its_way_there_and_back() {
    let base = contract(BASE);
    for (from, to, there, back) in EDITS.iter().chain(published::EDITS) {
        assert_eq!(BASE.matches(from).count(), 1, "`{from}` stands once in the base");
        let edited = contract(&BASE.replacen(from, to, 1));
        let changes = diff(&base, &edited);
        assert_eq!(lines(changes.iter()), *there, "{from} → {to}\n{changes}");
        let changes = diff(&edited, &base);
        assert_eq!(lines(changes.iter()), *back, "{to} → {from}\n{changes}");
        assert_eq!(there.is_empty(), base.digest() == edited.digest(), "{from} → {to}");
    }
}

#[test]
fn a_contract_does_not_differ_from_itself() {
    for contract in LIBRARY.iter() {
        let changes = diff(contract, contract);
        assert!(changes.is_empty() && !changes.widens(), "{changes}");
    }
}

#[test]
fn the_versions_that_ship_differ_as_their_documentation_says() {
    let steps =
        [("openfn/1", "openfn/2"), ("openfn/2", "openfn/3"), ("flowfuse/1.5", "flowfuse/2.15")];
    for (old, new) in steps {
        let version = |label| LIBRARY.find(label).expect("it ships");
        let changes = diff(version(old), version(new));
        assert!(changes.widens(), "{old} to {new}");
        insta::assert_snapshot!(format!("from {old} to {new}").replace([' ', '/'], "_"), changes);
    }
}
