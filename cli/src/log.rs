//! What is logged: on standard error, and by `RUST_LOG` where that is set.

use std::env;
use std::io::{self, IsTerminal as _};

use anyhow::anyhow;
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use crate::exit::{OrConfiguration as _, Outcome};

/// What is logged where `RUST_LOG` does not say.
#[derive(Clone, Copy)]
pub(crate) enum Unasked {
    /// Warnings and errors.
    Warnings,
    /// The same, and every request that is refused: for whoever looks at single requests.
    Refusals,
}

/// Starts logging.
pub(crate) fn start(unasked: Unasked) -> Outcome {
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none());
    match (env::var("RUST_LOG").unwrap_or_default().as_str(), unasked) {
        ("", Unasked::Warnings) => registry().with(lines.with_filter(LevelFilter::WARN)).init(),
        ("", Unasked::Refusals) => {
            let lines = lines.without_time().with_level(false).with_target(false);
            // The sentence says all that the label does.
            let lines = lines.fmt_fields(debug_fn(|to, field, value| match field.name() {
                "message" => write!(to, "{value:?}"),
                "label" => Ok(()),
                name => write!(to, " {name}={value:?}"),
            }));
            // The receiver gives every refusal a label, and nothing else.
            let wanted = filter_fn(|event| {
                *event.level() <= LevelFilter::WARN || event.fields().field("label").is_some()
            });
            registry().with(lines.with_filter(wanted)).init();
        }
        (asked, _) => {
            // Not as a context: the error is its own cause, too, and would be told twice.
            let filter = EnvFilter::try_new(asked).map_err(|error| {
                anyhow!(
                    "expected RUST_LOG such as headcount_receiver=debug, got `{asked}`: {error}"
                )
            });
            // Below that, h2 tells the text of a GOAWAY frame: whoever asks for everything must not get a
            // client's words.
            let discreet = filter_fn(|told| {
                told.target().starts_with("headcount") || *told.level() <= LevelFilter::INFO
            });
            let filter = filter.or_configuration()?.and(discreet);
            registry().with(lines.with_filter(filter)).init();
        }
    }
    Ok(())
}
