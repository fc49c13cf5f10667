//! The configuration for the OpenTelemetry Collector. What a Collector does with it is tested with a real one, end to
//! end; here is what it says.

use headcount_contract::{
    CollectorRoute, CollectorTarget, ComponentId, Contract, NotATarget, Transport,
};

use crate::request::LIBRARY;

fn receiver(url: &str) -> CollectorRoute {
    CollectorRoute::to(CollectorTarget::receiver(url, None).expect("a URL"))
}

fn relay(address: &str) -> CollectorRoute {
    CollectorRoute::to(CollectorTarget::relay(address, None).expect("an address"))
}

fn shop(report: &str) -> Contract {
    let yaml = format!(
        "contract: shop\nversion: \"1\"\nbrief: A shop.\nidentity: stable\nconsent: {{ default: opt_in, \
         required_when: {{ shop.plan: paid }} }}\nreport:\n  id: {{ $id: service.instance.id, hash: hmac_sha256 }}\n\
         {report}"
    );
    Contract::parse("shop.yaml", &yaml).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn every_contract_has_one() {
    assert_eq!(LIBRARY.iter().count(), 8);
    for contract in LIBRARY.iter() {
        let text = contract.collector_configuration(&receiver("https://usage.example.org"));
        assert_eq!(text, contract.collector_configuration(&receiver("usage.example.org")));
        for gauge in contract.gauges() {
            assert!(text.contains(&format!("metric.name != \"{}\"\n", gauge.name)), "{text}");
        }
        for name in contract.resource_attributes() {
            assert!(text.contains(&format!("\"{name}\"")), "{name} is not in {text}");
        }
        let name = format!("collector_{}", contract.label().replace('/', "-"));
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn a_relay_and_a_directory() {
    let contract = LIBRARY.find("openfn/2").expect("it ships");
    let id = |text: &str| text.parse::<ComponentId>().expect("the id of a component");
    let route = CollectorRoute {
        receivers: vec![id("otlp"), id("otlp/second")],
        storage: Some(r#"/var/lib/"${HOME}"/queue"#.to_owned()),
        extensions: Some(vec![id("health_check"), id("pprof/1")]),
        ..relay("127.0.0.1:4317")
    };
    insta::assert_snapshot!(sections(&contract.collector_configuration(&route)));
}

/// The comment at the top, and all that follows the processors.
fn sections(text: &str) -> String {
    let (head, rest) = text.split_once("\nprocessors:\n").expect("a section");
    let (_, sending) = rest.split_once("\nexporters:\n").expect("a section");
    format!("{head}…\nexporters:\n{sending}")
}

#[test]
fn a_list_of_extensions_is_left_alone_unless_it_is_said_what_it_holds() {
    let contract = LIBRARY.find("manyfold").expect("it ships");
    let route =
        CollectorRoute { storage: Some("queue".to_owned()), ..receiver("usage.example.org") };
    let text = contract.collector_configuration(&route);
    assert!(!text.contains("\n  extensions: ["), "{text}");
    assert!(
        text.contains("  # Add file_storage/headcount-manyfold to the list `extensions`"),
        "{text}"
    );
}

#[test]
fn names_are_written_so_that_the_collector_reads_them_as_they_are() {
    let contract = shop(
        "  a: { $attribute: 'shop.\"${HOME}\\', brief: A }\n  b: { $gauge: 'shop.$$', brief: B }\n",
    );
    let text = contract.collector_configuration(&receiver("usage.example.org"));
    assert!(text.contains("\n            \"shop.\\\"$${HOME}\\\\\",\n"), "{text}");
    assert!(text.contains("metric.name != \"shop.$$$$\"\n"), "{text}");
}

/// A contract is somebody else's, and must not write rules of its own into the configuration.
#[test]
fn a_name_never_leaves_its_line() {
    let plain =
        shop("  a: { $gauge: shop.a, brief: A }\n  b: { $id: shop.b, hash: hmac_sha256 }\n");
    let route = receiver("usage.example.org");
    for breaks in [r"\n", r"\r", r"\u0085", r"\u2028", r"\u2029", r"\0"] {
        let name = format!(r#"\"{breaks}      - false{breaks}      - >-{breaks}        \""#);
        let contract = shop(&format!(
            "  a: {{ $gauge: \"shop{name}\", brief: A }}\n  b: {{ $id: \"id{name}\", hash: hmac_sha256 }}\n"
        ));
        let text = contract.collector_configuration(&route);
        let names = text.lines().filter(|line| line.contains("- false") && !line.starts_with('#'));
        assert_eq!(names.clone().count(), 2, "{text}");
        assert!(names.clone().all(|line| line.is_ascii() && line.contains(r"\U0000")), "{text}");
        let body = |text: &str| text.lines().skip_while(|line| line.starts_with('#')).count();
        assert_eq!(body(&text), body(&plain.collector_configuration(&route)), "{text}");
        assert!(!text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\0']), "{text}");
    }
}

#[test]
fn only_a_relay_is_told_what_requires_reports() {
    let contract = shop("  orders: { $gauge: shop.orders, brief: Orders }\n");
    let told = |route| contract.collector_configuration(&route).contains("\"shop.plan\"");
    assert!(told(relay("[::1]:4317")));
    assert!(!told(receiver("https://usage.example.org")));
}

#[test]
fn whoever_reads_it_learns_who_sees_ids() {
    let openfn = LIBRARY.find("openfn/2").expect("it ships");
    let unwrapped = |contract: &Contract, route| {
        let text = contract.collector_configuration(&route);
        text.replace("\n#", "").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let ids = "Ids (service.instance.id, openfn.project.id and openfn.workflow.id) ";
    for (route, told) in [
        (relay("127.0.0.1:4317"), "go to the relay as they come; it hashes them"),
        (receiver("https://usage.example.org"), "leave as they come, within TLS"),
        (receiver("http://usage.example.org"), "leave as they come, and without TLS"),
    ] {
        let text = unwrapped(openfn, route);
        assert!(text.contains(&format!("{ids}{told}")), "{text}");
    }
    let openwisp = LIBRARY.find("openwisp").expect("it ships");
    assert!(!unwrapped(openwisp, relay("127.0.0.1:4317")).contains("Ids ("), "it has none");
}

#[test]
fn the_url_tells_how_reports_travel() {
    let grpc = |authority: &str| format!("endpoint: \"{authority}\"\n");
    let http = |url: &str| format!("metrics_endpoint: \"{url}/v1/metrics\"\n");
    for (url, expected) in [
        ("usage.example.org", http("https://usage.example.org")),
        ("https://usage.example.org/", http("https://usage.example.org")),
        ("https://usage.example.org/v1/metrics", http("https://usage.example.org")),
        ("https://example.org/usage/v1/metrics/", http("https://example.org/usage")),
        ("http://10.0.0.7:4318", http("http://10.0.0.7:4318")),
        ("https://usage.example.org:4317", grpc("usage.example.org:4317")),
        ("http://[::1]:4317", grpc("[::1]:4317")),
    ] {
        let text = LIBRARY.iter().next().expect("one").collector_configuration(&receiver(url));
        assert!(text.contains(&expected), "{url}: {text}");
        let plain = text.contains("    tls:\n      insecure: true\n");
        assert_eq!(plain, url.starts_with("http://"), "{url}: {text}");
        assert_eq!(text.contains("In clear: "), url.contains("10.0.0.7"), "{url}: {text}");
    }
    for (url, transport, expected) in [
        ("https://usage.example.org", Transport::Grpc, grpc("usage.example.org:443")),
        ("http://localhost", Transport::Grpc, grpc("localhost:80")),
        ("127.0.0.1:4317", Transport::Http, http("https://127.0.0.1:4317")),
    ] {
        let target = CollectorTarget::receiver(url, Some(transport)).expect("a URL");
        let text = LIBRARY
            .iter()
            .next()
            .expect("one")
            .collector_configuration(&CollectorRoute::to(target));
        assert!(text.contains(&expected), "{url}: {text}");
    }
}

#[test]
fn what_is_no_target_is_refused_and_not_repeated() {
    let refused = |result: Result<CollectorTarget, NotATarget>, text: &str| {
        let error = result.expect_err(text).to_string();
        assert!(error.starts_with("expected ") && !error.contains("secret"), "{text}: {error}");
    };
    for url in ["", "https://", "ftp://secret.org", "https://me:secret@example.org", "a b", "x:0"] {
        refused(CollectorTarget::receiver(url, None), url);
        refused(CollectorTarget::relay(url, None), url);
    }
    for address in ["10.0.0.7:4317", "relay.secret.org:4317", "127.0.0.1", "localhost"] {
        refused(CollectorTarget::relay(address, None), address);
    }
    let path = "https://example.org/usage";
    refused(CollectorTarget::receiver(path, Some(Transport::Grpc)), path);
    for address in ["localhost:4317", "http://10.0.0.7:4317", "https://relay.example.org:4317"] {
        assert!(CollectorTarget::relay(address, None).is_ok(), "{address}");
    }
}

#[test]
fn the_id_of_a_component_is_of_visible_letters() {
    for good in ["otlp", "otlp/2", "health_check/of-my.own"] {
        assert_eq!(good.parse::<ComponentId>().expect("an id").to_string(), good);
    }
    for bad in ["", "/", "otlp/", "/otlp", "2otlp", "otlp]", "otlp/a b", "otlp/a/b", "${HOME}"] {
        let error = bad.parse::<ComponentId>().expect_err(bad);
        assert!(error.ends_with(&format!("got `{bad}`")), "{error}");
    }
}
