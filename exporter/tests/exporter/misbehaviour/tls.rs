//! What goes wrong under TLS.

use headcount::Protocol::{Grpc, Http};

use super::Class::Retry;
use super::Misbehaviour;
use crate::blunt::blunt;
use crate::server::Server;
use crate::tls::server::{Encryption, SOUND};

fn any(what: &'static str, start: impl Fn() -> u16 + Send + Sync + 'static) -> Misbehaviour {
    let start = move || format!("https://localhost:{}", start());
    Misbehaviour::over(&[Http, Grpc], what, Retry, start)
}

fn port(encryption: Encryption) -> u16 {
    encryption.start().0.address.port()
}

pub(super) fn all() -> [Misbehaviour; 5] {
    // Begins like the first record of a handshake, of the greatest length.
    let record = || [vec![22, 3, 3, 64, 0], vec![0; 16 * 1024]].concat();
    [
        any("it closes at once", || blunt(drop).port()),
        any("records that are none", move || {
            blunt(move |mut stream| {
                use std::io::{Read as _, Write as _};
                let _ = stream.read(&mut [0; 64]);
                let mut written = Ok(());
                while written.is_ok() {
                    written = stream.write_all(&record());
                }
            })
            .port()
        }),
        any("it does not encrypt", || Server::start(crate::server::http_ok).address.port()),
        any("a certificate for another, that nobody knows", || {
            port(Encryption { name: "elsewhere.example", ..SOUND })
        }),
        any("a certificate of the past, that nobody knows", || {
            port(Encryption { expired: true, ..SOUND })
        }),
    ]
}
