//! Whom to take for the backend: TLS by rustls, with the system's authorities or those that are given.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls_native_certs::load_native_certs;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Kind};

/// What encrypts connections to a backend whose certificate leads to one of the authorities in the file, or to one of the
/// system's.
///
/// Errors: there is none, or the file cannot be read.
pub(super) fn connector(authorities: Option<&Path>) -> Result<TlsConnector, Error> {
    let (roots, place) = match authorities {
        Some(path) => (given(path), format!(" in {}", path.display())),
        None => (system(), " on this system".to_owned()),
    };
    let roots = roots.map_err(|reason| Kind::Authorities { place, reason })?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn given(path: &Path) -> Result<RootCertStore, String> {
    let pem = fs::read(path).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() { Err("no CERTIFICATE section".to_owned()) } else { Ok(roots) }
}

fn system() -> Result<RootCertStore, String> {
    let found = load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(format!("none{why}"));
    }
    Ok(roots)
}
