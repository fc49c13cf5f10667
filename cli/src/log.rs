//! What is logged: on standard error, and by `RUST_LOG` where that is set.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal as _};

use anyhow::anyhow;
use headcount_receiver::settings::{Given, Setting, quoted};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::{self, debug_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt, registry};

use crate::exit::{OrConfiguration as _, Outcome};
use crate::output;

/// What is logged where `RUST_LOG` does not say.
#[derive(Clone, Copy)]
pub(crate) enum Unasked {
    /// Warnings and errors.
    Warnings,
    /// The same, and what a relay did.
    Relaying,
    /// The same as the first, and every request that is refused: for whoever looks at single requests.
    Refusals,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// An object a line, for programs.
    Json,
}

impl Setting for Format {
    const EXPECTED: &'static str = "text or json";

    fn read(given: &Given) -> Option<Self> {
        let Given::Text(text) = given else { return None };
        match text.trim() {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(match self {
            Self::Text => "text",
            Self::Json => "json",
        }))
    }
}

impl Format {
    /// Tells what every start tells: as a line of its own, or where all lines are objects, as one of them.
    pub(crate) fn say(self, text: impl Display) {
        match self {
            Self::Text => output::say(text),
            Self::Json => tracing::info!(target: STARTED, "{text}"),
        }
    }
}

/// The target of what is told in any case.
const STARTED: &str = "headcount::started";

/// Starts logging for people.
pub(crate) fn start(unasked: Unasked) -> Outcome {
    start_as(Format::Text, unasked)
}

/// Starts logging.
pub(crate) fn start_as(format: Format, unasked: Unasked) -> Outcome {
    let lines = fmt::layer()
        .with_writer(io::stderr as fn() -> io::Stderr)
        .with_ansi(io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none());
    match (env::var("RUST_LOG").unwrap_or_default().as_str(), unasked) {
        ("", Unasked::Warnings | Unasked::Relaying) => {
            let relaying = matches!(unasked, Unasked::Relaying);
            let wanted = filter_fn(move |event| {
                let target = event.target();
                let relayed = relaying && target.starts_with("headcount_relay");
                let least = if relayed { LevelFilter::INFO } else { LevelFilter::WARN };
                *event.level() <= least || target == STARTED
            });
            registry().with(written(format, lines).with_filter(wanted)).init();
        }
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
            let started = filter_fn(|told| told.target() == STARTED);
            let filter = filter.or(started);
            registry().with(written(format, lines).with_filter(filter)).init();
        }
    }
    Ok(())
}

type Lines = fmt::Layer<Registry, format::DefaultFields, format::Format, fn() -> io::Stderr>;

fn written(format: Format, lines: Lines) -> Box<dyn Layer<Registry> + Send + Sync> {
    match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).with_ansi(false).boxed(),
    }
}
