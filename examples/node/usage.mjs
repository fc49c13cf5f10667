// Tells how OpenFn is used, with OpenTelemetry's own SDK, to whatever listens at OTEL_EXPORTER_OTLP_ENDPOINT.
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const instance = {
  'service.name': 'openfn', 'service.version': 'v2.4.2:match:f1bd9ae', 'os.type': 'linux',
  'service.instance.id': '3cfb674b-e878-470d-b7c0-cfa8f7e003ae',
};
const project = { 'openfn.project.id': 'cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01' };
const workflow = { ...project, 'openfn.workflow.id': '71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11' };
const figures = {
  'openfn.users': [137], 'openfn.users.active': [70],
  'openfn.project.users': [6, project], 'openfn.project.users.active': [5, project],
  'openfn.workflow.jobs': [4, workflow], 'openfn.workflow.jobs.active': [3, workflow],
  'openfn.workflow.runs': [17, workflow], 'openfn.workflow.steps': [24, workflow],
};

const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() }); // once a minute
const provider = new MeterProvider({ resource: resourceFromAttributes(instance), readers: [reader] });
for (const [name, figure] of Object.entries(figures)) {
  provider.getMeter('usage').createGauge(name).record(...figure);
}
await provider.shutdown(); // and at the end
