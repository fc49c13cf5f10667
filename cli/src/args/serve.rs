//! What a person can ask of a receiver.

use std::path::PathBuf;

use clap::Args;

use super::{Address, Store};
use crate::config::Assignment;

#[derive(Debug, Args)]
#[command(after_help = SERVE)]
pub(crate) struct Serve {
    /// Listen here; port 0 picks one [default: 127.0.0.1:4317 and 127.0.0.1:4318].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<Address>,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Know this contract, beside the built-in ones.
    #[arg(long = "contract", visible_alias = "contract-file", value_name = "FILE")]
    pub(crate) contracts: Vec<PathBuf>,
    /// Speak TLS, with this certificate and those that lead to its authority (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_certificate: Option<String>,
    /// The certificate's private key (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,
    /// Listen here for the operator's own interface [default: nowhere].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) operator_listen: Option<Address>,
    /// Set any setting, such as connections.total=100.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<Assignment>,
    /// Print the configuration that all this comes to, with what each setting is for, and end.
    #[arg(long)]
    pub(crate) print_config: bool,
}

const SERVE: &str = "\
A store is sqlite:PATH, or memory, which forgets everything at the end of the process.
--listen, --contract and --set may be given several times.

A setting has the value of its flag, else of its variable, else of the configuration file,
else its default. The contracts of --contract are known beside the others.
  --set connections.total=100        a flag
  HEADCOUNT_CONNECTIONS__TOTAL=100   a variable; several values stand between commas
  [connections]                      the file, which is TOML
  total = 100
--print-config lists all settings. Paths in the file are relative to its folder.

RUST_LOG says what is logged on standard error: RUST_LOG=headcount_receiver=debug

Examples:
  headcount serve
  headcount serve --store memory --listen 127.0.0.1:0
  headcount serve --config /etc/headcount/headcount.toml --listen [::]:4318
  headcount serve --print-config > headcount.toml";

impl Serve {
    /// What the flags set, but those of the store.
    pub(crate) fn assignments(&self) -> Vec<Assignment> {
        let mut all = self.set.clone();
        if !self.listen.is_empty() {
            let addresses = self.listen.iter().map(|Address(address)| address.to_string());
            all.push(Assignment::texts("--listen", &["listen"], addresses));
        }
        let operator = self.operator_listen.map(|Address(address)| address.to_string());
        let single: [(_, &[&str], _); 3] = [
            ("--tls-certificate", &["tls", "certificate"], self.tls_certificate.clone()),
            ("--tls-key", &["tls", "key"], self.tls_key.clone()),
            ("--operator-listen", &["operator", "listen"], operator),
        ];
        let given = single.into_iter().filter_map(|(flag, path, text)| Some((flag, path, text?)));
        all.extend(given.map(|(flag, path, text)| Assignment::text(flag, path, text)));
        all
    }
}

pub(super) fn assignment(text: &str) -> Result<Assignment, String> {
    match text.split_once('=') {
        Some((name, value)) => Ok(Assignment::named(name.trim(), value)),
        None => Err("expected a setting and its value, such as connections.total=100".to_owned()),
    }
}
