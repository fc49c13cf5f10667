use crate::{Contract, Library};

const SHOP: &str = "\
contract: shop
version: '1'
brief: A shop.
identity: stable
consent: { default: opt_out }
report:
  id: { $id: service.instance.id, hash: sha256, encoding: hex }
  version: { $attribute: service.version, brief: The release }
  disk: { $gauge: shop.disk, brief: Bytes on the disk, unit: By }
  orders:
    $each: shop.order.id
    id: { $id: shop.order.id, hash: hmac_sha256, encoding: hex, brief: An order }
    amount: { $gauge: shop.order.amount, brief: Articles, unit: '{article}' }
publish:
  figures:
";

fn with(figures: &str) -> Result<Contract, String> {
    Contract::parse("shop.yaml", &format!("{SHOP}{figures}"))
        .map_err(|mistakes| mistakes.to_string())
}

#[test]
fn a_figure_is_named_by_contract_figure_and_unit() {
    let contract = with(
        "    disk: { median: disk, brief: \"What a shop\\n  stores\" }
    versions: { count: instances, by: version, window: 7d }
    orders: { sum: orders }
    articles: { sum: 'orders[].amount' }
",
    );
    let contract = contract.unwrap();
    let metrics = contract.metrics();
    let names: Vec<_> = metrics
        .iter()
        .map(|metric| (&*metric.name, &*metric.unit, &*metric.family, metric.suffix.as_deref()))
        .collect();
    assert_eq!(
        names,
        [
            ("shop.disk", "By", "shop_disk_bytes", Some("bytes")),
            ("shop.versions", "{instance}", "shop_versions", None),
            ("shop.orders", "{element}", "shop_orders", None),
            ("shop.articles", "{article}", "shop_articles", None),
        ]
    );
    assert_eq!(metrics[1].attribute.as_deref(), Some("service.version"));
    assert_eq!(metrics[1].label().as_deref(), Some("service_version"));
    let description = &metrics[0].description;
    assert!(description.starts_with("What a shop stores: median of disk"), "{description}");
}

#[test]
fn names_that_collide_are_mistakes_with_their_place() {
    let mistakes = with(
        "    disk: { median: disk }
    disk_bytes: { sum: disk }
    shops: { count: instances }
    shops_: { count: instances }
",
    );
    assert_eq!(
        mistakes.unwrap_err(),
        "\
shop.yaml:17:5: expected a name of its own in Prometheus, got `disk_bytes`, which is `shop_disk_bytes` as `disk` is
shop.yaml:19:5: expected a name of its own in Prometheus, got `shops_`, which is `shop_shops` as `shops` is"
    );
}

#[test]
fn the_names_of_metrics_about_figures_are_taken() {
    let text = format!("{SHOP}    figure_complete: {{ count: instances }}\n");
    let text = text.replace("contract: shop", "contract: headcount");
    let mistakes = Contract::parse("headcount.yaml", &text).unwrap_err().to_string();
    assert!(
        mistakes.starts_with("headcount.yaml:16:5: expected a name that begins otherwise"),
        "{mistakes}"
    );
}

#[test]
fn where_nothing_links_reports_these_are_what_is_counted() {
    let library = Library::built_in();
    let metrics = library.find("openwisp").unwrap().metrics();
    assert!(!metrics.is_empty() && metrics.iter().all(|metric| metric.unit == "{report}"));
    assert_eq!((&*metrics[0].family, &metrics[0].suffix), ("openwisp_reports", &None));
}

#[test]
fn every_shipped_figure_has_a_name_and_a_description() {
    for contract in Library::built_in().iter() {
        for metric in contract.metrics() {
            assert!(!metric.description.is_empty() && !metric.description.contains('\n'));
            assert!(metric.family.starts_with(contract.name()), "{}", metric.family);
        }
    }
}
