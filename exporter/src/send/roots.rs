//! Whom to trust: the root certificates of the system, or those that were given.

#[cfg(feature = "tls")]
pub(crate) use encrypted::{Roots, RootsError};
#[cfg(not(feature = "tls"))]
pub(crate) use plain::{Roots, RootsError};

#[cfg(feature = "tls")]
mod encrypted {
    use std::sync::Arc;

    use rustls_native_certs::load_native_certs;
    use tokio_rustls::rustls::RootCertStore;
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;

    use super::super::Failure;

    /// The root certificates.
    #[derive(Clone, Default)]
    pub(crate) enum Roots {
        /// Read anew for each connection: they change while a service runs.
        #[default]
        System,
        Given(Arc<RootCertStore>),
    }

    /// Why what was given are no root certificates.
    #[derive(Debug, thiserror::Error)]
    pub(crate) enum RootsError {
        #[error("expected root certificates in PEM, found no CERTIFICATE section")]
        None,
        #[error("expected root certificates in PEM, number {number} is none: {why}")]
        Pem { number: usize, why: String },
        #[error("expected root certificates, number {number} cannot be one: {why}")]
        Certificate { number: usize, why: String },
    }

    impl Roots {
        /// Reads certificates in PEM. Every one of them must be usable.
        pub(crate) fn given(pem: &[u8]) -> Result<Self, RootsError> {
            let mut store = RootCertStore::empty();
            for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(pem)) {
                let certificate = certificate
                    .map_err(|error| RootsError::Pem { number, why: error.to_string() })?;
                store
                    .add(certificate)
                    .map_err(|error| RootsError::Certificate { number, why: error.to_string() })?;
            }
            if store.is_empty() { Err(RootsError::None) } else { Ok(Self::Given(Arc::new(store))) }
        }

        /// The certificates to verify a connection with.
        pub(in crate::send) fn store(&self) -> Result<Arc<RootCertStore>, Failure> {
            match self {
                Self::System => of_the_system().map(Arc::new),
                Self::Given(store) => Ok(Arc::clone(store)),
            }
        }
    }

    fn of_the_system() -> Result<RootCertStore, Failure> {
        let found = load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
            return Err(
                format!("expected root certificates on this system, found none{why}").into()
            );
        }
        Ok(roots)
    }
}

#[cfg(not(feature = "tls"))]
mod plain {
    /// Without TLS there is nothing to trust.
    #[derive(Clone, Copy, Default)]
    pub(crate) struct Roots(());

    /// Why root certificates cannot be given.
    #[derive(Debug, thiserror::Error)]
    #[error("expected no root certificates, got some, which need the feature `tls`")]
    pub(crate) struct RootsError;

    impl Roots {
        pub(crate) fn given(_: &[u8]) -> Result<Self, RootsError> {
            Err(RootsError)
        }
    }
}
