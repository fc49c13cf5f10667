use super::*;

fn told(url: &str) -> String {
    match Endpoint::parse(url, None) {
        Ok(endpoint) => format!("{endpoint:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_url_tells_the_protocol() {
    assert_eq!(told("http://localhost:4317"), "Grpc http://localhost:4317/");
    assert_eq!(told("http://localhost:4318"), "Http http://localhost:4318/v1/metrics");
    assert_eq!(told("http://[::1]:9/otlp/"), "Http http://[::1]:9/otlp/v1/metrics");
    assert_eq!(told("http://h:4317/v1/metrics"), "Http http://h:4317/v1/metrics");
    assert_eq!(told("http://[::1]/"), "Http http://[::1]/v1/metrics");
    assert_eq!(told("http://h:/"), "Http http://h:/v1/metrics");
    assert_eq!(told("http://h/v1/metrics/"), "Http http://h/v1/metrics");
}

#[test]
fn a_query_is_kept_and_not_shown() {
    let endpoint = Endpoint::parse("http://h/base?token=a", None).expect("valid");
    assert_eq!(endpoint.uri, "http://h/base/v1/metrics?token=a");
    assert_eq!(format!("{endpoint:?}"), "Http http://h/base/v1/metrics");
}

#[test]
fn an_explicit_protocol_wins() {
    let endpoint = Endpoint::parse("http://[::1]:4317", Some(Protocol::Http)).expect("valid");
    assert_eq!(format!("{endpoint:?}"), "Http http://[::1]:4317/v1/metrics");
    assert_eq!((endpoint.host.as_str(), endpoint.port), ("::1", 4317));
    assert_eq!(endpoint.target(), "[::1]:4317");
    let endpoint = Endpoint::parse("http://h:1", Some(Protocol::Grpc)).expect("valid");
    assert_eq!(format!("{endpoint:?}"), "Grpc http://h:1/");
}

#[test]
fn a_bad_url_is_refused_and_not_repeated() {
    for (url, part) in [
        ("usage.example.org", "got none"),
        ("ftp://h/x", "got ftp://"),
        ("http://user:secret@h", "without user name"),
        ("http://h:4317/some/base", "without a path for OTLP/gRPC"),
        ("http:///v1/metrics", "got no URL"),
        ("http://h:secret", "with a port up to 65535"),
        ("http://[::1]:65536", "with a port up to 65535"),
        ("h t t p", "got no URL"),
    ] {
        let error = told(url);
        assert!(error.contains(part), "{url}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn http_is_tried_on_its_own_port_first() {
    let fallbacks = |url| {
        let endpoint = Endpoint::parse(url, Some(Protocol::Grpc)).expect("valid");
        let shown = |endpoint: Endpoint| (endpoint.target(), format!("{endpoint:?}"));
        endpoint.fallbacks().into_iter().map(shown).collect::<Vec<_>>()
    };
    let own = |target: &str, url: &str| (target.to_owned(), format!("Http {url}/v1/metrics"));
    assert_eq!(
        fallbacks("http://[::1]:4317/?token=a"),
        [own("[::1]:4318", "http://[::1]:4318"), own("[::1]:4317", "http://[::1]:4317")]
    );
    assert_eq!(fallbacks("http://h"), [own("h:80", "http://h:80")]);
    assert_eq!(fallbacks("http://h:9000"), [own("h:9000", "http://h:9000")]);
    let endpoint = Endpoint::parse("http://h:4317?token=a", None).expect("valid");
    assert_eq!(endpoint.fallbacks()[0].uri, "http://h:4318/v1/metrics?token=a");
}
