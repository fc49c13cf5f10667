//! What `headcount contract collector` can be told.

use clap::{Args, ValueEnum};
use headcount_contract::{ComponentId, Transport};

use super::Named;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Collector {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Send to the relay at this address of the loopback, or at this URL.
    #[arg(long, value_name = "ADDRESS|URL", conflicts_with = "receiver")]
    pub(crate) relay: Option<String>,
    /// Send to this receiver [default: the contract's endpoint].
    #[arg(long, value_name = "URL")]
    pub(crate) receiver: Option<String>,
    /// Speak OTLP/gRPC or OTLP/HTTP [default: grpc to port 4317, else http].
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<Protocol>,
    /// Keep what waits in this directory, rather than in memory.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) storage: Option<String>,
    /// The receivers of your configuration that the application sends to.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', default_value = "otlp")]
    pub(crate) receivers: Vec<ComponentId>,
    /// What your configuration has in service.extensions: to be listed again.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', requires = "storage")]
    pub(crate) extensions: Option<Vec<ComponentId>>,
}

/// How reports travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

impl From<Protocol> for Transport {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Grpc => Self::Grpc,
            Protocol::Http => Self::Http,
        }
    }
}

const EXAMPLES: &str = "\
The output is a file of its own beside your configuration:
  headcount contract collector openfn/2 --receiver https://usage.example.org \\
    --storage /var/lib/otelcol/headcount > headcount-openfn.yaml
  otelcol-contrib --config config.yaml --config headcount-openfn.yaml

A list in a second file takes the place of that in the first. So with --storage, add the
extension to your own list of service.extensions, or name what is in it:
  headcount contract collector openfn/2 --relay 127.0.0.1:4317 \\
    --storage /var/lib/otelcol/headcount --extensions health_check,pprof

Without https:// and http:// a receiver is reached by TLS. An address elsewhere than on the
loopback is no relay without either, since ids go to it as they are.";
