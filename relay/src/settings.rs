//! What an operator may set about a relay.

use std::net::{Ipv4Addr, SocketAddr};

use bytesize::ByteSize;
use headcount_receiver::settings;
use headcount_receiver::settings::{Connections, Requests, Tls};

settings! {
    /// What an operator may set about a relay.
    pub struct Settings {
        /// The addresses to listen on; each speaks OTLP/gRPC and OTLP/HTTP. By default OTLP's two standard ports, 4317
        /// and 4318, on loopback, where OpenTelemetry's SDKs send to unless they are told otherwise.
        listen: Vec<SocketAddr> = [4317, 4318].map(loopback).to_vec(),
        /// Whether applications may send in clear over a network. Without it, and without a certificate, a relay listens
        /// on the loopback only: what applications send has ids and values as they are.
        plain_on_the_network: bool = false,
    }
    with {
        /// Encryption by the relay itself.
        tls: Tls,
        /// What clients may hold open.
        connections: Connections,
        /// What a request may hold.
        requests: Requests,
        /// What is held until it is reported.
        held: Held,
    }
}

settings! {
    /// What is held until it is reported.
    pub struct Held {
        /// Instances at once: 1000. One more is refused, and its sender told. An instance of which nothing came for the
        /// days that can still be reported counts no more.
        instances: usize = 1_000,
        /// Bytes of the values that are held: 256 MiB. From 90 % of it on, series that are not known yet are refused;
        /// from all of it on, only what replaces a value that is held is taken.
        bytes: ByteSize = ByteSize::mib(256),
        /// Days after which the directory of an instance is removed of which nothing comes any more, and nothing waits
        /// to be sent: 30. With it go its history and its decisions; the relay's own stays.
        idle_days: u32 = 30,
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

impl Settings {
    /// The first address on which applications would have to send in clear over a network, though nobody said that they
    /// may.
    pub fn exposed(&self) -> Option<SocketAddr> {
        let may = self.plain_on_the_network || self.tls.certificate.is_some();
        let is_open = |address: &&SocketAddr| !address.ip().to_canonical().is_loopback();
        self.listen.iter().find(is_open).copied().filter(|_| !may)
    }

    /// The same for what receives.
    pub(crate) fn receiving(&self) -> headcount_receiver::Settings {
        headcount_receiver::Settings {
            listen: self.listen.clone(),
            tls: self.tls.clone(),
            connections: self.connections.clone(),
            requests: self.requests.clone(),
            ..headcount_receiver::Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn only_the_loopback_may_be_listened_on_in_clear_unless_somebody_says_so() {
        let of = |address: &str| {
            let listen = vec![loopback(4318), address.parse().expect("an address")];
            Settings { listen, ..Settings::default() }
        };
        for address in ["127.0.0.1:4318", "127.9.9.9:1", "[::1]:4318", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(of(address).exposed(), None, "{address}");
        }
        for address in ["0.0.0.0:4318", "[::]:4318", "192.0.2.1:4318", "[2001:db8::1]:1"] {
            assert_eq!(of(address).exposed(), Some(address.parse().expect("an address")));
            let said = Settings { plain_on_the_network: true, ..of(address) };
            assert_eq!(said.exposed(), None, "{address}");
            let mut encrypted = of(address);
            encrypted.tls.certificate = Some(PathBuf::from("relay.pem"));
            assert_eq!(encrypted.exposed(), None, "{address}");
        }
    }
}
