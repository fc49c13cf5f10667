//! Everything that the page shows, as it was at one moment.

use std::sync::Arc;

use headcount_contract::{Changes, Contract, NoticePart};

use crate::{Error, Exporter, Held, Preview, Sent, Status};

/// See the module. What could not be read of it is an error of its own: the rest is shown.
pub(super) struct Seen {
    pub(super) contract: Arc<Contract>,
    pub(super) status: Result<Status, Error>,
    pub(super) notice: Vec<NoticePart>,
    pub(super) difference: Result<Option<Changes>, Error>,
    pub(super) preview: Result<Preview, Error>,
    /// Newest first.
    pub(super) history: Result<Vec<Sent>, Error>,
    /// What the receiver holds, where that was asked.
    pub(super) held: Option<Held>,
}

impl Seen {
    /// Looks at everything. It blocks for as long as the gauges take.
    pub(super) fn look(exporter: &Exporter) -> Self {
        Self {
            contract: Arc::clone(exporter.contract()),
            notice: exporter.notice_parts(),
            difference: exporter.difference(),
            preview: exporter.preview(),
            history: exporter.history().map(|sent| sent.into_iter().rev().collect()),
            held: None,
            // Last, so that it tells the newest.
            status: exporter.status(),
        }
    }
}
