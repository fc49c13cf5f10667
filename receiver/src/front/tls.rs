//! TLS by the receiver itself: rustls with ring, versions 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN.
//!
//! The files are looked at again and again, so that a renewed certificate holds without a restart. What is wrong
//! with them stops a start, and never a receiver that runs.

mod files;
mod plain;
mod validity;
mod wrong;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use crate::clock::{Clock, day};
use crate::settings;
use files::{Contents, Files};
pub(crate) use wrong::Wrong;

/// How long before its end a certificate is warned about: two weeks, by which time whatever renews it has failed
/// for two weeks.
const WARNED_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The certificate that holds now, and the files that it came from.
#[derive(Debug)]
pub(super) struct Tls {
    files: Files,
    reload_interval: Duration,
    handshake_timeout: Duration,
    clock: Clock,
    current: RwLock<Current>,
    /// What the files were when they were last looked at.
    seen: Mutex<Result<Contents, Wrong>>,
}

/// What new connections are served with.
#[derive(Clone, Debug)]
struct Current {
    config: Arc<ServerConfig>,
    expires: Timestamp,
    /// The day on which its end was warned about.
    warned: Option<Date>,
}

impl Tls {
    /// Reads the files that the settings name, if they name any.
    ///
    /// Errors: something is wrong with them, or only one of certificate and key is named.
    pub(super) fn new(settings: &settings::Tls, clock: Clock) -> Result<Option<Self>, Wrong> {
        let Some(files) = Files::of(settings)? else { return Ok(None) };
        let contents = files.read()?;
        let (config, expires) = files.configure(&contents, clock.now())?;
        let config = Arc::new(config);
        let tls = Self {
            files,
            reload_interval: settings.reload_interval,
            handshake_timeout: settings.handshake_timeout,
            clock,
            current: RwLock::new(Current { config, expires, warned: None }),
            seen: Mutex::new(Ok(contents)),
        };
        tls.warn();
        Ok(Some(tls))
    }

    /// Takes the handshake of a connection; `None` if there is none in time. Who speaks HTTP without TLS is told so.
    pub(super) async fn accept(&self, mut stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let handshake = async {
            if !plain::is_tls(&stream).await? {
                plain::tell(&mut stream).await?;
                return Ok(None);
            }
            let config = self.current().config;
            TlsAcceptor::from(config).accept(stream).await.map(Some)
        };
        match timeout(self.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let error: std::io::Error = error;
                tracing::debug!(kind = ?error.kind(), "a handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a handshake took too long");
                None
            }
        }
    }

    /// When the certificate ends that holds now.
    pub(super) fn expires(&self) -> Timestamp {
        self.current().expires
    }

    /// Looks at the files, again and again.
    pub(super) async fn watch(self: Arc<Self>) -> std::convert::Infallible {
        loop {
            sleep(self.reload_interval).await;
            let this = self.clone();
            let looked = tokio::task::spawn_blocking(move || this.look()).await;
            if let Err(error) = looked {
                tracing::error!(panicked = error.is_panic(), "cannot look at the files of TLS");
            }
        }
    }

    /// Takes new files, if they are right; reads and computes, so it is no work for a thread that serves.
    fn look(&self) {
        let came = self.files.read();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if came != *seen {
            let taken = came.as_ref().map_err(Clone::clone);
            match taken.and_then(|contents| self.files.configure(contents, self.clock.now())) {
                Ok((config, expires)) => {
                    let config = Arc::new(config);
                    let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                    *current = Current { config, expires, warned: None };
                    tracing::info!(%expires, "took a new certificate");
                }
                Err(wrong) => {
                    tracing::error!("{wrong}; the certificate of before stays in use");
                }
            }
            *seen = came;
        }
        self.warn();
    }

    /// Warns once a day of a certificate that ends soon.
    fn warn(&self) {
        let now = self.clock.now();
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if now + WARNED_BEFORE >= current.expires && current.warned != Some(day(now)) {
            current.warned = Some(day(now));
            let (file, expires) = (self.files.certificate(), current.expires);
            if now >= expires {
                tracing::warn!(file = %file.display(), %expires, "the certificate has expired");
            } else {
                tracing::warn!(file = %file.display(), %expires, "the certificate expires soon");
            }
        }
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
