//! Who sent a request, as far as anything may know: a hash that is another one tomorrow.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use headcount_contract::Secret;
use jiff::civil::Date;

use crate::error::Error;
use crate::secret::random;

/// A sender's address. It is neither shown nor stored: only [`DayKey`] and lists of networks look at it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sender(IpAddr);

/// What stands for a sender for the rest of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SenderHash([u8; 32]);

impl Sender {
    /// The sender at an address. An IPv4 address that is written as an IPv6 one is the IPv4 address.
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// Whether one of the networks has it.
    pub(crate) fn is_in(self, networks: &[ipnet::IpNet]) -> bool {
        networks.iter().any(|network| network.contains(&self.0))
    }

    /// The network that it is in: IPv4 /24, IPv6 /48, since a single customer commonly has as much.
    fn prefix(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender(…)")
    }
}

impl SenderHash {
    /// The hash of these bytes.
    #[cfg(test)]
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The key of the UTC day under which senders are hashed. It is random, never written, and replaced each
/// day, so nobody can tell tomorrow who sent something today.
#[derive(Debug)]
pub struct DayKey(Mutex<Held>);

#[derive(Debug)]
struct Held {
    day: Date,
    key: Secret,
}

impl DayKey {
    /// A key for this day.
    ///
    /// Errors: the operating system has no random bytes.
    pub fn new(day: Date) -> Result<Self, Error> {
        Ok(Self(Mutex::new(Held { day, key: Secret::new(random()?) })))
    }

    /// What stands for the sender's network today.
    ///
    /// Errors: the operating system has no random bytes for a new day's key.
    pub(crate) fn prefix(&self, sender: Sender, today: Date) -> Result<SenderHash, Error> {
        self.hash(b"prefix", sender.prefix(), today)
    }

    /// What stands for the sender's very address today.
    ///
    /// Errors: as for [`DayKey::prefix`].
    pub(crate) fn address(&self, sender: Sender, today: Date) -> Result<SenderHash, Error> {
        self.hash(b"address", sender.0, today)
    }

    fn hash(&self, purpose: &[u8], address: IpAddr, today: Date) -> Result<SenderHash, Error> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.day != today {
            *held = Held { day: today, key: Secret::new(random()?) };
        }
        let address = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let message = [purpose, b" ", &address.octets()].concat();
        Ok(SenderHash(held.key.authenticate(&message)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn sender(address: &str) -> Sender {
        Sender::new(address.parse().unwrap())
    }

    #[test]
    fn neighbours_are_one_sender_and_others_are_not() {
        let today = date(2026, 11, 21);
        let key = DayKey::new(today).unwrap();
        let prefix = |address| key.prefix(sender(address), today).unwrap();
        assert_eq!(prefix("192.0.2.1"), prefix("192.0.2.254"));
        assert_eq!(prefix("192.0.2.1"), prefix("::ffff:192.0.2.1"));
        assert_ne!(prefix("192.0.2.1"), prefix("192.0.3.1"));
        assert_eq!(prefix("2001:db8:1::1"), prefix("2001:db8:1:ffff::1"));
        assert_ne!(prefix("2001:db8:1::1"), prefix("2001:db8:2::1"));
    }

    #[test]
    fn tomorrow_the_same_sender_is_another() {
        let (today, tomorrow) = (date(2026, 11, 21), date(2026, 11, 22));
        let key = DayKey::new(today).unwrap();
        let hash = |day| key.address(sender("192.0.2.1"), day).unwrap();
        let first = hash(today);
        assert_eq!(first, hash(today));
        assert_ne!(first, hash(tomorrow));
        // The key of a day that is over is gone, even if the clock goes back.
        assert_ne!(first, hash(today));
    }

    #[test]
    fn an_address_and_its_network_have_nothing_in_common() {
        let today = date(2026, 11, 21);
        let key = DayKey::new(today).unwrap();
        let network = sender("192.0.2.0");
        assert_ne!(key.prefix(network, today).unwrap(), key.address(network, today).unwrap());
        assert_eq!(format!("{network:?}"), "Sender(…)");
    }
}
