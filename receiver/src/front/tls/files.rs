//! The files of TLS: what is read from them, and what it is worth.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{self, InconsistentKeys, RootCertStore, ServerConfig};

use super::validity;
use super::wrong::Wrong;
use crate::settings::Tls;

/// What is spoken inside, what is preferred first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where the files are.
#[derive(Clone, Debug)]
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    authorities: Option<PathBuf>,
}

/// What is in them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Option<Vec<u8>>,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contents(…)")
    }
}

impl Files {
    /// The files that the settings name, if any.
    pub(super) fn of(settings: &Tls) -> Result<Option<Self>, Wrong> {
        let authorities = settings.client_authorities.clone();
        match (settings.certificate.clone(), settings.key.clone()) {
            (Some(certificate), Some(key)) => Ok(Some(Self { certificate, key, authorities })),
            (Some(_), None) => Err(Wrong::Half("tls.certificate")),
            (None, Some(_)) => Err(Wrong::Half("tls.key")),
            (None, None) if authorities.is_some() => Err(Wrong::Half("tls.client_authorities")),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// Reads them.
    pub(super) fn read(&self) -> Result<Contents, Wrong> {
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            authorities: self.authorities.as_deref().map(read).transpose()?,
        })
    }

    /// The configuration that they come to, and when the certificate expires.
    pub(super) fn configure(
        &self,
        contents: &Contents,
        now: Timestamp,
    ) -> Result<(ServerConfig, Timestamp), Wrong> {
        let chain = certificates(&self.certificate, &contents.certificate)?;
        let until = self.check(&chain, now)?;
        let key = key(&self.key, &contents.key)?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need");
        let builder = match self.authorities.as_deref().zip(contents.authorities.as_deref()) {
            Some((path, pem)) => builder.with_client_cert_verifier(verifier(path, pem)?),
            None => builder.with_no_client_auth(),
        };
        let config = builder.with_single_cert(chain, key);
        let mut config = config.map_err(|error| self.refused(&error))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok((config, until))
    }

    /// When the certificate ends, which is the first one.
    fn check(&self, chain: &[CertificateDer<'_>], now: Timestamp) -> Result<Timestamp, Wrong> {
        let path = self.certificate.clone();
        let Some(validity) = chain.first().and_then(|leaf| validity::read(leaf)) else {
            let expected = "an X.509 certificate";
            return Err(Wrong::Content { expected, path, came: "something else".to_owned() });
        };
        let (since, until) = validity;
        if now < since || now >= until {
            return Err(Wrong::Expired { path, since, until, now });
        }
        Ok(until)
    }

    fn refused(&self, error: &rustls::Error) -> Wrong {
        let (key, certificate) = (self.key.clone(), self.certificate.clone());
        match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                Wrong::Mismatch { key, certificate }
            }
            rustls::Error::InvalidCertificate(reason) => {
                let expected = "an X.509 certificate";
                Wrong::Content { expected, path: certificate, came: format!("{reason:?}") }
            }
            error => {
                let expected = "a private key of RSA, ECDSA or Ed25519";
                Wrong::Content { expected, path: key, came: error.to_string() }
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Wrong> {
    std::fs::read(path)
        .map_err(|error| Wrong::Unreadable { path: path.to_owned(), reason: error.to_string() })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Wrong> {
    let content = |came: String| {
        let (expected, path) = ("a certificate as PEM", path.to_owned());
        Wrong::Content { expected, path, came }
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| content(error.to_string()))?;
    if chain.is_empty() { Err(content("none".to_owned())) } else { Ok(chain) }
}

fn key(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, Wrong> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        let encrypted = pem.windows(9).any(|word| word == b"ENCRYPTED");
        let (expected, came) = match error {
            _ if encrypted => (
                "a private key without passphrase",
                "an encrypted one: `openssl pkey -in FILE -out PLAIN` decrypts it".to_owned(),
            ),
            PemError::NoItemsFound => ("a private key as PEM", "none".to_owned()),
            error => ("a private key as PEM", error.to_string()),
        };
        Wrong::Content { expected, path: path.to_owned(), came }
    })
}

/// What lets in clients with a certificate of these authorities only.
fn verifier(path: &Path, pem: &[u8]) -> Result<Arc<dyn ClientCertVerifier>, Wrong> {
    let mut roots = RootCertStore::empty();
    let content = |came: String| {
        let (expected, path) = ("certificates of authorities", path.to_owned());
        Wrong::Content { expected, path, came }
    };
    for authority in certificates(path, pem)? {
        roots.add(authority).map_err(|error| content(error.to_string()))?;
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|error| content(error.to_string()))
}
