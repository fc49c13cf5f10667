//! What an operator may set. Each group is declared once; the sample configuration, what reads it, and the
//! variables are made from the declaration.

mod colour;
mod given;
mod group;
mod groups;

use std::net::{Ipv4Addr, SocketAddr};

pub use colour::Colour;
pub use given::{Given, Setting, quoted};
pub use group::{Described, Group, Value, Wrong};
pub(crate) use groups::whole;
pub use groups::{
    Admission, Connections, Forward, Operator, Proxies, Publish, Push, Requests, Tls,
};

use crate::settings;

settings! {
    /// What an operator may set about receiving.
    pub struct Settings {
        /// The addresses to listen on; each speaks OTLP/gRPC and OTLP/HTTP. By default OTLP's two
        /// standard ports, 4317 and 4318, on loopback: what listens wider is for the operator to say.
        listen: Vec<SocketAddr> = [4317, 4318].map(loopback).to_vec(),
    }
    with {
        /// Encryption by the receiver itself.
        tls: Tls,
        /// Proxies in front of the receiver.
        proxies: Proxies,
        /// What clients may hold open.
        connections: Connections,
        /// What a request may hold.
        requests: Requests,
        /// What senders may ask of the receiver. A sender is a network: IPv4 /24, IPv6 /48, known for a day by a hash.
        admission: Admission,
        /// The operator's own interface: metrics of the receiver, reports, erasure.
        operator: Operator,
        /// What everybody may look at: the figures that contracts publish.
        publish: Publish,
        /// Passing accepted reports on to another backend.
        forward: Forward,
        /// Pushing the published figures to another backend.
        push: Push,
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_by_its_path() {
        let mut settings = Settings::default();
        settings.set(&["connections", "total"], &Given::Integer(7)).unwrap();
        assert_eq!(settings.connections.total, 7);
        let wrong = settings.set(&["connections", "totl"], &Given::Integer(7)).unwrap_err();
        assert!(wrong.to_string().starts_with("expected one of total, per_prefix"), "{wrong}");
        let wrong = settings.set(&["connections", "total"], &Given::Boolean(true)).unwrap_err();
        assert_eq!(wrong.to_string(), "expected a whole number of at least 1, got something else");
    }

    #[test]
    fn every_setting_tells_what_it_is_and_reads_its_own_default() {
        let mut settings = Settings::default();
        for Described { path, lines, value } in Settings::default().described() {
            assert!(!lines.is_empty(), "{path:?}");
            if let Value::Set(value) = value {
                let text = value.trim_matches(['"', '[', ']']).replace('"', "");
                settings
                    .set(&path, &Given::Text(text))
                    .unwrap_or_else(|wrong| panic!("{path:?}: {wrong}"));
            }
        }
        assert_eq!(settings, Settings::default());
    }
}
