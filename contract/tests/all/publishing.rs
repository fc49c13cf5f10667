//! What a contract publishes: each mistake with its place, each warning, and each figure in words.

use headcount_contract::{Contract, NoticeFacts};

use crate::request::LIBRARY;

/// A contract with this identity and these lines under `publish:`, of which the first is line 7.
fn published(identity: &str, section: &str) -> Result<Contract, String> {
    let id =
        if identity == "none" { "" } else { "  id: { $id: service.instance.id, hash: none }\n" };
    let yaml = format!(
        "contract: shop\nversion: \"1\"\nbrief: A shop.\nconsent: {{ default: opt_in }}\nidentity: {identity}\n\
         publish:\n{section}\n\
         report:\n{id}\
         \x20 release: {{ $attribute: service.version, brief: R, pattern: '[0-9.]+', example: \"1.2\" }}\n\
         \x20 system: {{ $attribute: os.type, enum: [linux, darwin] }}\n\
         \x20 theme: {{ $attribute: shop.theme, brief: T }}\n\
         \x20 open: {{ $gauge: shop.open, type: boolean, brief: O }}\n\
         \x20 orders: {{ $gauge: shop.orders, brief: O, buckets: [0, 10] }}\n\
         \x20 facts:\n\
         \x20   - {{ is: {{ $const: plan }}, name: {{ $attribute: shop.plan, enum: [free, paid], brief: P }} }}\n\
         \x20   - {{ is: {{ $const: twice }}, name: {{ $const: a }} }}\n\
         \x20   - {{ is: {{ $const: twice }}, name: {{ $const: b }} }}\n\
         \x20 carts:\n\
         \x20   $each: shop.cart\n\
         \x20   id: {{ $id: shop.cart, hash: hmac_sha256 }}\n\
         \x20   kind: {{ $attribute: shop.cart.kind, brief: K, enum: [large, small] }}\n\
         \x20   items: {{ $gauge: shop.cart.items, brief: I, buckets: [0, 10] }}\n"
    );
    Contract::parse("shop.yaml", &yaml).map_err(|mistakes| mistakes.to_string())
}

/// What is wrong with one figure, which begins in column 8 of line 8.
fn mistakes(identity: &str, figure: &str) -> String {
    let section = format!("  figures:\n    a: {{ {figure} }}");
    published(identity, &section).err().unwrap_or_else(|| "no mistake".to_owned())
}

/// What is unwise about one figure.
fn warnings(identity: &str, figure: &str) -> Vec<String> {
    let section = format!("  figures:\n    a: {{ {figure} }}");
    let contract = published(identity, &section).expect("a contract");
    let told = contract.warnings().iter();
    told.map(|warning| format!("{}:{}: {}", warning.at.line, warning.at.column, warning.text))
        .collect()
}

/// A figure of an instance that keeps its id, and its mistake.
const FIGURES: &[(&str, &str)] = &[
    ("count: instances", "no mistake"),
    ("sum: carts, round: 10, window: 90d", "no mistake"),
    ("sum: 'carts[].items', by: release, order: version, cut_at: '.'", "no mistake"),
    ("median: orders, by: open", "no mistake"),
    ("distribution: carts, buckets: [0, 0.5, 10]", "no mistake"),
    ("distribution: carts, buckets: [-1e19, 0, 0.000001, 1e19]", "no mistake"),
    ("count: instances, by: 'facts[is=plan].name'", "no mistake"),
    ("retention: instances", "no mistake"),
    ("reporting_days: instances, brief: B", "no mistake"),
    ("count: shops", "8:17: expected `count` to be `instances`, got `shops`"),
    (
        "brief: None",
        "8:8: expected exactly one of `count`, `sum`, `median`, `distribution`, `retention` or `reporting_days`",
    ),
    (
        "count: instances, sum: orders",
        "8:8: expected exactly one of `count`, `sum`, `median`, `distribution`, `retention` or `reporting_days`",
    ),
    ("sum: release", "8:15: expected `sum` to be the path of a number or of a list, got `release`"),
    (
        "sum: cart.items",
        "8:15: expected `sum` to be the path of a number or of a list, got `cart.items`",
    ),
    ("distribution: orders", "8:8: expected `buckets` with `distribution`, and only with it"),
    ("sum: orders, buckets: [0]", "8:8: expected `buckets` with `distribution`, and only with it"),
    (
        "distribution: orders, buckets: [0, 5, 5]",
        "8:41: expected `buckets` to be ascending lower bounds",
    ),
    (
        "distribution: orders, buckets: [5, 0]",
        "8:41: expected `buckets` to be ascending lower bounds",
    ),
    ("distribution: orders, buckets: []", "8:41: expected `buckets` to be ascending lower bounds"),
    ("distribution: orders, buckets: 5", "8:41: expected `buckets` to be a list, got `5`"),
    (
        "distribution: orders, buckets: [0, 0.0000001, 0.0000002]",
        "8:41: expected `buckets` at least a millionth apart",
    ),
    (
        "distribution: orders, buckets: [1e19, 1e20]",
        "8:41: expected `buckets` from -1e19 to 1e19, got 1e20",
    ),
    (
        "distribution: orders, buckets: [0, 1e999]",
        "8:45: expected `buckets` to be a number, got `1e999`",
    ),
    (
        "count: instances, by: orders",
        "8:32: expected `by` to be the path of a text or boolean leaf that is no id, got `orders`",
    ),
    (
        "count: instances, by: id",
        "8:32: expected `by` to be the path of a text or boolean leaf that is no id, got `id`",
    ),
    (
        "count: instances, by: carts.kind",
        "8:32: expected `by` to be the path of a leaf outside of lists, of which a report has exactly one, got `carts.kind`",
    ),
    (
        "count: instances, by: facts.name",
        "8:32: expected `by` to be the path of a leaf outside of lists, of which a report has exactly one, got `facts.name`",
    ),
    (
        "count: instances, by: 'facts[is=price].name'",
        "8:32: expected `by` to be the path of a text or boolean leaf that is no id, got `facts[is=price].name`",
    ),
    (
        "count: instances, by: 'facts[is=twice].name'",
        "8:32: expected `by` to be the path of a text or boolean leaf that is no id, got `facts[is=twice].name`",
    ),
    (
        "count: instances, by: 'carts[kind=large].kind'",
        "8:32: expected `by` to be the path of a text or boolean leaf that is no id, got `carts[kind=large].kind`",
    ),
    (
        "distribution: orders, buckets: [0], by: release",
        "8:50: expected `by` only with `count`, `sum` or `median`, got it with `distribution`",
    ),
    (
        "retention: instances, by: release",
        "8:36: expected `by` only with `count`, `sum` or `median`, got it with `retention`",
    ),
    (
        "reporting_days: instances, window: 30d",
        "8:45: expected `window` only with `count`, `sum`, `median` or `distribution`, got it with `reporting_days`",
    ),
    (
        "distribution: orders, buckets: [0], round: 5",
        "8:53: expected `round` only with `count`, `sum` or `median`, got it with `distribution`",
    ),
    ("count: instances, window: 91d", "8:36: expected `window` from `1d` to `90d`, got `91d`"),
    ("count: instances, window: 0d", "8:36: expected `window` to be whole days, such as `7d`"),
    ("sum: orders, round: 0", "8:30: expected `round` of at least 1, got 0"),
    ("sum: orders, round: few", "8:30: expected `round` to be a whole number, got `few`"),
    ("sum: orders, order: version", "8:30: expected `order` only with `by`, got it alone"),
    ("sum: orders, cut_at: '.'", "8:31: expected `cut_at` only with `by`, got it alone"),
    (
        "count: instances, by: open, cut_at: '.'",
        "8:46: expected `cut_at` only with `by` a text leaf",
    ),
    (
        "count: instances, by: release, order: age",
        "8:48: expected `order` to be `count` or `version`, got `age`",
    ),
];

#[test]
fn each_rule_of_a_figure_is_kept() {
    for (figure, expected) in FIGURES {
        let expected = match *expected {
            "no mistake" => "no mistake".to_owned(),
            mistake => format!("shop.yaml:{mistake}"),
        };
        assert_eq!(mistakes("stable", figure), expected, "{figure}");
    }
}

#[test]
fn each_rule_of_the_section_is_kept() {
    let many = |count: usize| {
        let figures: Vec<_> =
            (0..count).map(|at| format!("a{at}: {{ count: instances }}")).collect();
        format!("  figures: {{ {} }}", figures.join(", "))
    };
    let named = |name: &str| format!("  figures:\n    {name}: {{ count: instances }}");
    let name = |at: &str, got: &str| {
        format!(
            "{at}: expected a figure's name of at most 64 lower-case letters, digits and `_`, beginning with a \
             letter, got `{got}`"
        )
    };
    let long = "a".repeat(65);
    let licence = |got: &str| {
        format!("7:12: expected `licence` to be an SPDX identifier such as `CC-BY-4.0`, got {got}")
    };
    let flat = |figure: &str| format!("  stats: flat\n  figures:\n    a: {{ {figure} }}");
    let totals = "9:8: expected `count`, `sum` or `median` with `stats: flat`, got";
    for (section, expected) in [
        ("  min_count: 0".to_owned(), "7:14: expected `min_count` from 1 to 100, got 0".to_owned()),
        (
            "  min_count: 101".to_owned(),
            "7:14: expected `min_count` from 1 to 100, got 101".to_owned(),
        ),
        (
            "  stats: short".to_owned(),
            "7:10: expected `stats` to be `full` or `flat`, got `short`".to_owned(),
        ),
        ("  licence: CC0 or so".to_owned(), licence("`CC0 or so`")),
        ("  licence: '<b>'".to_owned(), licence("`<b>`")),
        ("  licence: []".to_owned(), licence("a list")),
        (
            "  figures: [a]".to_owned(),
            "7:12: expected `figures` to be a mapping, got a list".to_owned(),
        ),
        (
            "  figures: { a: b }".to_owned(),
            "7:17: expected a figure, a mapping, got `b`".to_owned(),
        ),
        (many(31), "7:12: expected at most 30 figures, got 31".to_owned()),
        (named("Shops"), name("8:5", "Shops")),
        (named("_a"), name("8:5", "_a")),
        (named("1a"), name("8:5", "1a")),
        (named("a-b"), name("8:5", "a-b")),
        (named(&long), name("8:5", &long)),
        (flat("distribution: orders, buckets: [0]"), format!("{totals} `distribution`")),
        (flat("retention: instances"), format!("{totals} `retention`")),
        (flat("reporting_days: instances"), format!("{totals} `reporting_days`")),
    ] {
        let mistakes = published("stable", &section).expect_err(&section);
        assert_eq!(mistakes, format!("shop.yaml:{expected}"), "{section}");
    }
    for section in
        [many(30), named(&"a".repeat(64)), named("a_1"), flat("median: orders, by: open")]
    {
        published("stable", &section).unwrap_or_else(|mistakes| panic!("{mistakes}\n{section}"));
    }
}

#[test]
fn all_of_its_mistakes_come_at_once() {
    let section = "  min_count: 0\n  licence: a b\n  stats: flat\n  figures:\n    A: { count: instances, by: orders, round: 0 }\n    \
                   b: { retention: instances, window: 7d }";
    let mistakes = published("stable", section).expect_err("mistakes");
    let places: Vec<_> =
        mistakes.lines().map(|line| line.split(": ").next().expect("a place")).collect();
    let expected = ["7:14", "8:12", "11:5", "11:32", "11:47", "12:8", "12:40"];
    assert_eq!(places, expected.map(|place| format!("shop.yaml:{place}")), "{mistakes}");
}

#[test]
fn reports_that_cannot_be_linked_are_counted_day_by_day() {
    let linked = |at: &str, what: &str| {
        format!(
            "shop.yaml:{at}: expected no {what} with `identity: none`: reports of different days cannot be told \
             to come from one instance"
        )
    };
    assert_eq!(mistakes("none", "count: instances"), "no mistake");
    assert_eq!(mistakes("none", "count: instances, window: 1d"), "no mistake");
    assert_eq!(mistakes("none", "count: instances, window: 7d"), linked("8:36", "`window: 7d`"));
    assert_eq!(mistakes("none", "retention: instances"), linked("8:8", "`retention`"));
    assert_eq!(mistakes("none", "reporting_days: instances"), linked("8:8", "`reporting_days`"));
}

#[test]
fn a_window_looks_no_further_back_than_reports_are_kept() {
    let mistakes = |window: &str| {
        let section = format!(
            "  figures:\n    a: {{ count: instances{window} }}\nreceiver: {{ keep: {{ reports: 7d }} }}"
        );
        published("stable", &section).err().unwrap_or_else(|| "no mistake".to_owned())
    };
    assert_eq!(mistakes(""), "no mistake");
    assert_eq!(mistakes(", window: 7d"), "no mistake");
    assert_eq!(
        mistakes(", window: 8d"),
        "shop.yaml:8:36: expected `window` of at most the `7d` for which the receiver keeps reports, got `8d`: an \
         instance is not counted any more once its reports are deleted"
    );
}

#[test]
fn what_is_allowed_but_unwise_is_warned_about() {
    let again = |at: &str, what: &str| {
        [format!("{at}: {what} counts an instance again under the new id that it has every 30d")]
    };
    let rotating = |figure: &str| warnings("{ rotating: 30d }", figure);
    assert!(rotating("count: instances, window: 30d").is_empty());
    assert_eq!(rotating("count: instances, window: 31d"), again("8:36", "`window: 31d`"));
    assert_eq!(rotating("retention: instances"), again("8:8", "`retention`"));
    assert_eq!(rotating("reporting_days: instances"), again("8:8", "`reporting_days`"));
    assert!(warnings("stable", "count: instances, window: 31d").is_empty());

    assert_eq!(
        warnings("stable", "count: instances, by: theme"),
        [
            "8:32: `by` a leaf that may hold any text: what has other characters than letters, digits and \
          ` ._+:/@()-` counts as `other`; give the leaf an `enum` or a `pattern`"
        ]
    );
    for path in ["release", "system", "open"] {
        assert!(warnings("stable", &format!("count: instances, by: {path}")).is_empty(), "{path}");
    }

    let shown = published("stable", "  min_count: 1\n  figures: { a: { count: instances } }");
    let shown = shown.expect("a contract");
    let [warning] = shown.warnings() else { panic!("one warning: {:?}", shown.warnings()) };
    assert_eq!((warning.at.line, warning.at.column), (7, 14));
    assert!(warning.text.contains("what a single instance tells"));
    assert!(published("stable", "  min_count: 1").expect("a contract").warnings().is_empty());
}

#[test]
fn a_figure_is_told_in_words() {
    let told = |identity: &str, figure: &str| {
        let section = format!("  figures:\n    a: {{ {figure} }}");
        let contract = published(identity, &section).expect("a contract");
        contract.publish().figures[0].definition(contract.structure())
    };
    let latest = "in the latest report of each instance within 7 days";
    for (figure, expected) in [
        ("count: instances", "number of instances that reported for the day"),
        (
            "count: instances, window: 28d, round: 10",
            "number of instances that reported within 28 days, rounded to multiples of 10",
        ),
        (
            "count: instances, by: release, cut_at: '.', window: 7d",
            &format!("number of instances by release up to the first ., {latest}"),
        ),
        ("sum: carts.items, window: 7d", &format!("sum of carts.items, {latest}")),
        ("sum: 'carts[]', window: 7d", &format!("number of carts, {latest}")),
        ("median: carts, window: 7d", &format!("median of the number of carts, {latest}")),
        (
            "distribution: orders, buckets: [0, 2.5, 10], window: 7d",
            &format!("instances by orders, in groups from 0, 2.5 and 10, {latest}"),
        ),
        (
            "sum: orders, by: open",
            "sum of orders by open, in the report of each instance for the day",
        ),
        (
            "retention: instances",
            "of the instances that first reported in a month, how many did in each later one",
        ),
        (
            "reporting_days: instances",
            "instances by the number of days of a month on which they reported",
        ),
    ] {
        assert_eq!(told("stable", figure), expected);
    }
    assert_eq!(told("none", "count: instances"), "number of reports for the day");
    assert_eq!(
        told("none", "count: instances, by: 'facts[is=plan].name'"),
        "number of reports by facts[is=plan].name for the day"
    );
    assert_eq!(told("none", "sum: orders"), "sum of orders, in the reports for the day");
}

#[test]
fn the_notice_says_what_is_published() {
    let notice = |section: &str| {
        let notice =
            published("stable", section).expect("a contract").notice(&NoticeFacts::default());
        let (_, after) = notice.split_once("What is published\n").expect("a heading");
        after.split("\n\nSee").next().expect("a section").to_owned()
    };
    assert_eq!(notice("  min_count: 5"), "  Nothing.");
    assert_eq!(
        notice("  figures: { a: { count: instances, brief: Shops }, b: { sum: orders } }"),
        "  Figures that are made of all reports together:
  - Shops
  - sum of orders, in the report of each instance for the day

  What fewer than 5 instances tell is not shown: smaller groups count
  together, as other, and a number moves only once at least 5 instances
  changed behind it."
    );
    assert!(
        notice("  min_count: 1\n  figures: { a: { count: instances } }")
            .ends_with("Every group is shown, also one of a single instance.")
    );
}

#[test]
fn manyfold_publishes_what_it_documents_and_nothing_else() {
    let contract = LIBRARY.find("manyfold/0.90").expect("it ships");
    let figures = contract.publish().figures.iter();
    let names: Vec<_> = figures.map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["instances", "versions", "images", "architectures"]);
}

#[test]
fn what_two_versions_publish_is_the_same_figure_under_the_same_name() {
    for newer in LIBRARY.iter() {
        for older in LIBRARY.iter().filter(|older| older.name() == newer.name()) {
            for figure in &newer.publish().figures {
                let mut same = older.publish().figures.iter().filter(|old| old.name == figure.name);
                assert!(same.all(|old| old == figure), "{}: {}", newer.label(), figure.name);
            }
        }
    }
}
