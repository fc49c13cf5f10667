"""Sends one report with the stock OpenTelemetry SDK of Python, the way an application would.

usage: send.py grpc|http REPORT.json [--everything]

Endpoint, compression and headers come from the standard OTEL_EXPORTER_OTLP_* variables.
--everything also turns on every resource detector that the SDK has, the command line included.
What the SDK warns about goes to standard error; a run without fault prints nothing.
"""

import json
import logging
import sys

from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import (
    OsResourceDetector,
    ProcessResourceDetector,
    Resource,
    _HostResourceDetector,
    get_aggregated_resources,
)


def exporter(protocol):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    else:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    return OTLPMetricExporter()


def resource(attributes, everything):
    own = Resource.create(attributes)
    if not everything:
        return own
    # `own` comes last: what the application says about itself wins over what was detected.
    detectors = [
        _HostResourceDetector(),
        OsResourceDetector(),
        ProcessResourceDetector(include_command_args=True),
    ]
    return get_aggregated_resources(detectors).merge(own)


def observe(points):
    return lambda _: [Observation(point["value"], point.get("attributes", {})) for point in points]


def main():
    logging.basicConfig(level=logging.WARNING)
    protocol, path, *flags = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    provider = MeterProvider(
        resource=resource(report["resource"], "--everything" in flags),
        metric_readers=[PeriodicExportingMetricReader(exporter(protocol))],
    )
    meter = provider.get_meter("usage", schema_url=report["schema_url"])
    for gauge in report["gauges"]:
        meter.create_observable_gauge(gauge["name"], [observe(gauge["points"])], gauge["unit"])
    # Collects and sends once more before it ends: with the default interval, the only time.
    provider.shutdown()


main()
