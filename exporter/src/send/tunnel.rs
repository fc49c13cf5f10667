//! `CONNECT`: a tunnel through an HTTP proxy (RFC 9110, section 9.3.6).

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Method, Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::attempt::{Attempt, Way};
use super::connect::Connection;
use super::proxy::Proxy;
use super::{Failure, HEADER_LIMIT, Outcome};

/// Asks the proxy for a tunnel to the endpoint. The body of its answer is not read.
pub(super) async fn tunnel(
    way: &Way<'_>,
    proxy: &Proxy,
    stream: Box<dyn Connection>,
) -> Result<Box<dyn Connection>, Attempt> {
    let target = way.endpoint.target();
    let (status, refused) = match way.within(ask(proxy, &target, stream)).await {
        Ok(Answer::Open(connection)) => return Ok(connection),
        Ok(Answer::Refused(status)) => {
            (status, Outcome::retry(format!("the proxy {proxy} answered {status}")))
        }
        Err(failure) => {
            let expected = format!("expected the proxy {proxy} to connect to {target}");
            (StatusCode::OK, Outcome::failed(&expected, failure.as_ref()))
        }
    };
    // Many proxies open tunnels to port 443 alone, and forward plain requests to any.
    let forwards = !way.endpoint.encrypted && status != StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    Err(if forwards { Attempt::Garbled(refused) } else { Attempt::Unreachable(refused) })
}

enum Answer {
    Open(Box<dyn Connection>),
    Refused(StatusCode),
}

async fn ask(proxy: &Proxy, target: &str, stream: Box<dyn Connection>) -> Result<Answer, Failure> {
    let (mut sender, driver) = http1::Builder::new()
        .max_buf_size(HEADER_LIMIT)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await?;
    // The driver ends with the runtime; what it could report, the answer's future reports too.
    tokio::spawn(driver.with_upgrades());
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(target)
        .header(HOST, target)
        .header(USER_AGENT, super::USER_AGENT);
    if let Some(authorization) = &proxy.authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    let response = sender.send_request(request.body(Empty::new())?).await?;
    if !response.status().is_success() {
        return Ok(Answer::Refused(response.status()));
    }
    let tunnel = hyper::upgrade::on(response).await?;
    Ok(Answer::Open(Box::new(TokioIo::new(tunnel))))
}
