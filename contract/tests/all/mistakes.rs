//! A wrong contract gets all its mistakes, each with its place.

use headcount_contract::Contract;

fn mistakes(yaml: &str) -> String {
    Contract::parse("shop.yaml", yaml).expect_err("mistakes").to_string()
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_the_file() {
    let yaml = r#"contract: Shop
version: "1"
brief: How a shop is used.
identity: stabel
owner: me
consent:
  default: maybe
  on_withdrawal: delete_id
schedule:
  covers: now
  daily: "25:00"
  backfill: 3
report:
  id: { $id: service.instance.id, hash: sha256, type: text }
  host: { $id: host.name, hash: sha256 }
  orders: { $gauge: shop.orders, unit: "{order}" }
  again: { $gauge: shop.orders, brief: Twice, colour: red }
  value: { $value: point }
  version: 7
  shops:
    $each: shop.id
    name: { $attribute: shop.name, brief: Its name, pattern: "(" }
publish:
  figures:
    orders: { sum: order, window: 36h }
"#;
    assert_eq!(
        mistakes(yaml),
        "\
shop.yaml:1:11: expected `contract` to be lower-case letters and digits, with `-` and `_` between them, got `Shop`
shop.yaml:4:11: expected `identity` to be `stable`, `none` or `{ rotating: 30d }`, got `stabel`
shop.yaml:5:1: expected `contract`, `version`, `brief`, `note`, `schema_url`, `identity`, `consent`, `schedule`, `report`, `receiver` or `publish`, got `owner`
shop.yaml:7:12: expected `default` to be `opt_in` or `opt_out`, got `maybe`
shop.yaml:10:3: expected `backfill` only with `covers: previous_day`, got it with `covers: now`
shop.yaml:11:10: expected `daily` to be `random`, `each_run` or UTC times such as \"01:30\", got `25:00`
shop.yaml:14:55: expected `hash: sha256` only on an `$id` that is a random UUID, got `service.instance.id`: names and addresses are found by trying them all; use `hash: hmac_sha256`
shop.yaml:15:9: expected `hash: sha256` only on an `$id` that is a random UUID, got `host.name`: names and addresses are found by trying them all; use `hash: hmac_sha256`
shop.yaml:16:11: expected `brief`, got `shop.orders` without it: an operator reads there what is told
shop.yaml:17:10: expected each gauge once, got `shop.orders` again
shop.yaml:17:47: expected `brief`, `note`, `level`, `since`, `stability`, `deprecated`, `type`, `unit`, `optional`, `range` or `buckets`, got `colour`
shop.yaml:18:10: expected `$value` inside an `$each_point`, where a point makes the element
shop.yaml:19:12: expected `version` to be a leaf, a structure or a list, got `7`
shop.yaml:21:5: expected a leaf with `$id: shop.id` or `$attribute: shop.id`, got an `$each` that never shows what its elements and their children are known by
shop.yaml:22:62: expected a regular expression, found open group without closing ')'
shop.yaml:25:20: expected `sum` to be the path of a number or of a list, got `order`
shop.yaml:25:35: expected `window` to be whole days, such as `7d`"
    );
}

/// A contract that is right but for what is put into it.
fn with(report: &str) -> String {
    let head = "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: none\nconsent: { default: opt_in }\nreport:\n";
    match Contract::parse("shop.yaml", &format!("{head}{report}")) {
        Ok(_) => "no mistake".to_owned(),
        Err(mistakes) => mistakes.to_string(),
    }
}

/// A report, and what is wrong with it.
const RULES: &[(&str, &str)] = &[
    ("  a: { $gauge: shop.a, brief: A }", "no mistake"),
    ("  a: {}", "shop.yaml:7:6: expected a leaf or a structure, got an empty mapping"),
    (
        "  a: { b: { $gauge: shop.a, brief: A }, $gauge: x }",
        "shop.yaml:7:41: expected a key of the report, got `$gauge`, which belongs first in a leaf",
    ),
    (
        "  a: { $guage: shop.a }",
        "shop.yaml:7:8: expected a key of the report, got `$guage`, which belongs nowhere",
    ),
    (
        "  a: { $gauge: shop.a, brief: A, level: loud }",
        "shop.yaml:7:41: expected `level` to be `basic`, `usage`, `statistics` or `diagnostics`, got `loud`",
    ),
    (
        "  a: { $gauge: shop.a, brief: A, buckets: [5, 1] }",
        "shop.yaml:7:43: expected `buckets` to be ascending lower bounds",
    ),
    (
        "  a: { $gauge: shop.a, brief: A, range: { min: 2, max: 1 } }",
        "shop.yaml:7:41: expected `min` up to `max`, got 2 and 1",
    ),
    (
        "  a: { $attribute: shop.a, brief: A, other: x }",
        "shop.yaml:7:6: expected `map`, `enum` or `pattern` beside `other`, got `other` alone",
    ),
    (
        "  a: { $report: noon }",
        "shop.yaml:7:17: expected `$report` to be `date`, `generated_at`, `period_start`, `period_end` or `reason`, got `noon`",
    ),
    ("  a: { $id: shop.owner }", "shop.yaml:7:6: expected `hash`, got a mapping without it"),
    (
        "  a: { $each_point: shop.a, b: { $gauge: shop.b, brief: B } }",
        "shop.yaml:7:32: expected `$value` or attributes inside an `$each_point`, got a gauge",
    ),
    (
        "  p: { max: 5, $each: pid, id: { $attribute: pid, brief: B }, g: { $gauge: g, brief: B } }",
        "shop.yaml:7:13: expected `max` to be a leaf, a structure or a list, got `5`\nshop.yaml:7:16: expected a key of the report, got `$each`, which belongs first in a list, alone",
    ),
    ("  p: []", "shop.yaml:7:6: expected an element, got an empty list"),
    (
        "  p: { $each: pid, id: { $attribute: pid, brief: B } }",
        "shop.yaml:7:6: expected a gauge inside an `$each`: an element travels with its points",
    ),
    (
        "  a: { $gauge: headcount.report, brief: B }",
        "shop.yaml:7:6: expected a name that does not begin with `headcount.`, got `headcount.report`",
    ),
    (
        "  a: { $gauge: g, brief: B, range: { min: 1 }, buckets: [0, 10] }",
        "shop.yaml:7:57: expected `buckets` to begin with the least value, 1, got 0",
    ),
    (
        "  a: { $gauge: g, brief: B, buckets: [0, 2.5] }",
        "shop.yaml:7:38: expected `buckets` of a whole number to be whole numbers",
    ),
    (
        "  a: { $attribute: a, brief: B, cut_at: \"-\", enum: [a-b] }",
        "shop.yaml:7:6: expected no `-` in `a-b`: `cut_at` leaves none",
    ),
    (
        "  a: { $attribute: a, brief: B, enum: [] }",
        "shop.yaml:7:39: expected `enum` to have a word, got none",
    ),
    (
        "  a: { $when: { reason: [] }, b: { $const: 1 } }",
        "shop.yaml:7:15: expected `reason` with at least one reason",
    ),
    (
        "  a: { $when: { reason: noon }, b: { $const: 1 } }",
        "shop.yaml:7:25: expected `reason` to be `daily`, `install`, `upgrade`, `opt_out` or `backfill`, got `noon`",
    ),
];

#[test]
fn each_rule_of_the_tree_is_kept() {
    let leaf = "{ $attribute: shop.id, brief: Its id }";
    for (report, expected) in RULES {
        assert_eq!(with(report), *expected, "{report}");
    }
    let list =
        |gauge| format!("{{ $each: shop.id, id: {leaf}, n: {{ $gauge: {gauge}, brief: B }} }}");
    let twice = format!("  a: {}\n  b: {}", list("shop.a"), list("shop.b"));
    assert_eq!(with(&twice), "shop.yaml:8:6: expected each list once, got `shop.id` again");
}

#[test]
fn a_rotating_id_with_exact_counts_is_warned_about() {
    let yaml = |gauge: &str| {
        format!(
            "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: {{ rotating: 30d }}\n\
             consent: {{ default: opt_in }}\nreport:\n  id: {{ $id: service.instance.id, hash: none }}\n  \
             orders: {{ $gauge: shop.orders, brief: Orders{gauge} }}\n"
        )
    };
    let exact = Contract::parse("shop.yaml", &yaml("")).expect("a contract");
    let warnings: Vec<_> = exact.warnings().iter().map(|w| (w.at.line, w.text.as_str())).collect();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].0, 8);
    assert!(warnings[0].1.contains("give it `buckets`"));
    let coarse = Contract::parse("shop.yaml", &yaml(", buckets: [0, 1, 10]")).expect("a contract");
    assert!(coarse.warnings().is_empty());
}

/// A contract with this section `receiver`.
fn received(section: &str) -> Result<Contract, String> {
    let yaml = format!(
        "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: none\n\
         consent: {{ default: opt_in, environment: SHOP_USAGE }}\nreport: {{ v: {{ $const: 1 }} }}\n\
         receiver: {{ {section} }}\n"
    );
    Contract::parse("shop.yaml", &yaml).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn an_endpoint_is_a_url_without_secrets() {
    for url in [
        "https://usage.example.org",
        "https://usage.example.org:8443/reports/",
        "https://USAGE.example.org.",
        "https://192.0.2.1",
        "https://[2001:db8::1]:4318/v1/metrics",
        "http://localhost:4318",
        "http://shop.localhost",
        "http://127.0.0.2:4317",
        "http://[::1]:4318",
    ] {
        let contract = received(&format!("endpoint: \"{url}\"")).expect("a contract");
        assert_eq!(contract.intake().endpoint.as_deref(), Some(url));
        assert!(contract.warnings().is_empty(), "{url}: {:?}", contract.warnings());
    }
    for (url, expected) in [
        (
            "usage.example.org",
            "a URL such as https://usage.example.org, got one that does not begin so",
        ),
        (
            "ftp://usage.example.org",
            "a URL such as https://usage.example.org, got one that does not begin so",
        ),
        (
            "https://ann:secret@usage.example.org",
            "a URL without user name and password, got one with an @",
        ),
        (
            "https://usage.example.org/?token=secret",
            "a URL without query and fragment, got one with them",
        ),
        (
            "https://usage.example.org/#secret",
            "a URL without query and fragment, got one with them",
        ),
        ("https://", "a URL with the name or the address of a host, got one without"),
        ("https://:80", "a URL with the name or the address of a host, got one without"),
        ("https://a..b", "a URL with the name or the address of a host, got one without"),
        ("https://-a", "a URL with the name or the address of a host, got one without"),
        ("https://300.1.1.1", "a URL with the name or the address of a host, got one without"),
        ("https://[::1", "a URL with the name or the address of a host, got one without"),
        ("https://a:0", "a URL with a port from 1 to 65535, got another"),
        ("https://a:65536", "a URL with a port from 1 to 65535, got another"),
        ("https://a:", "a URL with a port from 1 to 65535, got another"),
        ("https://us age", "a URL of visible ASCII characters, got others"),
        ("https://usäge", "a URL of visible ASCII characters, got others"),
    ] {
        assert_eq!(
            received(&format!("endpoint: \"{url}\"")).expect_err("a mistake"),
            format!("shop.yaml:7:23: expected `endpoint` to be {expected}"),
            "{url}"
        );
    }
    assert_eq!(
        received("endpoint: []").expect_err("a mistake"),
        "shop.yaml:7:23: expected `endpoint` to be text, got a list"
    );
}

#[test]
fn an_endpoint_in_clear_is_warned_about() {
    let contract = received("endpoint: \"http://usage.example.org\"").expect("a contract");
    let warnings: Vec<_> = contract.warnings().iter().map(|w| (w.at.line, w.at.column)).collect();
    assert_eq!(warnings, [(7, 23)]);
    assert!(contract.warnings()[0].text.contains("use `https://`"));
}

#[test]
fn a_variable_is_the_applications_own() {
    let contract = received("environment: SHOP_URL").expect("a contract");
    assert_eq!(contract.intake().environment.as_deref(), Some("SHOP_URL"));
    let another = "to be a variable of the application's own, got";
    for (name, expected) in [
        (
            "shop_url",
            "`environment` to be like `USAGE_TRACKING_ENABLED`, got `shop_url`".to_owned(),
        ),
        ("2SHOP", "`environment` to be like `USAGE_TRACKING_ENABLED`, got `2SHOP`".to_owned()),
        (
            "SHOP_USAGE",
            "another variable than that of `consent`, got `SHOP_USAGE` again".to_owned(),
        ),
        ("CI", format!("`environment` {another} `CI`, which means something else already")),
        (
            "DO_NOT_TRACK",
            format!("`environment` {another} `DO_NOT_TRACK`, which means something else already"),
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!(
                "`environment` {another} `OTEL_EXPORTER_OTLP_ENDPOINT`, which means something else already"
            ),
        ),
    ] {
        let mistake = received(&format!("environment: {name}")).expect_err("a mistake");
        assert_eq!(mistake, format!("shop.yaml:7:26: expected {expected}"));
    }
}

#[test]
fn a_withdrawal_is_announced_without_an_id() {
    let read = |consent: &str, schedule: &str, id: &str| {
        let yaml = format!(
            "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: stable\n\
             consent: {{ default: opt_out{consent} }}\nschedule: {{ {schedule} }}\n\
             report: {{ id: {{ $id: service.instance.id, hash: none{id} }} }}\n"
        );
        match Contract::parse("shop.yaml", &yaml) {
            Ok(_) => "no mistake".to_owned(),
            Err(mistakes) => mistakes.to_string(),
        }
    };
    let optional = ", optional: omit";
    assert_eq!(read("", "", ""), "no mistake");
    assert_eq!(read(", announce: true", "", optional), "no mistake");
    assert_eq!(read(", announce: true", "events: [opt_out]", optional), "no mistake");
    assert_eq!(
        read(", announce: true", "", ""),
        "shop.yaml:7:15: expected `optional` beside `announce: true`, which tells a withdrawal without an id"
    );
    assert_eq!(
        read("", "events: [opt_out]", ""),
        "shop.yaml:6:21: expected `announce: true` in `consent` beside the event `opt_out`, got the event alone"
    );
}

#[test]
fn no_id_at_all_may_be_needed_for_an_announcement() {
    let read = |report: &str| {
        let yaml = format!(
            "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: stable\n\
             consent: {{ default: opt_out, announce: true }}\nreport:\n{report}"
        );
        match Contract::parse("shop.yaml", &yaml) {
            Ok(_) => "no mistake".to_owned(),
            Err(mistakes) => mistakes.to_string(),
        }
    };
    let needed =
        "expected `optional` beside `announce: true`, which tells a withdrawal without an id";
    let id = "  id: { $id: service.instance.id, hash: none, optional: omit }\n";
    let unless = "  who: { $when: { reason: [daily, install, upgrade, backfill] }, id: { $id: service.instance.id, hash: none } }\n";
    assert_eq!(read(unless), "no mistake");
    let host = format!("{id}  host: {{ $id: host.id, hash: none }}\n");
    assert_eq!(read(&host), format!("shop.yaml:8:9: {needed}"));
    let points = format!(
        "{id}  sales:\n    $each_point: shop.sales\n    till: {{ $id: shop.till, hash: none }}\n"
    );
    assert_eq!(read(&points), format!("shop.yaml:10:11: {needed}"));
    // Where an id tells elements apart, an announcement has none of them.
    let list = "  tills:\n    $each: shop.till\n    id: { $id: shop.till, hash: none }\n    a: { $gauge: a, brief: A }\n    b: { $gauge: b, brief: B }\n";
    assert_eq!(read(&format!("{id}{list}")), "no mistake");
    let named = list.replace(
        "id: { $id: shop.till",
        "n: { $attribute: shop.till, brief: N }\n    id: { $id: shop.owner",
    );
    assert_eq!(read(&format!("{id}{named}")), format!("shop.yaml:11:9: {needed}"));
    let sometimes =
        "  who: { $when: { reason: daily }, id: { $id: service.instance.id, hash: none } }\n";
    assert_eq!(
        read(sometimes),
        "shop.yaml:7:40: expected `service.instance.id` at level `basic` and for every reason but `opt_out`"
    );
}

#[test]
fn an_id_that_outlives_a_rotation_is_warned_about() {
    let warnings = |identity: &str, hash: &str| -> Vec<String> {
        let yaml = format!(
            "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: {identity}\n\
             consent: {{ default: opt_in }}\nreport:\n  id: {{ $id: service.instance.id, hash: none }}\n  \
             carts:\n    $each: shop.cart\n    id: {{ $id: shop.cart, hash: {hash} }}\n    \
             items: {{ $gauge: shop.items, brief: Items, buckets: [0, 1] }}\n"
        );
        let contract = Contract::parse("shop.yaml", &yaml).expect("a contract");
        contract
            .warnings()
            .iter()
            .map(|w| format!("{}:{}: {}", w.at.line, w.at.column, w.text))
            .collect()
    };
    let linking =
        ["10:9: `shop.cart` stays the same under a rotating id and links one id to the next; \
         use `hash: hmac_sha256`, whose secret is renewed with the id"];
    assert_eq!(warnings("{ rotating: 30d }", "sha256"), linking);
    assert_eq!(warnings("{ rotating: 30d }", "none"), linking);
    assert!(warnings("{ rotating: 30d }", "hmac_sha256").is_empty());
    assert!(warnings("stable", "sha256").is_empty());
}
