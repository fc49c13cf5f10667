//! Authorities, certificates, and clients that believe them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headcount_receiver::settings::Tls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

/// Both versions that are spoken.
pub const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// An authority that signs certificates for `localhost`.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes a new certificate and its key into a folder, and the settings that name them.
    pub fn issue(&self, folder: &Path) -> Tls {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let write = |name: &str, text: String| -> Option<PathBuf> {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            Some(path)
        };
        let key = write("key.pem", key.serialize_pem());
        let certificate = write("certificate.pem", certificate.pem());
        Tls { certificate, key, ..Tls::default() }
    }

    /// Writes the authority's own certificate into a folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("authority.pem");
        std::fs::write(&path, self.0.pem()).unwrap();
        path
    }

    /// A client that believes this authority, and shows a certificate of the other one, if there is one.
    pub fn client(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Authority>,
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let Some(own) = own else { return Arc::new(builder.with_no_client_auth()) };
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
        let chain = vec![params.signed_by(&key, &own.0).unwrap().der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Arc::new(builder.with_client_auth_cert(chain, key).unwrap())
    }
}
