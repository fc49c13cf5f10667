//! What the receiver tells its operator.

use std::net::SocketAddr;

use anyhow::Context as _;
use http::{HeaderMap, Request, header};

use crate::client::call;
use crate::receiver::Receiver;

/// What the operator's interface asks for.
pub(super) const TOKEN: &str = "a-token-for-tests-alone";

/// The data points that were accepted, rejected and duplicate, and all that were sent, by the receiver's metrics.
pub(super) fn of_points(receiver: &Receiver) -> anyhow::Result<[u64; 4]> {
    // It is announced before the address for senders, which was waited for.
    let address: SocketAddr = receiver.operator()?.parse()?;
    let request = Request::get("/metrics")
        .header(header::HOST, address.to_string())
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    let answer = call(address, request.body(Vec::new())?, HeaderMap::new())?.success()?;
    let text = String::from_utf8(answer.body.to_vec())?;
    let sum = |what: &str| {
        let name = format!("headcount_receiver_points_{what}_total");
        let lines = text.lines().filter_map(|line| line.strip_prefix(&name));
        let lines = lines.filter(|line| line.starts_with(['{', ' ']));
        let values = lines.map(|line| line.rsplit(' ').next().unwrap_or_default().parse::<u64>());
        values.sum::<Result<u64, _>>().with_context(|| format!("{name} in {text}"))
    };
    Ok([sum("accepted")?, sum("rejected")?, sum("duplicate")?, sum("sent")?])
}
