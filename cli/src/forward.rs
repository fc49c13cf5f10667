//! What goes with the reports that a receiver forwards.

use std::env;

use anyhow::anyhow;
use headcount_receiver::Headers;
use headcount_receiver::settings::Forward;

use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::log::Format;

/// The variable with the headers themselves, for whoever keeps secrets in the environment.
const VARIABLE: &str = "HEADCOUNT_FORWARD_HEADERS";

/// The headers that the backend asks for: of the variable, of the file that is named, or none.
pub(crate) fn headers(settings: &Forward) -> Outcome<Headers> {
    if settings.endpoint.is_none() {
        return Ok(Headers::default());
    }
    let given = env::var_os(VARIABLE).filter(|headers| !headers.is_empty());
    match (given, &settings.headers_file) {
        (Some(_), Some(file)) => Err(Failure::Configuration(anyhow!(
            "expected headers to forward with in {VARIABLE} or in {}, got both",
            file.display()
        ))),
        (Some(given), None) => {
            let text = given.to_str().ok_or_else(|| {
                Failure::Configuration(anyhow!("expected {VARIABLE} in UTF-8, got something else"))
            })?;
            Headers::new(text)
                .map_err(|error| Failure::Configuration(anyhow!("{error} in {VARIABLE}")))
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
