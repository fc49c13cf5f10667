use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::collect::{Collection, Collector, SERIES_LIMIT, tests as collecting};

const SHOP: &str = r#"
contract: shop
version: "1"
brief: A shop.
identity: none
consent: { default: opt_in, environment: SHOP_TELEMETRY }
schedule: { covers: now, daily: random }
report:
  visitors: { $gauge: shop.visitors, unit: "{visitor}", brief: Visitors }
  branches:
    $each: shop.branch
    max: 10
    name: { $attribute: shop.branch, brief: The branch }
    floor: { $attribute: shop.floor, type: integer, optional: omit, brief: Which floor }
    size: { $gauge: shop.size, unit: m2, type: double, brief: How large it is }
    tills:
      $each: shop.till
      max: 10
      id: { $id: shop.till, hash: hmac_sha256, encoding: hex, brief: The till }
      sales: { $gauge: shop.sales, unit: "{sale}", brief: Sales }
"#;

struct Shop {
    contract: Contract,
    collector: Collector,
}

impl Shop {
    fn new() -> Self {
        let contract = Contract::parse("shop.yaml", SHOP).unwrap_or_else(|e| panic!("{e}"));
        let gauges: BTreeSet<_> = contract.gauges().map(|gauge| gauge.name.to_owned()).collect();
        Self { contract, collector: Collector::new(gauges, Vec::new()) }
    }

    fn gauge<const N: usize>(&self, name: &str, ids: [&str; N]) -> Result<Gauge<N>, GaugeError> {
        Gauge::new(&self.contract, self.collector.registry(), name, ids)
    }

    fn sizes(&self) -> Gauge<1> {
        self.gauge("shop.size", ["shop.branch"]).expect("listed")
    }

    fn refusal<const N: usize>(&self, name: &str, ids: [&str; N]) -> String {
        self.gauge(name, ids).expect_err("the contract has no such gauge").to_string()
    }

    fn collect(&self) -> Collection {
        collecting::collect(&self.collector)
    }

    fn points(&self) -> Vec<String> {
        collecting::points(&self.collect())
    }

    fn left_out(&self) -> Vec<String> {
        collecting::left_out(&self.collect())
    }
}

#[test]
fn a_misspelt_gauge_is_refused_with_those_that_there_are() {
    let shop = Shop::new();
    assert_eq!(
        shop.refusal("shop.sale", []),
        "expected a gauge of shop/1 (`shop.sales`, `shop.visitors`, `shop.size`), got `shop.sale`"
    );
    // Nothing looks like it: the order of the document.
    assert_eq!(
        shop.refusal("customers", []),
        "expected a gauge of shop/1 (`shop.visitors`, `shop.size`, `shop.sales`), got `customers`"
    );
}

#[test]
fn a_contract_without_gauges_says_so() {
    let library = headcount_contract::Library::built_in();
    let contract = library.get("manyfold", "0.90").expect("built in");
    let collector = Collector::new(BTreeSet::new(), Vec::new());
    let error = Gauge::new(contract, collector.registry(), "manyfold.models", []);
    assert_eq!(
        error.expect_err("no gauges").to_string(),
        "expected a gauge of manyfold/0.90 (none), got `manyfold.models`"
    );
}

#[test]
fn other_attributes_than_those_of_the_entity_are_refused() {
    let shop = Shop::new();
    assert_eq!(
        shop.refusal("shop.visitors", ["shop.branch"]),
        "`shop.visitors`: expected no attributes, got `shop.branch`"
    );
    let expected = "`shop.sales`: expected the attributes `shop.branch`, `shop.till` \
                    (and, where they are known, `shop.floor`), got ";
    assert_eq!(shop.refusal("shop.sales", ["shop.branch"]), format!("{expected}`shop.branch`"));
    assert_eq!(shop.refusal("shop.sales", []), format!("{expected}none"));
    assert_eq!(
        shop.refusal("shop.sales", ["shop.branch", "shop.till", "shop.tilt"]),
        format!("{expected}`shop.branch`, `shop.till`, `shop.tilt`")
    );
    assert_eq!(
        shop.refusal("shop.sales", ["shop.branch", "shop.till", "shop.till"]),
        format!("{expected}`shop.branch`, `shop.till`, `shop.till`")
    );
}

#[test]
fn attributes_may_be_named_in_any_order() {
    let shop = Shop::new();
    let one = shop.gauge("shop.sales", ["shop.till", "shop.branch"]).expect("listed");
    let other = shop.gauge("shop.sales", ["shop.branch", "shop.till"]).expect("listed");
    one.set(["till 1", "north"], 1);
    other.set(["north", "till 1"], 2);
    let north = "[(\"shop.branch\", Text(\"north\")), (\"shop.till\", Text(\"till 1\"))]";
    assert_eq!(shop.points(), [format!("shop.sales {north} Int(2)")]);
}

#[test]
fn an_id_is_of_the_type_that_the_contract_gives_it() {
    let shop = Shop::new();
    let sizes = shop.gauge("shop.size", ["shop.branch", "shop.floor"]).expect("listed");
    sizes.set(["7", "-1"], 80.5);
    sizes.set(["8", "first"], 81);
    assert_eq!(
        shop.points(),
        [
            "shop.size [(\"shop.branch\", Text(\"7\")), (\"shop.floor\", Int(-1))] Double(80.5)",
            "shop.size [(\"shop.branch\", Text(\"8\")), (\"shop.floor\", Text(\"first\"))] Int(81)",
        ]
    );
}

#[test]
fn what_is_removed_replaced_or_cleared_is_gone() {
    let shop = Shop::new();
    let sizes = shop.sizes();
    let north = |size| format!("shop.size [(\"shop.branch\", Text(\"north\"))] Int({size})");
    let south = |size| format!("shop.size [(\"shop.branch\", Text(\"south\"))] Int({size})");
    sizes.set(["north"], 1);
    sizes.set(["south"], 2);
    sizes.set(["north"], 3);
    assert_eq!(shop.points(), [north(3), south(2)]);
    sizes.remove(["north"]);
    sizes.remove(["never there"]);
    assert_eq!(shop.points(), [south(2)]);
    sizes.replace([(["north"], 4), (["north"], 5)]);
    assert_eq!(shop.points(), [north(5)]);
    sizes.clear();
    assert!(shop.points().is_empty() && shop.left_out().is_empty());
}

#[test]
fn a_gauge_and_its_namesake_on_the_meter_are_one() {
    let shop = Shop::new();
    let visitors = shop.gauge("shop.visitors", []).expect("listed");
    shop.collector.meter().u64_gauge("shop.visitors").build().record(1, &[]);
    visitors.set([], 2);
    assert_eq!(shop.points(), ["shop.visitors [] Int(2)"]);
}

#[test]
fn a_gauge_is_left_out_while_it_has_a_value_that_no_report_can_hold() {
    let shop = Shop::new();
    let sizes = shop.sizes();
    sizes.set(["north"], 1);
    sizes.set(["south"], u64::MAX);
    assert!(shop.points().is_empty());
    let large = "shop.size: expected a signed integer of 64 bits, it has a larger one";
    assert_eq!(shop.left_out(), [large]);
    sizes.set(["south"], f64::NAN);
    let nan = "shop.size: expected a finite number, it has one that is NaN or infinite";
    assert_eq!(shop.left_out(), [nan]);
    sizes.remove(["south"]);
    assert_eq!((shop.points().len(), shop.left_out().len()), (1, 0));
}

#[test]
fn too_many_entities_leave_the_gauge_out_until_all_are_told_anew() {
    let shop = Shop::new();
    let sizes = shop.sizes();
    let branch = |index: usize| index.to_string();
    for index in 0..=SERIES_LIMIT {
        sizes.set([&branch(index)], index);
    }
    let many = ["shop.size: expected at most 100000 series"];
    assert_eq!((shop.points().len(), shop.left_out()), (0, many.map(String::from).to_vec()));
    // One of them never came to be, and nobody remembers which.
    sizes.remove([&branch(0)]);
    assert_eq!(shop.left_out(), many);
    sizes.replace((0..SERIES_LIMIT).map(|index| ([branch(index)], index)));
    assert_eq!((shop.points().len(), shop.left_out().len()), (SERIES_LIMIT, 0));
    sizes.replace((0_usize..).map(|index| ([branch(index)], index)));
    assert_eq!(shop.left_out(), many);
    sizes.clear();
    assert!(shop.left_out().is_empty());
}

#[test]
fn a_panic_of_the_host_while_it_tells_all_changes_nothing() {
    let shop = Shop::new();
    let sizes = shop.sizes();
    sizes.set(["north"], 1);
    let rows = (0..3).map(|row| {
        assert!(row < 2, "the host's database is gone");
        ([row.to_string()], row)
    });
    let replacing = std::panic::AssertUnwindSafe(|| sizes.replace(rows));
    assert!(std::panic::catch_unwind(replacing).is_err());
    sizes.set(["south"], 2);
    assert_eq!(shop.points().len(), 2);
}

#[test]
fn a_report_never_sees_a_replacement_in_part() {
    let shop = Shop::new();
    let sizes = shop.sizes();
    let (done, over) = mpsc::channel::<()>();
    let replacing = thread::spawn(move || {
        for round in 0.. {
            let values = (0..50).map(|branch: i32| ([branch.to_string()], round));
            sizes.replace(values);
            if over.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
                return;
            }
        }
    });
    for _ in 0..200 {
        let points = shop.collect().collected.points;
        assert!(points.is_empty() || points.len() == 50, "{}", points.len());
        assert!(points.windows(2).all(|pair| pair[0].value == pair[1].value));
    }
    drop(done);
    replacing.join().expect("no panic");
}

#[test]
fn a_gauge_may_outlive_its_exporter_and_cross_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let shop = Shop::new();
    let sizes = shop.sizes();
    shared(&sizes);
    drop(shop);
    let told = thread::spawn(move || {
        sizes.set(["north"], 1);
        sizes.clear();
    });
    told.join().expect("no panic");
}
