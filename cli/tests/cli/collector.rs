//! `headcount contract collector …`

use headcount_contract::{CollectorRoute, CollectorTarget, Library};

use crate::contracts::SHOP;
use crate::running::{folder, run, run_in, write};

fn printed(arguments: &[&str]) -> String {
    let ended = run(&[&["contract", "collector"], arguments].concat());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    ended.out
}

#[test]
fn it_prints_the_configuration_of_the_contract() {
    let library = Library::built_in();
    for contract in library.iter() {
        let target = CollectorTarget::relay("127.0.0.1:4317", None).expect("an address");
        let route = CollectorRoute {
            storage: Some("/var/lib/otelcol/headcount".to_owned()),
            extensions: Some(vec!["health_check".parse().expect("an id")]),
            ..CollectorRoute::to(target)
        };
        let label = contract.label();
        let arguments = [
            &label,
            "--relay",
            "127.0.0.1:4317",
            "--storage",
            "/var/lib/otelcol/headcount",
            "--extensions",
            "health_check",
        ];
        assert_eq!(printed(&arguments), contract.collector_configuration(&route));
    }
}

#[test]
fn the_endpoint_of_the_contract_is_where_it_sends_unless_told_otherwise() {
    let folder = folder();
    let endpoint = "receiver: { endpoint: \"https://usage.shop.example.org\" }\n";
    write(&folder, "shop.yaml", &format!("{SHOP}{endpoint}"));
    let shop = |arguments: &[&str]| {
        run_in(folder.path(), &[&["contract", "collector", "shop.yaml"], arguments].concat()).out
    };
    let http = "    metrics_endpoint: \"https://usage.shop.example.org/v1/metrics\"\n";
    assert!(shop(&[]).contains(http), "{}", shop(&[]));
    let grpc = "    endpoint: \"usage.shop.example.org:443\"\n";
    assert!(shop(&["--protocol", "grpc"]).contains(grpc));
    let elsewhere = shop(&["--receiver", "usage.example.org:4317", "--receivers", "otlp,otlp/2"]);
    assert!(elsewhere.contains("    endpoint: \"usage.example.org:4317\"\n"), "{elsewhere}");
    assert!(elsewhere.contains("      receivers: [otlp, otlp/2]\n"), "{elsewhere}");
    assert!(!elsewhere.contains("usage.shop"), "{elsewhere}");
}

#[test]
fn what_it_cannot_do_it_says() {
    for (arguments, code, said) in [
        (&["openfn/2"][..], 64, "expected --receiver URL or --relay ADDRESS, got neither"),
        (&["openfn/2", "--relay", "10.0.0.7:4317"], 64, "expected an address of the loopback"),
        (&["openfn/2", "--receiver", "https://a?b"], 64, "expected a URL without query"),
        (&["openfn/9", "--relay", "127.0.0.1:4317"], 64, "got openfn/9"),
        (
            &["openfn/2", "--relay", "[::1]:4317", "--receiver", "https://a"],
            2,
            "cannot be used with",
        ),
        (&["openfn/2", "--relay", "[::1]:4317", "--extensions", "pprof"], 2, "--storage"),
        (&["openfn/2", "--relay", "[::1]:4317", "--receivers", "a b"], 2, "got `a b`"),
    ] {
        let ended = run(&[&["contract", "collector"], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(said), "{arguments:?}: {}", ended.err);
    }
}
