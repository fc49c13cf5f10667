use jiff::Timestamp;

use super::*;

/// A sender of a test's own.
pub(super) fn sender(number: u32) -> SenderHash {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    SenderHash::new(bytes)
}

/// Whether a request from there is let in.
fn ask(admission: &Admission, address: &str) -> Result<(), Refusal> {
    admission.request(Some(Sender::new(address.parse().unwrap())))
}

fn admission(requests_per_minute: u32) -> Admission {
    let noon: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let unlimited = vec!["192.0.2.128/25".parse().unwrap()];
    let settings =
        settings::Admission { requests_per_minute, unlimited, ..settings::Admission::default() };
    Admission::new(&settings, Clock::new(move || noon)).unwrap()
}

#[test]
fn neighbours_share_their_limit_and_are_told_how_long_to_wait() {
    let admission = admission(1);
    assert_eq!(ask(&admission, "198.51.100.1"), Ok(()));
    let refusal = ask(&admission, "198.51.100.2").unwrap_err();
    assert!(matches!(refusal, Refusal::Busy(_)), "{refusal:?}");
    assert!(refusal.retry_after().is_some_and(|wait| wait.as_secs() <= 60), "{refusal:?}");
    assert_eq!(ask(&admission, "198.51.101.1"), Ok(()));
}

#[test]
fn an_unlimited_network_is_not_held_back_and_has_no_part_in_its_neighbours_limit() {
    let admission = admission(1);
    for _ in 0..3 {
        assert_eq!(ask(&admission, "192.0.2.200"), Ok(()));
        assert_eq!(ask(&admission, "::ffff:192.0.2.200"), Ok(()));
        assert_eq!(admission.request(None), Ok(()), "nobody is known where a file is imported");
    }
    assert_eq!(ask(&admission, "192.0.2.100"), Ok(()));
    assert!(ask(&admission, "192.0.2.100").is_err());
}
