//! Who sent a request is whom its proxies name, as far as they are trusted; seen by the limit that each sender has.

use std::sync::Arc;

use headcount_receiver::Memory;
use headcount_receiver::settings::Proxies;

use crate::receiver::{JSON, Running, settings, start_with};

/// A receiver where each sender may ask once a minute.
async fn strict(proxies: Proxies) -> Running {
    let mut settings = settings();
    settings.admission.unlimited.clear();
    settings.admission.requests_per_minute = 1;
    settings.proxies = proxies;
    start_with(settings, Arc::new(Memory::new())).await
}

async fn status(receiver: &Running, headers: &[(&str, &str)]) -> u16 {
    let headers = [&[("content-type", JSON)], headers].concat();
    receiver.post(&headers, "{}").await.status.as_u16()
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_sender_has_its_own_limit() {
    let trusted = vec!["127.0.0.0/8".parse().unwrap()];
    let receiver = strict(Proxies { trusted, forwarded: false }).await;
    for (hops, expected) in [
        ("192.0.2.1", 200),
        // A neighbour is the same sender.
        ("192.0.2.2", 429),
        ("198.51.100.1", 200),
        // What the client made up stands before what the proxy wrote.
        ("203.0.113.1, 198.51.100.1", 429),
        ("2001:db8:1::1", 200),
        ("2001:db8:1:ffff::1", 429),
        // Garbage is the proxy's own.
        ("nobody", 200),
        ("", 429),
    ] {
        assert_eq!(status(&receiver, &[("x-forwarded-for", hops)]).await, expected, "{hops:?}");
    }
    assert_eq!(status(&receiver, &[("forwarded", "for=203.0.113.1")]).await, 429, "it is not read");
}

#[tokio::test]
async fn forwarded_counts_where_it_is_set_so() {
    let trusted = vec!["127.0.0.0/8".parse().unwrap()];
    let receiver = strict(Proxies { trusted, forwarded: true }).await;
    for (hops, expected) in
        [("for=192.0.2.1;proto=https", 200), ("for=192.0.2.2", 429), ("for=198.51.100.1", 200)]
    {
        assert_eq!(status(&receiver, &[("forwarded", hops)]).await, expected, "{hops:?}");
    }
}

#[tokio::test]
async fn nobody_else_can_say_who_they_are() {
    let receiver = strict(Proxies::default()).await;
    assert_eq!(status(&receiver, &[("x-forwarded-for", "192.0.2.1")]).await, 200);
    assert_eq!(status(&receiver, &[("x-forwarded-for", "198.51.100.1")]).await, 429);
}
