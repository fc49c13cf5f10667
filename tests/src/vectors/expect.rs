//! What must become of a vector.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::Ran;
use crate::answer::Answer;
use crate::client::Way;

/// What must become of a vector.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// The label of the refusal, which stands for a status of each way in.
    refused: Option<String>,
    /// Of a raw exchange: the labels of all refusals.
    #[serde(default)]
    labels: Vec<String>,
    /// The data points in the request, or in all that are answered, where it is not refused.
    pub(super) points: Option<u64>,
    /// How many of them are rejected.
    #[serde(default)]
    rejected: u64,
    /// Of a raw exchange: requests that are answered with success, where not all whose status is 200.
    answered: Option<usize>,
    /// Requests that are given up, each of which the log may call malformed, now or later.
    #[serde(default)]
    abandoned: usize,
    /// Mebibytes by which the memory may grow, where many requests hold what they may together.
    #[serde(default = "growth")]
    pub(super) grows: u64,
    /// What the error, or the message of the partial success, says.
    says: Option<String>,
    /// Over HTTP/1.1: the statuses, in their order. Over HTTP/2: by stream.
    #[serde(default)]
    pub(super) statuses: Vec<u16>,
    #[serde(default)]
    pub(super) streams: BTreeMap<String, u16>,
    /// The streams that are reset, by the names of the codes.
    #[serde(default)]
    pub(super) resets: BTreeMap<String, String>,
    /// The name of the code with which the connection is given up.
    pub(super) goaway: Option<String>,
    /// What becomes of the connection.
    pub(super) then: Option<Then>,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Then {
    /// The receiver ends it.
    Closed,
    /// It serves the next request.
    Open,
}

/// 16 MiB.
fn growth() -> u64 {
    16
}

/// What a refusal is over HTTP, and over gRPC.
fn statuses_of(label: &str) -> Option<(u16, i32)> {
    Some(match label {
        "malformed" => (400, 3),
        "too_large" => (413, 8),
        "encoding" | "content_type" => (415, 12),
        "method" => (405, 12),
        "path" => (404, 12),
        "slow" | "unavailable" => (503, 14),
        _ => return None,
    })
}

impl Expected {
    /// Notes what a raw exchange is expected to leave behind.
    pub(super) fn note_raw(&self, ran: &mut Ran) {
        let answered = self.statuses.iter().chain(self.streams.values());
        let answered = answered.filter(|&&status| status == 200).count();
        ran.answered += self.answered.unwrap_or(answered);
        ran.abandoned += self.abandoned;
        ran.refused.extend(self.labels.clone());
        ran.points += self.points.unwrap_or_default();
        ran.rejected += self.rejected;
    }

    /// Checks the answer to a request.
    pub(super) fn check_answer(
        &self,
        answer: &Answer,
        way: Way,
        ran: &mut Ran,
    ) -> anyhow::Result<()> {
        for (name, value) in &answer.headers {
            ran.said.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        ran.said.extend(&answer.body);
        ran.said.extend(answer.grpc_message().bytes());
        match &self.refused {
            Some(label) => self.check_refusal(label, answer, way)?,
            None => self.check_success(answer, ran)?,
        }
        ran.refused.extend(self.refused.clone());
        Ok(())
    }

    fn check_refusal(&self, label: &str, answer: &Answer, way: Way) -> anyhow::Result<()> {
        let (status, code) = statuses_of(label).context("expected a label that is known")?;
        let said = if way == Way::Grpc {
            ensure!(answer.grpc_status() == Some(code), "expected grpc-status {code}");
            answer.grpc_message()
        } else {
            ensure!(answer.status == status, "expected {status}");
            String::from_utf8_lossy(&answer.body).into_owned()
        };
        self.check_text(&said)
    }

    fn check_success(&self, answer: &Answer, ran: &mut Ran) -> anyhow::Result<()> {
        let points = self.points.context("expected `refused` or `points` in [expect]")?;
        let partial = answer.clone().success()?.partial_success()?;
        let rejected = partial.as_ref().map_or(0, |partial| partial.rejected);
        ensure!(rejected == i64::try_from(self.rejected)?, "expected {} rejected", self.rejected);
        ran.answered += 1;
        ran.points += points;
        ran.rejected += self.rejected;
        self.check_text(&partial.map(|partial| partial.message).unwrap_or_default())
    }

    fn check_text(&self, said: &str) -> anyhow::Result<()> {
        match &self.says {
            Some(text) if !said.contains(text) => bail!("expected `{text}` in `{said}`"),
            _ => Ok(()),
        }
    }
}
