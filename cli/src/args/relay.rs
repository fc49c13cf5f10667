//! What a person can ask of a relay.

use std::path::PathBuf;

use clap::Args;

use super::Address;
use super::serve::assignment;
use crate::config::Assignment;

#[derive(Debug, Args)]
#[command(after_help = RELAY)]
pub(crate) struct Relay {
    /// By this contract.
    #[arg(long, value_name = "NAME/VERSION|FILE.yaml")]
    pub(crate) contract: Option<String>,
    /// Send reports there [default: the contract's endpoint].
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// Keep everything in this directory: what is held, the decision, what was sent.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) data: Option<String>,
    /// Listen here; port 0 picks one [default: 127.0.0.1:4317 and 127.0.0.1:4318].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<Address>,
    /// Read this configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Speak TLS, with this certificate and those that lead to its authority (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_certificate: Option<String>,
    /// The certificate's private key (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,
    /// Let applications send in clear over a network that is yours alone.
    #[arg(long)]
    pub(crate) plain_on_the_network: bool,
    /// Set any setting, such as held.instances=100.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<Assignment>,
    /// Print the configuration that all this comes to, with what each setting is for, and end.
    #[arg(long)]
    pub(crate) print_config: bool,
}

const RELAY: &str = "\
A setting has the value of its flag, else of its variable, else of the configuration file,
else its default, as of `headcount serve`. --print-config lists all settings.

Nothing is sent, and nothing is written but the decision, before somebody agrees where the
contract asks for it:
  headcount operator notice  DIRECTORY   what it is about
  headcount operator preview DIRECTORY   a report, before it is sent
  headcount operator agree   DIRECTORY
  headcount operator decline DIRECTORY

RUST_LOG says what is logged on standard error: RUST_LOG=headcount_relay=debug

Examples:
  headcount relay --contract openfn/2 --upstream https://usage.example.org --data usage
  headcount relay --config /etc/headcount/relay.toml
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 python application.py";

impl Relay {
    /// What the flags set.
    pub(crate) fn assignments(&self) -> Vec<Assignment> {
        let mut all = self.set.clone();
        if !self.listen.is_empty() {
            let addresses = self.listen.iter().map(|Address(address)| address.to_string());
            all.push(Assignment::texts("--listen", &["listen"], addresses));
        }
        let plain = self.plain_on_the_network.then(|| "true".to_owned());
        let single: [(_, &[&str], _); 6] = [
            ("--contract", &["contract"], self.contract.clone()),
            ("--upstream", &["upstream"], self.upstream.clone()),
            ("--data", &["data"], self.data.clone()),
            ("--tls-certificate", &["tls", "certificate"], self.tls_certificate.clone()),
            ("--tls-key", &["tls", "key"], self.tls_key.clone()),
            ("--plain-on-the-network", &["plain_on_the_network"], plain),
        ];
        let given = single.into_iter().filter_map(|(flag, path, text)| Some((flag, path, text?)));
        all.extend(given.map(|(flag, path, text)| Assignment::text(flag, path, text)));
        all
    }
}
