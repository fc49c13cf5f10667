use super::*;

/// The way to the URL, with these variables set.
fn via(url: &str, set: &[(&str, &str)]) -> String {
    let set: Vec<(String, String)> =
        set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let environment = move |name: &str| {
        set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let endpoint = Endpoint::parse(url, None).expect("a URL");
    match Via::told_by(&environment, &endpoint) {
        Via::Direct => "direct".to_owned(),
        Via::Refused(error) => error.to_string(),
        Via::Proxy(proxy) => {
            let authorization = proxy.authorization.as_ref().map(|value| {
                assert!(value.is_sensitive(), "it does not show in a log");
                format!(" with {}", value.to_str().expect("ASCII"))
            });
            format!("{proxy}{}", authorization.unwrap_or_default())
        }
    }
}

const PLAIN: &str = "http://usage.example.org";

#[test]
fn the_scheme_chooses_the_variable() {
    let set = &[("HTTP_PROXY", "http://plain:1"), ("https_proxy", "http://secure:2")];
    assert_eq!(via(PLAIN, set), "plain:1");
    #[cfg(feature = "tls")]
    assert_eq!(via("https://usage.example.org", set), "secure:2");
    assert_eq!(via(PLAIN, &[("HTTPS_PROXY", "http://secure:2")]), "direct");
    assert_eq!(via(PLAIN, &[]), "direct");
}

#[test]
fn the_first_that_is_not_empty_counts() {
    assert_eq!(via(PLAIN, &[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://b:1")]), "a:1");
    assert_eq!(via(PLAIN, &[("HTTP_PROXY", " "), ("http_proxy", "http://b:1")]), "b:1");
    assert_eq!(via(PLAIN, &[("http_proxy", "http://b:1"), ("ALL_PROXY", "http://c:1")]), "b:1");
    assert_eq!(via(PLAIN, &[("ALL_PROXY", "http://c:1"), ("all_proxy", "http://d:1")]), "c:1");
    assert_eq!(via(PLAIN, &[("all_proxy", "http://d:1")]), "d:1");
}

#[test]
fn a_proxy_is_a_url_or_a_host() {
    for (value, expected) in [
        ("http://proxy.example", "proxy.example:80"),
        (" HTTP://proxy.example:3128/ ", "proxy.example:3128"),
        ("proxy.example:3128", "proxy.example:3128"),
        ("http://[fd00::1]:3128", "[fd00::1]:3128"),
        ("http://user:s%40cret@proxy.example:1", "proxy.example:1 with Basic dXNlcjpzQGNyZXQ="),
        ("user@proxy.example:1", "proxy.example:1 with Basic dXNlcjo="),
    ] {
        assert_eq!(via(PLAIN, &[("HTTP_PROXY", value)]), expected, "{value}");
    }
    #[cfg(feature = "tls")]
    assert_eq!(via(PLAIN, &[("HTTP_PROXY", "https://proxy.example")]), "proxy.example:443");
}

#[test]
fn exceptions_are_not_proxied() {
    let proxied = |url: &str, exceptions: &str| {
        via(url, &[("ALL_PROXY", "http://p:1"), ("no_proxy", exceptions)]) != "direct"
    };
    for exceptions in
        ["usage.example.org", "example.org", ".example.org", "other, EXAMPLE.org", "*", "a, * "]
    {
        assert!(!proxied(PLAIN, exceptions), "{exceptions}");
    }
    for exceptions in ["sage.example.org", "example.com", "www.usage.example.org", ",", "*.org"] {
        assert!(proxied(PLAIN, exceptions), "{exceptions}");
    }
    for exceptions in ["10.1.2.3", "10.0.0.0/8", "*"] {
        assert!(!proxied("http://10.1.2.3:4318", exceptions), "{exceptions}");
    }
    assert!(proxied("http://10.1.2.3:4318", "10.2.0.0/16"));
    assert!(!proxied("http://[fd00::1]:4318", "fd00::/8"));
    // Which proxy it would have been does not matter then.
    assert_eq!(
        via(PLAIN, &[("HTTP_PROXY", "socks5://p:1"), ("NO_PROXY", "example.org")]),
        "direct"
    );
}

#[test]
fn this_machine_is_not_behind_a_proxy() {
    for host in ["localhost", "LOCALHOST.", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"]
    {
        assert_eq!(via(&format!("http://{host}:4318"), &[("ALL_PROXY", "http://p:1")]), "direct");
    }
    assert_eq!(via("http://localhost.example", &[("ALL_PROXY", "http://p:1")]), "p:1");
}

#[test]
fn a_cgi_programs_client_names_no_proxy() {
    let set = &[
        ("REQUEST_METHOD", "GET"),
        ("HTTP_PROXY", "http://evil:1"),
        ("http_proxy", "http://evil:1"),
    ];
    assert_eq!(via(PLAIN, set), "direct");
    let set =
        &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil:1"), ("ALL_PROXY", "http://p:1")];
    assert_eq!(via(PLAIN, set), "p:1");
    #[cfg(feature = "tls")]
    assert_eq!(
        via("https://h", &[("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", "http://p:1")]),
        "p:1"
    );
}

#[test]
fn what_cannot_be_used_is_refused_and_not_repeated() {
    let scheme = "an http:// or https:// proxy, got";
    for (value, part) in [
        ("socks5://user:secret@p:1", format!("{scheme} socks5://, which is not supported")),
        ("SOCKS5h://user:secret@p:1", format!("{scheme} socks5h://, which is not supported")),
        ("secret://p:1", format!("{scheme} another scheme")),
        ("user:secret://p:1", format!("{scheme} another scheme")),
        ("http://user:se@secret@p:1", "percent-encoded".to_owned()),
        ("http://", "the URL of a proxy".to_owned()),
        ("http://user:secret@", "the URL of a proxy".to_owned()),
        ("http://user:secret@:1", "the URL of a proxy".to_owned()),
        ("http://p:secret", "the URL of a proxy".to_owned()),
        ("s e c r e t", "the URL of a proxy".to_owned()),
        ("/secret", "the URL of a proxy".to_owned()),
    ] {
        let told = via(PLAIN, &[("http_proxy", value)]);
        assert!(
            told.starts_with("expected http_proxy to ") && told.contains(&part),
            "{value}: {told}"
        );
        assert!(!told.contains("secret"), "{told}");
    }
}
