//! How the application came onto its host, as far as the surroundings of the process tell.

use std::env;
use std::path::{Path, PathBuf};

/// How the application runs or was installed: a guess from the signs that container runtimes,
/// package managers and systemd leave.
///
/// The exporter reports none of it by itself, since each contract has words of its own. An
/// application whose contract asks for it maps what is found to them, where its own packages
/// leave no better sign.
///
/// ```
/// # let contract = headcount::contract::Library::built_in().get("openwisp", "1").expect("built in").clone();
/// use headcount::{Exporter, Installation};
///
/// let method = match Installation::detect() {
///     Installation::Docker | Installation::Podman | Installation::Kubernetes => "docker-openwisp",
///     _ => "unspecified",
/// };
/// let builder = Exporter::builder(contract, "usage").attribute("openwisp.installation.method", method);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Installation {
    /// In a pod of a Kubernetes cluster.
    Kubernetes,
    /// In a Docker container.
    Docker,
    /// In a Podman container.
    Podman,
    /// In a system container of LXC, LXD or Incus.
    Lxc,
    /// In a container of another kind.
    Container,
    /// From a snap.
    Snap,
    /// From the store of Nix.
    Nix,
    /// From a package of the system, among its own programs.
    Package,
    /// Started by systemd, and installed in a way that leaves no sign.
    Systemd,
    /// No sign was found.
    Unspecified,
}

impl Installation {
    /// Looks for the signs: the presence of a few files and variables, and where the program's own
    /// file is. Nothing of it is kept but the answer.
    pub fn detect() -> Self {
        let signs = Signs {
            variable: &|name| env::var(name).ok(),
            exists: &|path| Path::new(path).exists(),
            program: env::current_exe().ok(),
        };
        signs.tell()
    }

    /// The variant as a word, such as `docker`.
    ///
    /// ```
    /// use headcount::Installation;
    ///
    /// assert_eq!(Installation::Kubernetes.as_str(), "kubernetes");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Lxc => "lxc",
            Self::Container => "container",
            Self::Snap => "snap",
            Self::Nix => "nix",
            Self::Package => "package",
            Self::Systemd => "systemd",
            Self::Unspecified => "unspecified",
        }
    }

    /// `container.runtime.name`, where it is known.
    pub(super) fn runtime(self) -> Option<&'static str> {
        matches!(self, Self::Docker | Self::Podman | Self::Lxc).then(|| self.as_str())
    }
}

/// What is looked at; the tests bring their own.
pub(super) struct Signs<'s> {
    pub(super) variable: &'s dyn Fn(&str) -> Option<String>,
    pub(super) exists: &'s dyn Fn(&str) -> bool,
    pub(super) program: Option<PathBuf>,
}

impl Signs<'_> {
    /// The outermost sign decides: a package inside of a container is the container's.
    pub(super) fn tell(&self) -> Installation {
        self.container().or_else(|| self.package()).unwrap_or_else(|| {
            // systemd gives each start of a service an id.
            if (self.variable)("INVOCATION_ID").is_some() {
                Installation::Systemd
            } else {
                Installation::Unspecified
            }
        })
    }

    fn container(&self) -> Option<Installation> {
        let exists = |paths: &[&str]| paths.iter().any(|path| (self.exists)(path));
        if (self.variable)("KUBERNETES_SERVICE_HOST").is_some() {
            return Some(Installation::Kubernetes);
        }
        // Podman can leave Docker's sign beside its own.
        if exists(&["/run/.containerenv"]) {
            return Some(Installation::Podman);
        }
        if exists(&["/.dockerenv"]) {
            return Some(Installation::Docker);
        }
        if exists(&["/dev/lxd/sock", "/dev/incus/sock"]) {
            return Some(Installation::Lxc);
        }
        // The container's manager names itself to its first process, and systemd to all others.
        match (self.variable)("container").as_deref() {
            Some("docker") => Some(Installation::Docker),
            Some("podman") => Some(Installation::Podman),
            Some("lxc") => Some(Installation::Lxc),
            Some(_) => Some(Installation::Container),
            None => exists(&["/run/systemd/container"]).then_some(Installation::Container),
        }
    }

    fn package(&self) -> Option<Installation> {
        let program = self.program.as_ref()?;
        let beneath = |folder: &str| program.starts_with(folder);
        if beneath("/snap") {
            return Some(Installation::Snap);
        }
        if beneath("/nix/store") {
            return Some(Installation::Nix);
        }
        let system = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/bin", "/sbin"];
        system.into_iter().any(beneath).then_some(Installation::Package)
    }
}
