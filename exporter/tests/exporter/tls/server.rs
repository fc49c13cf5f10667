//! Servers that encrypt, with certificates that are right or wrong.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::server::{Behaviour, Server, grpc_answer, http_ok};

/// How a server encrypts.
#[derive(Clone, Copy)]
pub(crate) struct Encryption {
    /// The name in the certificate.
    pub(crate) name: &'static str,
    pub(crate) expired: bool,
    /// The protocols that it offers.
    pub(crate) protocols: &'static [&'static str],
}

/// As a server should.
pub(crate) const SOUND: Encryption =
    Encryption { name: "localhost", expired: false, protocols: &["h2", "http/1.1"] };

impl Encryption {
    /// Accepts connections with a new certificate, which is returned in PEM.
    pub(crate) fn acceptor(self) -> (TlsAcceptor, String) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![self.name.to_owned()]).expect("a name");
        if self.expired {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        }
        let certificate = params.self_signed(&key).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let chain = vec![certificate.der().clone()];
                config.with_no_client_auth().with_single_cert(chain, key)
            })
            .expect("a configuration");
        let protocols = self.protocols.iter();
        config.alpn_protocols = protocols.map(|name| name.as_bytes().to_vec()).collect();
        (TlsAcceptor::from(Arc::new(config)), certificate.pem())
    }

    /// A server that takes every report, and its certificate in PEM.
    pub(crate) fn start(self) -> (Server, String) {
        let (acceptor, pem) = self.acceptor();
        let behaviour = Behaviour::answering(|request| {
            let grpc = request.head.version == http::Version::HTTP_2;
            if grpc { grpc_answer(b"") } else { http_ok() }
        });
        (behaviour.encrypted(acceptor).start(), pem)
    }
}
