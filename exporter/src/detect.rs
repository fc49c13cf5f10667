//! What the exporter finds out about its host by itself: an attribute of the resource each, and
//! none that the contract does not list.
//!
//! Every value is one of a closed set, or of a shape that holds no name: a custom build's text
//! could tell whose it is. Nothing here asks for a host name, an address, a user, a machine's or a
//! container's id, or a list of processes.

mod installation;
mod system;

#[cfg(test)]
mod tests;

use headcount_contract::Scalar;

pub use installation::Installation;

/// Finds one attribute out; `None` where the host does not tell.
type Detector = fn() -> Option<String>;

/// The attributes that can be found out.
const DETECTORS: [(&str, Detector); 6] = [
    ("os.type", || Some(system::kind(std::env::consts::OS).to_owned())),
    ("os.name", system::name),
    ("os.version", system::version),
    ("os.description", system::description),
    ("host.arch", || Some(system::architecture(std::env::consts::ARCH).to_owned())),
    ("container.runtime.name", || Installation::detect().runtime().map(str::to_owned)),
];

/// The attributes that are listed and can be found out. What is not listed is not looked for.
pub(crate) fn detect(listed: impl Fn(&str) -> bool) -> Vec<(String, Scalar)> {
    detect_with(&DETECTORS, listed)
}

fn detect_with(
    detectors: &[(&str, Detector)],
    listed: impl Fn(&str) -> bool,
) -> Vec<(String, Scalar)> {
    let wanted = detectors.iter().filter(|(name, _)| listed(name));
    wanted
        .filter_map(|(name, detector)| {
            Some(((*name).to_owned(), Scalar::from(detector()?.as_str())))
        })
        .collect()
}
