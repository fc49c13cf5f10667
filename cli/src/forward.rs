//! What goes with what a receiver sends to other backends: the reports that it forwards, and the figures that it pushes.

use std::env;
use std::path::Path;

use anyhow::anyhow;
use headcount_receiver::Headers;
use headcount_receiver::settings::{Forward, Push};

use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::log::Format;

/// The headers that the backend for reports asks for.
pub(crate) fn headers(settings: &Forward) -> Outcome<Headers> {
    if settings.endpoint.is_none() {
        return Ok(Headers::default());
    }
    given("HEADCOUNT_FORWARD_HEADERS", settings.headers_file.as_deref())
}

/// Those that the backend for figures asks for.
pub(crate) fn headers_of_figures(settings: &Push) -> Outcome<Headers> {
    if settings.endpoint.is_none() {
        return Ok(Headers::default());
    }
    given("HEADCOUNT_PUSH_HEADERS", settings.headers_file.as_deref())
}

/// The headers of the variable, for whoever keeps secrets in the environment, of the file that is named, or none.
fn given(variable: &str, file: Option<&Path>) -> Outcome<Headers> {
    let given = env::var_os(variable).filter(|headers| !headers.is_empty());
    match (given, file) {
        (Some(_), Some(file)) => Err(Failure::Configuration(anyhow!(
            "expected headers to send along in {variable} or in {}, got both",
            file.display()
        ))),
        (Some(given), None) => {
            let text = given.to_str().ok_or_else(|| {
                Failure::Configuration(anyhow!("expected {variable} in UTF-8, got something else"))
            })?;
            Headers::new(text)
                .map_err(|error| Failure::Configuration(anyhow!("{error} in {variable}")))
        }
        (None, Some(file)) => Headers::load(file).or_configuration(),
        (None, None) => Ok(Headers::default()),
    }
}

/// Says where reports go, and who could read along.
pub(crate) fn announce(settings: &Forward, told: Format) {
    let Some(endpoint) = &settings.endpoint else { return };
    told.say(format_args!("what is accepted is forwarded to {endpoint}"));
    if endpoint.is_exposed() {
        told.say(format_args!(
            "warning: {endpoint} is not this machine and speaks without TLS: whoever is on the way reads every report"
        ));
    }
}

/// Says where figures go. They are public, so nobody reads along.
pub(crate) fn announce_figures(settings: &Push, told: Format) {
    if let Some(endpoint) = &settings.endpoint {
        told.say(format_args!("figures are pushed to {endpoint}"));
    }
}
