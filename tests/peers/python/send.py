"""Sends reports with the stock OpenTelemetry SDK of Python, the way an application would.

usage: send.py grpc|protobuf|json REPORT.json [--everything]
       send.py SENDINGS.json

The first sends one report; endpoint, compression and headers come from the standard OTEL_EXPORTER_OTLP_* variables.
--everything also turns on every resource detector that the SDK has, the command line included.
The second sends many: a list of objects with `transport`, `compression`, `endpoint`, `report` and `flushes`. Of several
flushes only the last has the report's own values; each before it has greater ones.
What the SDK warns about goes to standard error; a run without fault prints nothing.
"""

import json
import logging
import os
import sys

from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter as JsonExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as ProtobufExporter
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

EXPORTERS = {"grpc": GrpcExporter, "protobuf": ProtobufExporter, "json": JsonExporter}


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


def send(transport, report, everything=False, flushes=1):
    left = flushes - 1

    def observe(points):
        return lambda _: [Observation(point["value"] + left, point.get("attributes", {})) for point in points]

    provider = MeterProvider(
        resource=resource(report["resource"], everything),
        metric_readers=[PeriodicExportingMetricReader(EXPORTERS[transport]())],
    )
    meter = provider.get_meter("usage", schema_url=report["schema_url"])
    for gauge in report["gauges"]:
        meter.create_observable_gauge(gauge["name"], [observe(gauge["points"])], gauge["unit"])
    while left > 0:
        provider.force_flush()
        left -= 1
    # Collects and sends once more before it ends: with the default interval, the only time.
    provider.shutdown()


def send_all(sendings):
    for sending in sendings:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sending["endpoint"]
        os.environ.pop("OTEL_EXPORTER_OTLP_COMPRESSION", None)
        # The gRPC exporter stops at the value `none`, though OTLP names it.
        if sending["compression"] != "none":
            os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = sending["compression"]
        send(sending["transport"], sending["report"], flushes=sending["flushes"])


def main():
    logging.basicConfig(level=logging.WARNING)
    *transport, path = [word for word in sys.argv[1:] if not word.startswith("--")][:2]
    with open(path, encoding="utf-8") as file:
        read = json.load(file)
    if transport:
        send(transport[0], read, "--everything" in sys.argv)
    else:
        send_all(read)


main()
