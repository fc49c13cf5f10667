//! What must hold between settings.

use super::{Config, Mistakes};

/// Notes what does not go together, at the place of a setting that somebody has set.
pub(super) fn check(config: &Config, mistakes: &mut Mistakes) {
    let receiver = &config.receiver;
    let mut expect = |holds: bool, names: &[&str], what: &str| {
        if holds || mistakes.are_about(names) {
            return;
        }
        let place = names.iter().find_map(|name| config.origin(name)).unwrap_or("configuration");
        mistakes.note(place, what);
    };
    // Else the default addresses would be meant by whoever wants none.
    expect(
        !receiver.listen.is_empty(),
        &["listen"],
        "expected at least one address such as 127.0.0.1:4317, got none",
    );
    let tls = &receiver.tls;
    expect(
        tls.certificate.is_some() == tls.key.is_some(),
        &["tls.certificate", "tls.key"],
        "expected both tls.certificate and tls.key, got one of them",
    );
    expect(
        tls.client_authorities.is_none() || tls.certificate.is_some(),
        &["tls.client_authorities", "tls.certificate"],
        "expected tls.certificate beside tls.client_authorities, got none",
    );
}
