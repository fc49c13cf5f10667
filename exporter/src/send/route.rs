//! Where reports go and how they get there, decided once, when the exporter is built.

use std::fmt;

use super::Roots;
use super::proxy::Via;
use crate::consent::Environment;
use crate::endpoint::Endpoint;

/// The way to a receiver.
#[derive(Clone)]
pub(crate) struct Route {
    pub(super) endpoint: Endpoint,
    pub(super) via: Via,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "only TLS trusts anybody"))]
    pub(super) roots: Roots,
}

impl Route {
    /// The way to an endpoint, by the proxy that the environment names for it.
    pub(crate) fn new(endpoint: Endpoint, roots: Roots, environment: &Environment) -> Self {
        let via = Via::told_by(environment, &endpoint);
        Self { endpoint, via, roots }
    }

    /// The endpoint.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// The endpoint, and the proxy where there is one; without credentials.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.endpoint)?;
        match &self.via {
            Via::Direct => Ok(()),
            Via::Proxy(proxy) => write!(f, " through the proxy {proxy}"),
            Via::Refused(error) => write!(f, ", not reachable: {error}"),
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {self}", self.endpoint.protocol)
    }
}
