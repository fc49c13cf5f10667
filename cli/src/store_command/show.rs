//! `headcount store show`: all that is held about one instance.

use headcount_contract::Document;
use headcount_proto::instances::{HeldErasure, HeldReport, ShowRequest, ShowResponse, Timestamp};

use super::whose::{Asked, failure};
use crate::args::Show;
use crate::exit::Outcome;
use crate::output::Output;
use crate::{output, process};

/// Prints every report, page by page.
pub(super) fn run(Show { whose }: Show) -> Outcome {
    process::runtime()?.block_on(async {
        let asked = Asked::open(whose)?;
        let shown = show(&asked).await;
        asked.close().await;
        shown
    })
}

async fn show(asked: &Asked) -> Outcome {
    let instance = Some(asked.instance.clone());
    let mut request = ShowRequest { instance, ..ShowRequest::default() };
    let mut output = Output::take();
    let mut any = false;
    loop {
        let page = asked.instances.show(&request).await.map_err(failure)?;
        let ShowResponse { reports, erasures, next_page_token } = page;
        any |= !reports.is_empty() || !erasures.is_empty();
        for held in reports {
            output.line(line(&asked.instance.contract, held))?;
        }
        erasures.iter().filter_map(remembered).for_each(output::say);
        if next_page_token.is_empty() {
            break;
        }
        request.page_token = next_page_token;
    }
    output.end()?;
    if !any {
        asked.unknown()?;
        output::say("nothing is held about this instance");
    }
    Ok(())
}

fn remembered(erasure: &HeldErasure) -> Option<String> {
    let until = moment(erasure.remembered_until?)?;
    Some(format!("an erasure is remembered until {until}"))
}

/// A report with what is held beside it; what there is not is left out.
fn line(contract: &str, held: HeldReport) -> Document {
    let report = Document::parse(&held.report).ok();
    let received_at = held.received_at.and_then(moment);
    let text = |text: String| Some(text).filter(|text| !text.is_empty()).map(Document::Text);
    let members = [
        ("contract", text(format!("{contract}/{}", held.version))),
        ("date", text(held.date)),
        ("reason", text(held.reason)),
        ("report_id", text(held.report_id)),
        ("receipt", text(held.receipt)),
        ("received_at", received_at.and_then(|at| text(at.to_string()))),
        ("source_address_hash", text(held.source_address_hash)),
        ("lacks", text(held.lacks)),
        ("report", report),
    ];
    let members = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Document::Object(members.collect())
}

fn moment(time: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::new(time.seconds, time.nanos).ok()
}
