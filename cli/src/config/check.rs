//! What must hold between settings.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use headcount_receiver::settings::Tls;

use super::Mistakes;

/// Notes what does not go together, at the place of a setting that somebody has set.
pub(crate) struct Checking<'c> {
    origins: &'c BTreeMap<String, String>,
    mistakes: &'c mut Mistakes,
}

impl<'c> Checking<'c> {
    pub(super) fn new(origins: &'c BTreeMap<String, String>, mistakes: &'c mut Mistakes) -> Self {
        Self { origins, mistakes }
    }

    /// Notes what was expected of these settings, unless it holds, or one of them has no value at all.
    pub(crate) fn expect(&mut self, holds: bool, names: &[&str], what: &str) {
        if holds || self.mistakes.are_about(names) {
            return;
        }
        let place = names.iter().find_map(|name| self.origins.get(*name));
        self.mistakes.note(place.map_or("configuration", String::as_str), what);
    }

    /// What must hold where something listens.
    pub(crate) fn listens(&mut self, listen: &[SocketAddr], tls: &Tls) {
        // Else the default addresses would be meant by whoever wants none.
        self.expect(
            !listen.is_empty(),
            &["listen"],
            "expected at least one address such as 127.0.0.1:4317, got none",
        );
        self.expect(
            tls.certificate.is_some() == tls.key.is_some(),
            &["tls.certificate", "tls.key"],
            "expected both tls.certificate and tls.key, got one of them",
        );
        self.expect(
            tls.client_authorities.is_none() || tls.certificate.is_some(),
            &["tls.client_authorities", "tls.certificate"],
            "expected tls.certificate beside tls.client_authorities, got none",
        );
    }
}
