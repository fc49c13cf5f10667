"""Tells how OpenFn is used, with OpenTelemetry's own SDK, to whatever listens at OTEL_EXPORTER_OTLP_ENDPOINT."""

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

INSTANCE = {"service.name": "openfn", "service.version": "v2.4.2:match:f1bd9ae", "os.type": "linux",
            "service.instance.id": "3cfb674b-e878-470d-b7c0-cfa8f7e003ae"}
PROJECT = {"openfn.project.id": "cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01"}
WORKFLOW = PROJECT | {"openfn.workflow.id": "71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11"}
FIGURES = {"openfn.users": (137, {}), "openfn.users.active": (70, {}),
           "openfn.project.users": (6, PROJECT), "openfn.project.users.active": (5, PROJECT),
           "openfn.workflow.jobs": (4, WORKFLOW), "openfn.workflow.jobs.active": (3, WORKFLOW),
           "openfn.workflow.runs": (17, WORKFLOW), "openfn.workflow.steps": (24, WORKFLOW)}

reader = PeriodicExportingMetricReader(OTLPMetricExporter())  # once a minute, and at the end
meter = MeterProvider([reader], Resource.create(INSTANCE)).get_meter("usage")
for name, figure in FIGURES.items():
    meter.create_observable_gauge(name, [lambda _, figure=figure: [Observation(*figure)]])
