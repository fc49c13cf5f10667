// Sends reports with the stock OpenTelemetry SDK of Node, the way an application would.
//
// usage: node send.mjs grpc|protobuf|json REPORT.json [--everything]
//        node send.mjs SENDINGS.json
//
// The first sends one report; endpoint, compression and headers come from the standard
// OTEL_EXPORTER_OTLP_* variables. --everything also turns on every resource detector that the SDK has.
// The second sends many: a list of objects with `transport`, `compression`, `endpoint`, `report`,
// `flushes` and `integers`. Of several flushes only the last has the report's own values; each before
// it has greater ones. With `integers` the gauges are integers; the default of this SDK is a double.
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

const exporters = { grpc: GrpcExporter, protobuf: ProtobufExporter, json: JsonExporter };

function fault(...words) {
  console.error(...words);
  process.exitCode = 1;
}
diag.setLogger(
  { error: fault, warn: fault, info() {}, debug() {}, verbose() {} },
  DiagLogLevel.WARN,
);

async function send(transport, report, { everything, flushes = 1, integers } = {}) {
  const detectors = everything
    ? [hostDetector, osDetector, processDetector, envDetector]
    : [envDetector];
  const provider = new MeterProvider({
    // The last one wins: what the application says about itself.
    resource: defaultResource()
      .merge(detectResources({ detectors }))
      .merge(resourceFromAttributes(report.resource)),
    readers: [new PeriodicExportingMetricReader({ exporter: new exporters[transport]() })],
  });
  const meter = provider.getMeter('usage', undefined, { schemaUrl: report.schema_url });
  const valueType = integers ? ValueType.INT : ValueType.DOUBLE;
  const gauges = report.gauges.map(({ name, unit, points }) => {
    return { gauge: meter.createGauge(name, { unit, valueType }), points };
  });
  for (let left = flushes - 1; left >= 0; left -= 1) {
    for (const { gauge, points } of gauges) {
      for (const { value, attributes } of points) gauge.record(value + left, attributes);
    }
    // The last flush is that of the end.
    if (left > 0) await provider.forceFlush();
  }
  await provider.shutdown();
}

async function sendAll(sendings) {
  for (const { transport, compression, endpoint, report, flushes, integers } of sendings) {
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
    process.env.OTEL_EXPORTER_OTLP_COMPRESSION = compression;
    await send(transport, report, { flushes, integers });
  }
}

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const path = words[1] ?? words[0];
const read = JSON.parse(await readFile(path, 'utf8'));
if (words.length > 1) {
  await send(words[0], read, { everything: process.argv.includes('--everything') });
} else {
  await sendAll(read);
}
