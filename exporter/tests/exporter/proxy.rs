//! Reports that go by way of a proxy. No name of a receiver here exists: only the proxy knows them.

mod server;

use std::sync::Arc;
use std::time::Duration;

use headcount::{ExporterBuilder, Outcome, Protocol};
use http::StatusCode;

use crate::blunt::{answer, answer_endlessly, blunt, hear};
use crate::sending::{PATIENCE, send_with};
use crate::server::{Behaviour, Captured, Server, grpc_answer, http_answer, http_ok};
use crate::service::builder;
use server::Proxy;

const USER: &str = "cn5f3a9c:s%40cret";
/// The value of `Proxy-Authorization` that comes of it.
const BASIC: &str = "Basic Y241ZjNhOWM6c0BjcmV0";

/// Settings for reports to the URL, by the proxy that the variable names.
fn by(url: &str, protocol: Protocol, variable: &'static str, proxy: String) -> ExporterBuilder {
    let look_up = move |name: &str| (name == variable).then(|| proxy.clone());
    builder(url).protocol(protocol).environment(look_up).timeout(PATIENCE)
}

fn send(url: &str, protocol: Protocol, variable: &'static str, proxy: String) -> Outcome {
    send_with(by(url, protocol, variable, proxy))
}

fn receiver() -> Server {
    Behaviour::answering(either).start()
}

fn either(request: &Captured) -> Option<http::Response<crate::server::Body>> {
    if request.head.version == http::Version::HTTP_2 { grpc_answer(b"") } else { http_ok() }
}

#[test]
fn http_is_asked_for_by_its_whole_url() {
    let receiver = receiver();
    let proxy = Proxy::to(receiver.address).start();
    let url = "http://usage.example:4318/base?token=a";
    let outcome = send(url, Protocol::Http, "http_proxy", proxy.url(USER));
    assert_eq!(outcome.to_string(), "delivered");
    let head = proxy.head();
    let line = "POST http://usage.example:4318/base/v1/metrics?token=a HTTP/1.1\r\n";
    assert!(head.starts_with(line), "{head}");
    assert!(head.contains(&format!("proxy-authorization: {BASIC}\r\n")), "{head}");
    assert!(head.contains("\r\nhost: usage.example:4318\r\n"), "{head}");
    assert_eq!(receiver.request().head.uri.path(), "/base/v1/metrics");
}

#[test]
fn grpc_goes_through_a_tunnel() {
    let receiver = receiver();
    let proxy = Proxy::to(receiver.address).start();
    let url = "http://usage.example:4317";
    let outcome = send(url, Protocol::Grpc, "ALL_PROXY", proxy.url(USER));
    assert_eq!(outcome.to_string(), "delivered");
    let head = proxy.head();
    assert!(head.starts_with("CONNECT usage.example:4317 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("proxy-authorization: {BASIC}\r\n")), "{head}");
    // The proxy's password is the proxy's alone.
    let names = ["content-length", "content-type", "te", "user-agent"];
    assert_eq!(receiver.request().header_names(), names);
}

#[test]
fn a_proxy_that_tunnels_to_443_alone_forwards_http() {
    let receiver = receiver();
    let proxy = Proxy::to(receiver.address).refusing_tunnels(StatusCode::FORBIDDEN).start();
    let outcome = send("http://usage.example:9000", Protocol::Grpc, "http_proxy", proxy.url(USER));
    let told = outcome.to_string();
    assert!(told.starts_with("delivered: over OTLP/HTTP to usage.example:9000, since"), "{told}");
    assert!(
        told.ends_with(&format!("the proxy {} answered 403 Forbidden", proxy.address)),
        "{told}"
    );
}

/// A Collector has OTLP/gRPC on one port and OTLP/HTTP on the next.
#[test]
fn a_collectors_other_port_is_found() {
    let collector = Behaviour::always(http_ok).http1_only().start();
    let proxy = Proxy::by_name(Arc::new(move |target: &str| match target {
        "usage.example:4318" => Some(collector.address),
        _ => None,
    }));
    let proxy = proxy.start();
    let outcome = send("http://usage.example:4317", Protocol::Grpc, "http_proxy", proxy.url(""));
    let told = outcome.to_string();
    assert!(told.starts_with("delivered: over OTLP/HTTP to usage.example:4318, since"), "{told}");
}

#[test]
fn a_receiver_of_one_port_is_found() {
    let receiver = Behaviour::always(http_ok).http1_only().start();
    let proxy = Proxy::by_name(Arc::new(move |target: &str| match target {
        "usage.example:4317" => Some(receiver.address),
        _ => None,
    }));
    let proxy = proxy.start();
    let outcome = send("http://usage.example:4317", Protocol::Grpc, "http_proxy", proxy.url(""));
    let told = outcome.to_string();
    assert!(told.starts_with("delivered: over OTLP/HTTP to usage.example:4317, since"), "{told}");
    assert!(told.contains("over OTLP/HTTP to usage.example:4318: the proxy"), "{told}");
}

#[test]
fn exceptions_go_directly() {
    let receiver = receiver();
    let url = receiver.url("");
    let proxy = "http://127.0.0.1:9".to_owned();
    assert_eq!(send(&url, Protocol::Http, "http_proxy", proxy).to_string(), "delivered");

    let look_up = |name: &str| match name {
        "HTTP_PROXY" => Some("http://127.0.0.1:9".to_owned()),
        "NO_PROXY" => Some("other, .example".to_owned()),
        _ => None,
    };
    let settings = builder("http://usage.example:4318").environment(look_up);
    let told = send_with(settings).to_string();
    assert!(told.starts_with("not delivered: expected to connect to usage.example:4318"), "{told}");
}

#[test]
fn a_proxy_that_cannot_be_used_is_told_and_not_gone_around() {
    let receiver = receiver();
    let proxy = format!("socks5://{USER}@{}", receiver.address);
    for protocol in [Protocol::Http, Protocol::Grpc] {
        let told = send("http://usage.example", protocol, "ALL_PROXY", proxy.clone()).to_string();
        let expected = "not delivered: expected ALL_PROXY to name an http:// or https:// proxy, \
                        got socks5://, which is not supported";
        assert_eq!(told, expected);
    }
    assert_eq!(receiver.connections(), 0);
}

/// Proxies that misbehave: the report is kept, and the text tells whose fault it is.
#[test]
fn whatever_a_proxy_answers_is_its_own_word() {
    let page = b"<html>Welcome to the hotel</html>";
    let html = format!("content-type: text/html\r\ncontent-length: {}\r\n\r\n", page.len());
    let says = |status: &str| [format!("HTTP/1.1 {status}\r\n{html}").as_bytes(), page].concat();
    let cases = [
        ("wants a password", answer(says("407 Proxy Authentication Required"))),
        ("refuses", answer(says("403 Forbidden"))),
        ("does not find it", answer(says("502 Bad Gateway"))),
        ("is late", answer(says("504 Gateway Timeout"))),
        ("sends away", answer(says("302 Found\r\nlocation: http://127.0.0.1:9/"))),
        ("closes", blunt(drop)),
        ("closes after the request", answer(Vec::new())),
        ("speaks SSH", answer(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        ("has endless headers", answer_endlessly(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n")),
        ("has an endless body", answer_endlessly(b"HTTP/1.1 403 No\r\n\r\n".to_vec(), &[0])),
        (
            "never answers",
            blunt(|mut stream| {
                hear(&mut stream);
                hear(&mut stream);
            }),
        ),
    ];
    let schemes = if cfg!(feature = "tls") { &["http", "https"][..] } else { &["http"] };
    for (what, address) in cases {
        for (scheme, protocol) in
            schemes.iter().flat_map(|scheme| [(scheme, Protocol::Http), (scheme, Protocol::Grpc)])
        {
            let proxy = format!("http://{USER}@{address}");
            let url = format!("{scheme}://usage.example:4317");
            let settings = by(&url, protocol, "ALL_PROXY", proxy);
            let never = what == "never answers";
            let patience = if never { Duration::from_millis(400) } else { PATIENCE };
            let settings = settings.timeout(patience);
            let outcome = send_with(settings);
            let told = format!("{what}, {scheme}, {protocol:?}: {outcome}");
            assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{told}");
            assert!(told.contains(&format!("the proxy {address}")), "{told}");
            assert!(!told.contains("s@cret") && !told.contains("s%40cret"), "{told}");
        }
    }
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    let proxy = Server::start(|| {
        let basic = [("proxy-authenticate", "Basic realm=\"x\"")];
        http_answer(StatusCode::PROXY_AUTHENTICATION_REQUIRED, &basic, b"")
    });
    for (number, protocol) in (1..).zip([Protocol::Http, Protocol::Grpc]) {
        let proxy_url = format!("http://{USER}@{}", proxy.address);
        let outcome = send("http://usage.example", protocol, "http_proxy", proxy_url);
        assert!(outcome.to_string().contains("407 Proxy Authentication Required"), "{outcome}");
        assert_eq!(proxy.connections(), number, "{protocol:?}");
    }
}

#[test]
fn a_proxys_password_shows_nowhere() {
    let url = format!("http://{USER}@127.0.0.1:9");
    let settings = by("http://usage.example", Protocol::Http, "http_proxy", url);
    let exporter = settings.build().expect("a whole configuration");
    let shown = format!("{exporter:?}");
    assert!(
        shown.contains("http://usage.example/v1/metrics through the proxy 127.0.0.1:9"),
        "{shown}"
    );
    for secret in ["cn5f3a9c", "cret", "Basic"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[cfg(feature = "tls")]
mod encrypted {
    use super::*;
    use crate::tls::server::{Encryption, SOUND};

    const NAMED: Encryption = Encryption { name: "usage.example", ..SOUND };

    #[test]
    fn what_is_encrypted_goes_through_a_tunnel() {
        let (receiver, pem) = NAMED.start();
        for protocol in [Protocol::Http, Protocol::Grpc] {
            let proxy = Proxy::to(receiver.address).start();
            let settings = by("https://usage.example", protocol, "HTTPS_PROXY", proxy.url(USER));
            let outcome = send_with(settings.root_certificates(pem.clone()));
            assert_eq!(outcome.to_string(), "delivered", "{protocol:?}");
            let head = proxy.head();
            assert!(head.starts_with("CONNECT usage.example:443 HTTP/1.1\r\n"), "{head}");
            assert!(head.contains(&format!("proxy-authorization: {BASIC}\r\n")), "{head}");
            assert!(!receiver.request().header_names().contains(&"proxy-authorization"));
        }
    }

    #[test]
    fn a_proxy_may_encrypt_itself() {
        let (acceptor, proxys) = SOUND.acceptor();
        let (receiver, receivers) = NAMED.start();
        let pem = format!("{proxys}{receivers}");
        let proxy = Proxy::to(receiver.address).encrypted(acceptor).start();
        let url = format!("https://{USER}@localhost:{}", proxy.address.port());
        for protocol in [Protocol::Http, Protocol::Grpc] {
            let settings = by("https://usage.example", protocol, "HTTPS_PROXY", url.clone());
            let outcome = send_with(settings.root_certificates(pem.clone()));
            assert_eq!(outcome.to_string(), "delivered", "{protocol:?}");
            // A proxy that nobody vouches for does not see the password.
            let settings = by("https://usage.example", protocol, "HTTPS_PROXY", url.clone());
            let told = send_with(settings.root_certificates(receivers.clone())).to_string();
            let port = proxy.address.port();
            let expected =
                format!("not delivered: expected to connect to the proxy localhost:{port}");
            assert!(told.starts_with(&expected), "{told}");
        }
    }

    #[test]
    fn a_certificate_is_the_receivers_and_not_the_proxys() {
        let (receiver, pem) = SOUND.start();
        let proxy = Proxy::to(receiver.address).start();
        let settings = by("https://usage.example", Protocol::Grpc, "HTTPS_PROXY", proxy.url(""));
        let told = send_with(settings.root_certificates(pem)).to_string();
        assert!(told.contains("not valid for name"), "{told}");
    }
}
