//! Connections of one sender's network at once, so that one network cannot take all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::clock::Clock;
use crate::error::Error;
use crate::sender::{DayKey, Sender, SenderHash};

/// The connections that there are, by the hash of their network. No network without connections is known.
#[derive(Debug)]
pub(super) struct Prefixes {
    key: DayKey,
    clock: Clock,
    most: usize,
    trusted: Vec<IpNet>,
    open: Mutex<HashMap<SenderHash, usize>>,
}

/// One of a network's connections, until it ends.
#[derive(Debug)]
pub(super) struct Counted(Option<(Arc<Prefixes>, SenderHash)>);

impl Prefixes {
    /// So many connections for each network, but any number for trusted proxies, behind which all networks are.
    ///
    /// Errors: the operating system has no random bytes.
    pub(super) fn new(most: usize, trusted: Vec<IpNet>, clock: Clock) -> Result<Arc<Self>, Error> {
        let key = DayKey::new(clock.today())?;
        Ok(Arc::new(Self { key, clock, most, trusted, open: Mutex::default() }))
    }

    /// Counts a connection of this peer; `None` where its network has as many as it may.
    pub(super) fn count(self: &Arc<Self>, peer: Sender) -> Option<Counted> {
        if peer.is_in(&self.trusted) {
            return Some(Counted(None));
        }
        // Without random bytes nothing of the next day could be told apart, and nothing else works either.
        let network = self.key.prefix(peer, self.clock.today()).ok()?;
        let mut open = self.open();
        let count = open.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Counted(Some((self.clone(), network))))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SenderHash, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some((prefixes, network)) = &self.0 else { return };
        let mut open = prefixes.open();
        if let Some(count) = open.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                open.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(address: &str) -> Sender {
        Sender::new(address.parse().unwrap())
    }

    #[test]
    fn a_network_has_so_many_and_one_that_ends_makes_place() {
        let prefixes = Prefixes::new(2, Vec::new(), Clock::system()).unwrap();
        let one = prefixes.count(sender("192.0.2.1")).unwrap();
        let _two = prefixes.count(sender("192.0.2.2")).unwrap();
        assert!(prefixes.count(sender("192.0.2.3")).is_none());
        let other = prefixes.count(sender("192.0.3.1")).unwrap();
        drop(one);
        let _three = prefixes.count(sender("192.0.2.3")).unwrap();
        assert_eq!(prefixes.open().len(), 2);
        drop(other);
        assert_eq!(prefixes.open().len(), 1, "a network without connections is forgotten");
    }

    #[test]
    fn a_trusted_proxy_has_any_number() {
        let trusted = vec!["10.0.0.0/8".parse().unwrap()];
        let prefixes = Prefixes::new(1, trusted, Clock::system()).unwrap();
        let proxied: Vec<_> = (0..9).map(|_| prefixes.count(sender("10.0.0.1"))).collect();
        assert!(proxied.iter().all(Option::is_some));
        assert_eq!(prefixes.open().len(), 0);
    }
}
