//! Where what passed goes: the exporter, its queue, and the pipeline that joins it all.

use super::CollectorRoute;
use super::lines::Lines;
use super::ottl::quoted;
use super::target::Transport;

/// Bytes that wait on the disk at most: 256 MiB, a small report each minute for four months.
const ON_DISK: u32 = 256 * 1024 * 1024;
/// Bytes that wait in memory at most: 32 MiB.
const IN_MEMORY: u32 = 32 * 1024 * 1024;

/// The sections `exporters`, `extensions` and `service`.
pub(super) fn write(lines: &mut Lines, route: &CollectorRoute, name: &str) {
    let exporter = match route.target.transport {
        Transport::Grpc => format!("otlp_grpc/{name}"),
        Transport::Http => format!("otlp_http/{name}"),
    };
    lines.line(0, "exporters:");
    lines.line(1, format!("{exporter}:"));
    endpoint(lines, route);
    lines.lines(2, ["compression: gzip", "timeout: 30s"]);
    lines.comment(
        2,
        "Repeats until the other end has answered. What it refuses for good is dropped.",
    );
    lines.line(2, "retry_on_failure:");
    lines.lines(3, ["max_interval: 5m", "max_elapsed_time: 0s"]);
    queue(lines, route, name);
    if let Some(directory) = &route.storage {
        storage(lines, directory, name);
    }
    service(lines, route, name, &exporter);
}

/// Where the exporter sends.
fn endpoint(lines: &mut Lines, route: &CollectorRoute) {
    let target = &route.target;
    lines.line(
        2,
        match target.transport {
            Transport::Grpc => format!("endpoint: {}", quoted(&target.authority())),
            Transport::Http => format!("metrics_endpoint: {}", quoted(&target.metrics_url())),
        },
    );
    if target.encrypted {
        return;
    }
    if !target.loopback {
        lines.comment(2, "In clear: whoever carries this can read and change it.");
    }
    lines.line(2, "tls:");
    lines.line(3, "insecure: true");
}

/// What waits.
fn queue(lines: &mut Lines, route: &CollectorRoute, name: &str) {
    lines.comment(
        2,
        "What waits while the other end is away. Where this is full, the Collector answers requests that hold \
         reports with an error, and the application sends them again, to your pipelines, too.",
    );
    lines.line(2, "sending_queue:");
    if route.storage.is_some() {
        lines.line(3, format!("storage: file_storage/{name}"));
    }
    lines.line(3, "sizer: bytes");
    let size = if route.storage.is_some() { ON_DISK } else { IN_MEMORY };
    lines.line(3, format!("queue_size: {size}"));
}

fn storage(lines: &mut Lines, directory: &str, name: &str) {
    lines.blank();
    lines.line(0, "extensions:");
    lines.comment(1, "Keeps what waits, ids included, when the Collector is stopped or killed.");
    lines.line(1, format!("file_storage/{name}:"));
    lines.line(2, format!("directory: {}", quoted(directory)));
    lines.lines(2, ["create_directory: true", "fsync: true"]);
}

fn service(lines: &mut Lines, route: &CollectorRoute, name: &str, exporter: &str) {
    lines.blank();
    lines.line(0, "service:");
    extensions(lines, route, name);
    lines.line(1, "pipelines:");
    lines.line(2, format!("metrics/{name}:"));
    let receivers: Vec<_> = route.receivers.iter().map(ToString::to_string).collect();
    lines.line(3, format!("receivers: [{}]", receivers.join(", ")));
    lines.line(3, format!("processors: [filter/{name}, transform/{name}]"));
    lines.line(3, format!("exporters: [{exporter}]"));
}

/// The list of extensions: one in a second file stands in the place of that in the first.
fn extensions(lines: &mut Lines, route: &CollectorRoute, name: &str) {
    if route.storage.is_none() {
        return;
    }
    let ours = format!("file_storage/{name}");
    let Some(others) = &route.extensions else {
        lines.comment(
            1,
            &format!(
                "Add {ours} to the list `extensions` of your own configuration. A list that stood here would take the \
                 place of yours. Until it is there, the Collector does not start."
            ),
        );
        return;
    };
    lines.comment(1, "This list takes the place of yours, and has what is in it.");
    let all: Vec<_> = others.iter().map(ToString::to_string).chain([ours]).collect();
    lines.line(1, format!("extensions: [{}]", all.join(", ")));
}
