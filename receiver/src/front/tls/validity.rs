//! From when until when a certificate holds.
//!
//! It is the one thing of a certificate that nobody else tells us: rustls checks it for peers, not for ourselves. So the
//! few bytes of DER before it are stepped over by hand, rather than by a parser of everything.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Tags of DER (X.690) that are met on the way.
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const EXPLICIT_0: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The first and the last moment of a certificate in DER; `None` if it is none.
pub(super) fn read(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    // RFC 5280 section 4.1: Certificate, tbsCertificate, and in there version, serialNumber,
    // signature, issuer, validity.
    let (certificate, _) = expect(SEQUENCE, certificate)?;
    let (fields, _) = expect(SEQUENCE, certificate)?;
    let rest = match expect(EXPLICIT_0, fields) {
        Some((_version, rest)) => rest,
        None => fields,
    };
    let (_serial, rest) = expect(INTEGER, rest)?;
    let (_signature, rest) = expect(SEQUENCE, rest)?;
    let (_issuer, rest) = expect(SEQUENCE, rest)?;
    let (validity, _) = expect(SEQUENCE, rest)?;
    let (since, rest) = time(validity)?;
    let (until, _) = time(rest)?;
    Some((since, until))
}

/// A value with this tag, and what follows it.
fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (came, value, rest) = value(bytes)?;
    (came == tag).then_some((value, rest))
}

/// A value with its tag, and what follows it.
fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        // So many bytes of length; certificates are shorter than 4 GiB.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let whole = length.iter().fold(0, |whole, &byte| whole << 8 | usize::from(byte));
            (whole, rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

/// A time as RFC 5280 section 4.1.2.5 has it: in UTC, with seconds, without fractions.
fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (tag, value, rest) = value(bytes)?;
    let text = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let text = match tag {
        // Two digits of a year between 1950 and 2049.
        UTC_TIME => {
            let century = if text.get(..2)? < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let moment = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    Some((moment.to_zoned(TimeZone::UTC).ok()?.timestamp(), rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(since: i32, until: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["example.org".to_owned()]).unwrap();
        params.not_before = date_time_ymd(since, 2, 28);
        params.not_after = date_time_ymd(until, 11, 21);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_a_time_are_read() {
        for (since, until) in [(1975, 2024), (2026, 2049), (2049, 2050), (2060, 4096)] {
            let (read_since, read_until) = read(&certificate(since, until)).unwrap();
            assert_eq!(read_since.to_string(), format!("{since}-02-28T00:00:00Z"));
            assert_eq!(read_until.to_string(), format!("{until}-11-21T00:00:00Z"));
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_validity() {
        let whole = certificate(2026, 2027);
        for length in 0..120 {
            assert_eq!(read(&whole[..length]), None);
        }
        for place in 0..whole.len() {
            // Whatever it is, it is looked at without harm.
            for byte in [0, 0x30, 0x7f, 0x84, 0xff] {
                let mut broken = whole.clone();
                broken[place] = byte;
                read(&broken);
            }
        }
    }
}
