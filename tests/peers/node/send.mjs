// Sends one report with the stock OpenTelemetry SDK of Node, the way an application would.
//
// usage: node send.mjs json|protobuf|grpc REPORT.json [--everything] [--integers]
//
// Endpoint, compression and headers come from the standard OTEL_EXPORTER_OTLP_* variables.
// --everything also turns on every resource detector that the SDK has; --integers makes the gauges
// integers, where the default of this SDK is a double.
// What the SDK warns about goes to standard error; a run without fault prints nothing.

import { readFile } from 'node:fs/promises';
import { diag, DiagLogLevel, ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const exporters = { json: JsonExporter, protobuf: ProtobufExporter, grpc: GrpcExporter };

function fault(...words) {
  console.error(...words);
  process.exitCode = 1;
}
diag.setLogger(
  { error: fault, warn: fault, info() {}, debug() {}, verbose() {} },
  DiagLogLevel.WARN,
);

const [protocol, path, ...flags] = process.argv.slice(2);
const report = JSON.parse(await readFile(path, 'utf8'));

const detectors = flags.includes('--everything')
  ? [hostDetector, osDetector, processDetector, envDetector]
  : [envDetector];
const provider = new MeterProvider({
  // The last one wins: what the application says about itself.
  resource: defaultResource()
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes(report.resource)),
  readers: [new PeriodicExportingMetricReader({ exporter: new exporters[protocol]() })],
});

const meter = provider.getMeter('usage', undefined, { schemaUrl: report.schema_url });
const valueType = flags.includes('--integers') ? ValueType.INT : ValueType.DOUBLE;
for (const { name, unit, points } of report.gauges) {
  const gauge = meter.createGauge(name, { unit, valueType });
  for (const { value, attributes } of points) gauge.record(value, attributes);
}
await provider.shutdown();
