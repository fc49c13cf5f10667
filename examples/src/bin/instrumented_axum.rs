//! A service with an OpenTelemetry pipeline of its own, and usage reports beside it.
//!
//! Its own pipeline is the ordinary one: a global meter provider that exports through
//! `opentelemetry-otlp` to the operator's backend, configured by `OTEL_*` variables. Usage reports
//! go through the exporter's own provider to `BOOKSHELF_USAGE_ENDPOINT`. Neither sees the other:
//! the operator's backend gets no usage gauges, the makers get no HTTP metrics.
//!
//! ```text
//! /              the service itself
//! /admin/usage   the panel, for whoever BOOKSHELF_ADMINISTRATOR=NAME:PASSWORD names
//! ```
#![expect(clippy::print_stdout, reason = "it announces its address")]

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headcount::contract::{Contract, NoticeFacts};
use headcount::{Exporter, panel};
use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tokio::net::TcpListener;

#[derive(Clone)]
struct Bookshelf {
    requests: Counter<u64>,
    readers: Arc<AtomicU64>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let provider = own_pipeline()?;
    let readers = Arc::new(AtomicU64::new(0));
    let usage = usage_reports(&readers)?;
    let requests = global::meter("bookshelf").u64_counter("http.server.requests").build();
    let router = Router::new()
        .route("/", get(welcome))
        .with_state(Bookshelf { requests, readers })
        .nest_service("/admin", administration(usage));

    let listen = env::var("BOOKSHELF_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(listen).await?;
    println!("bookshelf: listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).with_graceful_shutdown(stop()?).await?;
    Ok(provider.shutdown()?)
}

/// Is over at SIGTERM or Ctrl-C, which are caught from here on.
fn stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())?
    };
    #[cfg(not(unix))]
    let mut terminate = tokio::signal::windows::ctrl_close()?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

/// What an instrumented service has already.
fn own_pipeline() -> Result<SdkMeterProvider> {
    let exporter = MetricExporter::builder().with_tonic().build()?;
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
    global::set_meter_provider(provider.clone());
    Ok(provider)
}

/// What it adds.
fn usage_reports(readers: &Arc<AtomicU64>) -> Result<Exporter> {
    let contract = include_str!("../../contracts/bookshelf.yaml");
    let endpoint = env::var("BOOKSHELF_USAGE_ENDPOINT");
    let data_directory =
        env::var("BOOKSHELF_DATA").unwrap_or_else(|_| "bookshelf-usage".to_owned());
    let contract = Contract::parse("bookshelf.yaml", contract)?;
    let usage = Exporter::builder(contract, data_directory)
        .endpoint(endpoint.unwrap_or_else(|_| "http://127.0.0.1:4318".to_owned()))
        .attribute("service.version", env!("CARGO_PKG_VERSION"))
        .notice_facts(NoticeFacts { application: Some("/admin/usage"), ..NoticeFacts::default() })
        .build()?;
    let meter = usage.meter();
    let readers = Arc::clone(readers);
    let _readers = meter
        .u64_observable_gauge("bookshelf.readers")
        .with_callback(move |observer| observer.observe(readers.load(Ordering::Relaxed), &[]))
        .build();
    usage.start()?;
    Ok(usage)
}

async fn welcome(State(bookshelf): State<Bookshelf>) -> &'static str {
    bookshelf.requests.add(1, &[KeyValue::new("http.route", "/")]);
    bookshelf.readers.fetch_add(1, Ordering::Relaxed);
    "216 books\n"
}

/// What only administrators may open. Whoever can open the panel can decide, so it stands behind the
/// authentication that the service has already; here that is HTTP's basic one.
fn administration(usage: Exporter) -> Router {
    let administrator = env::var("BOOKSHELF_ADMINISTRATOR").ok();
    let expected = administrator.map(|named| format!("Basic {}", STANDARD.encode(named)));
    Router::new()
        .nest_service("/usage", panel::router(usage))
        .layer(from_fn_with_state(expected, administrators_only))
}

/// Lets nobody in where no administrator is named.
async fn administrators_only(
    State(expected): State<Option<String>>,
    request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    if expected.is_some_and(|expected| given.is_some_and(|given| *given == expected)) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"bookshelf\"")];
    (StatusCode::UNAUTHORIZED, challenge, "for administrators only\n").into_response()
}
