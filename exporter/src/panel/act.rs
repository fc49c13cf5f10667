//! What the page does: shows itself, and makes the changes that its forms ask for.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use http::StatusCode;
use tokio::task::spawn_blocking;

use super::page::{self, View};
use super::problem::Problem;
use super::request::{Action, Done, Form, Query};
use super::seen::Seen;
use super::{Panel, reply};
use crate::{Exporter, Held, Outcome, Switch};

/// The longest form: it holds a token and a word.
const FORM_LIMIT: usize = 4096;

/// The page.
pub(super) async fn show(State(panel): State<Arc<Panel>>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    shown(panel, query, Shown::Page).await
}

/// A form of the page.
pub(super) async fn change(State(panel): State<Arc<Panel>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, FORM_LIMIT).await else {
        return refused(&Problem::unreadable_form());
    };
    let form = Form::parse(&body);
    if let Err(why) = panel.guard.check(&head, &form.token) {
        // Without the page: whoever sent this may have read nothing of it, and gets nothing.
        return refused(&why.into());
    }
    let Some(action) = form.action else {
        return shown(panel, Query::default(), Shown::Problem(Problem::unknown_action())).await;
    };
    let exporter = panel.exporter.clone();
    match spawn_blocking(move || act(&exporter, action)).await {
        Ok(Ok(Effect::Done(done))) => reply::see_other(done),
        // What was told is on this answer only, and asked anew where it is loaded again.
        Ok(Ok(Effect::Told(told))) => shown(panel, Query::default(), Shown::Held(told)).await,
        Ok(Err(problem)) => shown(panel, Query::default(), Shown::Problem(problem)).await,
        Err(_) => refused(&Problem::stopped()),
    }
}

fn refused(problem: &Problem) -> Response {
    reply::html(problem.status, page::refusal(problem))
}

/// What became of a form.
enum Effect {
    Done(Done),
    Told(Held),
}

/// What the page shows beside how things stand.
enum Shown {
    Page,
    Held(Held),
    Problem(Problem),
}

fn act(exporter: &Exporter, action: Action) -> Result<Effect, Problem> {
    Ok(Effect::Done(match action {
        Action::Agree(level) => {
            let status = exporter.status()?;
            if status.declined_by.as_ref().is_some_and(overrules) {
                return Err(Problem::overruled(&status.decision));
            }
            exporter.agree(level)?;
            Done::Agreed
        }
        Action::Decline => {
            exporter.decline()?;
            Done::Declined
        }
        Action::Send => match exporter.send_now()? {
            Outcome::Delivered { .. } => Done::Delivered,
            Outcome::Retry { .. } => Done::Waiting,
            Outcome::Rejected { .. } => Done::Rejected,
        },
        Action::Held => return Ok(Effect::Told(exporter.held()?)),
        Action::Erase => {
            exporter.erase()?;
            Done::Erased
        }
    }))
}

/// Whether what this switch says cannot be changed here.
pub(super) fn overrules(switch: &Switch) -> bool {
    !matches!(switch, Switch::Choice | Switch::Damage)
}

async fn shown(panel: Arc<Panel>, query: Query, beside: Shown) -> Response {
    let exporter = panel.exporter.clone();
    let Ok(mut seen) = spawn_blocking(move || Seen::look(&exporter)).await else {
        return refused(&Problem::stopped());
    };
    let problem = match beside {
        Shown::Page => None,
        Shown::Held(held) => {
            seen.held = Some(held);
            None
        }
        Shown::Problem(problem) => Some(problem),
    };
    let unreadable = seen.status.as_ref().err().map(|error| Problem::from(error).status);
    let status = problem.as_ref().map(|problem| problem.status).or(unreadable);
    let view = View { seen: &seen, query, problem: problem.as_ref(), token: panel.guard.token() };
    reply::html(status.unwrap_or(StatusCode::OK), page::page(&view))
}
