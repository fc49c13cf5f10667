//! `headcount store erase`: one instance is forgotten.

use headcount_proto::instances::{EraseRequest, EraseResponse};

use super::whose::{Asked, failure};
use crate::args::StoreErase;
use crate::confirm::confirm;
use crate::exit::Outcome;
use crate::{output, process};

/// Erases, after a yes.
pub(super) fn run(StoreErase { whose, yes }: StoreErase) -> Outcome {
    let question = format!("Erase all that is held about this instance of {}?", whose.contract);
    process::runtime()?.block_on(async {
        let asked = Asked::open(whose)?;
        confirm(&question, yes)?;
        let erased = erase(&asked).await;
        asked.close().await;
        erased
    })
}

async fn erase(asked: &Asked) -> Outcome {
    let request = EraseRequest { instance: Some(asked.instance.clone()) };
    let EraseResponse { reports, remembered_until } =
        asked.instances.erase(&request).await.map_err(failure)?;
    let Some(until) = remembered_until else { return asked.unknown() };
    let reports = if reports == 1 { "1 report".to_owned() } else { format!("{reports} reports") };
    let until = jiff::Timestamp::new(until.seconds, until.nanos);
    let until = until.map(|until| until.to_string()).unwrap_or_default();
    output::print(&format!("erased {reports}, remembered until {until}"))
}
