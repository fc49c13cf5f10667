//! `GET /reports`: stored reports as JSON lines, a page at a time and no faster than they are read.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::HttpBody;
use bytes::Bytes;
use headcount_contract::Library;
use hyper::body::Frame;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::query::Query;
use crate::aside::aside;
use crate::error::Error;
use crate::listing::Listed;
use crate::store::{Row, Store};

/// Reports of a page. It is held as rows and as lines at once.
const PAGE: usize = 32;
/// Pages that may wait to be taken by the connection.
const AHEAD: usize = 1;
/// How long a reader may take for a page: 30 s, as connections may rest.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lines, until there are no more or something is wrong.
pub(super) struct Lines(Receiver<Result<Bytes, BrokenOff>>);

/// The list is not whole. Whoever reads sees a body that does not end as it should.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("expected every report, left some out")]
pub(super) struct BrokenOff;

/// Reports that are in no line.
#[derive(Clone, Copy, Debug, Default)]
struct LeftOut {
    incomplete: u64,
    damaged: u64,
    unknown: u64,
}

impl Lines {
    /// The lines that are asked for.
    pub(super) fn of(query: Query, library: Arc<Library>, store: Arc<dyn Store>) -> Self {
        let (lines, taken) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            let outcome = write(&query, &library, &*store, &lines).await;
            let whole = match outcome {
                Ok(left_out) => left_out.tell(query.strict),
                Err(error) => {
                    tracing::warn!(%error, "cannot list reports for the operator");
                    false
                }
            };
            if !whole {
                // Whoever went away need not know.
                let _ = lines.send(Err(BrokenOff)).await;
            }
        });
        Self(taken)
    }
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(Frame::data)))
    }
}

/// Hands one page after the other on, until there are no more or nobody takes them.
async fn write(
    query: &Query,
    library: &Arc<Library>,
    store: &dyn Store,
    lines: &Sender<Result<Bytes, BrokenOff>>,
) -> Result<LeftOut, Error> {
    let (mut left_out, mut after) = (LeftOut::default(), None);
    loop {
        let rows = store.page(&query.filter, after.as_ref(), PAGE).await?;
        let Some(last) = rows.last() else { return Ok(left_out) };
        after = Some(last.key.clone());
        let (library, incomplete) = (library.clone(), query.incomplete);
        let (page, left) = aside(move || render(rows, &library, incomplete, left_out)).await;
        left_out = left;
        if !page.is_empty() && lines.send_timeout(Ok(page.into()), PATIENCE).await.is_err() {
            tracing::debug!("nobody reads the list of reports any more");
            return Ok(LeftOut::default());
        }
    }
}

fn render(
    rows: Vec<Row>,
    library: &Library,
    incomplete: bool,
    mut left_out: LeftOut,
) -> (String, LeftOut) {
    let mut page = String::new();
    for row in rows {
        match Listed::of(row, library, incomplete) {
            Listed::Line(line) => writeln!(page, "{line}").expect("a string takes everything"),
            Listed::Passed => {}
            Listed::Incomplete(..) => left_out.incomplete += 1,
            Listed::Damaged(error) => {
                tracing::warn!(%error, "left a report out of a list");
                left_out.damaged += 1;
            }
            Listed::Unknown(_) => left_out.unknown += 1,
        }
    }
    (page, left_out)
}

impl LeftOut {
    /// Tells the log what is not in the list, and says whether that is all right. What is incomplete may become
    /// whole yet.
    fn tell(self, strict: bool) -> bool {
        let Self { incomplete, damaged, unknown } = self;
        if incomplete + damaged + unknown > 0 {
            tracing::warn!(incomplete, damaged, unknown, "left reports out of a list");
        }
        damaged == 0 && unknown == 0 && (incomplete == 0 || !strict)
    }
}
