//! What may be set about `headcount relay`.

use std::path::{Path, PathBuf};

use headcount_receiver::settings;
use headcount_receiver::settings::{Described, Given, Group, Setting, Wrong, quoted};

use crate::config::{Checking, Configures, Log};

settings! {
    /// What is reported, where to, and where it is kept.
    pub(crate) struct Reported {
        /// The contract: NAME/VERSION of one that ships, which `headcount contract list` lists, or a file.
        contract: Option<Meant> = None,
        /// Where reports go: the URL of a receiver, or of a Collector on the way to one. Unset, the contract's own endpoint.
        upstream: Option<String> = None,
        /// The authorities that the upstream's certificate is verified by, as PEM. Unset, the system's.
        upstream_authorities: Option<PathBuf> = None,
        /// The directory for everything that is kept: the decision, what is held, what was sent. Of one relay alone.
        data: Option<PathBuf> = None,
    }
    with {
        /// What is logged, on standard error; `RUST_LOG` says how much.
        log: Log,
    }
}

/// A contract that somebody means: the label of one that ships, or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meant(pub(crate) String);

impl Setting for Meant {
    const EXPECTED: &'static str = "a contract such as openfn/2, or a file";

    fn read(given: &Given) -> Option<Self> {
        String::read(given).map(Self)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.0))
    }

    fn anchor(&mut self, folder: &Path) {
        // Files of contracts are YAML; a label has no such end.
        let file = Path::new(&self.0);
        let ends = file.extension().and_then(|end| end.to_str());
        if matches!(ends, Some("yaml" | "yml")) {
            self.0 = folder.join(file).display().to_string();
        }
    }
}

/// Everything that may be set about a relay.
#[derive(Clone, Debug, Default)]
pub(crate) struct RelayConfig {
    /// What is reported, and where it is kept.
    pub(crate) reported: Reported,
    /// How it is received, and what there is room for.
    pub(crate) relay: headcount_relay::Settings,
}

impl Group for RelayConfig {
    fn set(&mut self, path: &[&str], given: &Given) -> Result<(), Wrong> {
        match self.reported.set(path, given) {
            Err(Wrong::Unknown { .. }) => self.relay.set(path, given),
            known => known,
        }
    }

    fn anchor(&mut self, path: &[&str], folder: &Path) {
        self.reported.anchor(path, folder);
        self.relay.anchor(path, folder);
    }

    /// Those in no group before the groups.
    fn described(&self) -> Vec<Described> {
        let mut all = self.relay.described();
        let alone = all.iter().take_while(|described| !described.is_group()).count();
        all.splice(alone..alone, self.reported.described());
        all
    }
}

impl Configures for RelayConfig {
    const HEADING: &'static str = "\
# The configuration of `headcount relay`. Paths are relative to this file's folder. A setting behind a # has its
# default. A variable of the environment wins over this file, such as HEADCOUNT_HELD__INSTANCES=100, and a flag
# over both, such as --set held.instances=100.
";

    fn check(&self, checking: &mut Checking<'_>) {
        checking.listens(&self.relay.listen, &self.relay.tls);
        if let Some(address) = self.relay.exposed() {
            let what = format!(
                "expected TLS on {address}, which is not the loopback, got none: applications would send to it in \
                 clear. Give the relay a certificate (--tls-certificate, --tls-key), let it listen on 127.0.0.1, or \
                 say that the network is yours alone (--plain-on-the-network)"
            );
            checking.expect(false, &["listen"], &what);
        }
    }
}
