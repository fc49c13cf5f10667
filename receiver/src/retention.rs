//! Forgets with time: reports that their contract keeps no longer, and erasures of 30 days ago.

use headcount_contract::Library;

use crate::clock::Clock;
use crate::store::{Keep, Store, Swept};

/// How long the reports of each contract are kept.
#[derive(Clone, Debug)]
pub(crate) struct Retention {
    keeps: Vec<Keep>,
}

impl Retention {
    /// What the contracts say. Reports of contracts that the library does not have are kept: nobody says for how long.
    pub(crate) fn of(library: &Library) -> Self {
        let keeps = library.iter().filter_map(|contract| {
            let days = contract.intake().keep_reports_days?;
            let (contract, version) = (contract.name().to_owned(), contract.version().to_owned());
            Some(Keep { contract, version, days })
        });
        Self { keeps: keeps.collect() }
    }

    /// Forgets all that is to be forgotten now, step by step, so that what comes in between does not wait.
    pub(crate) async fn sweep(&self, store: &dyn Store, clock: &Clock) {
        let mut forgot = Swept::default();
        loop {
            match store.sweep(clock.now(), self.keeps.clone()).await {
                Ok(Swept { erasures, reports, instances, more, doubted, .. }) => {
                    forgot.erasures += erasures;
                    forgot.reports += reports;
                    forgot.instances += instances;
                    forgot.doubted = doubted;
                    if !more {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot forget what is to be forgotten; it is tried again");
                    break;
                }
            }
        }
        let Swept { erasures, reports, instances, doubted, .. } = forgot;
        if doubted {
            tracing::info!("the clock is ahead: nothing is forgotten by it yet");
        }
        if erasures + reports > 0 {
            tracing::info!(reports, instances, erasures, "forgot what is kept no longer");
        }
    }
}
