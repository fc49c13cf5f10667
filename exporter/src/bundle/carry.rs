//! From a file to the receiver, on a machine that has a network.

use std::sync::Arc;
use std::time::{Duration, Instant};

use headcount_contract::Contract;

use crate::endpoint::Endpoint;
use crate::error::{Cause, Error};
use crate::send::{Moment, Outcome, Outgoing, Roots, Route, send};
use crate::{bundle, clock};

/// How long the sending of a report may take.
const LONGEST: Duration = Duration::from_secs(30);

/// Sends the reports of a bundle, in their order, and tells the outcome of each with what it is. It ends with the
/// first that does not arrive, since the others would not either. What is sent a second time counts once.
///
/// Each is checked first as a file of the spool is, by the first of these contracts that it follows.
///
/// Errors: a line is no report of these contracts, and then none is sent; the endpoint is none.
#[doc(hidden)]
pub fn send_bundle(
    text: &str,
    contracts: &[Arc<Contract>],
    endpoint: &str,
    mut tell: impl FnMut(&str, &Outcome),
) -> Result<(), Error> {
    let endpoint = Endpoint::parse(endpoint, None)?;
    let route = Route::new(endpoint, Roots::default(), &|name| std::env::var(name).ok());
    let now = clock::now()?;
    let reports =
        bundle::read(text, contracts, now).map_err(|error| Cause::Bundle(error.to_string()))?;
    for report in &reports {
        let moment = Moment { now: now.into(), deadline: Instant::now() + LONGEST };
        let outcome = send(&route, Outgoing::from(report), moment);
        let head = report.head();
        tell(&format!("{} for {}, {}", head.contract, head.date, head.reason.as_str()), &outcome);
        if matches!(outcome, Outcome::Retry { .. }) {
            break;
        }
    }
    Ok(())
}
