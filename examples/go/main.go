// Tells how OpenFn is used, with OpenTelemetry's own SDK, to whatever listens at OTEL_EXPORTER_OTLP_ENDPOINT.
package main

import (
	"context"
	"log"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	otel "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

func main() {
	instance := resource.NewSchemaless(
		attribute.String("service.name", "openfn"), attribute.String("service.version", "v2.4.2:match:f1bd9ae"),
		attribute.String("os.type", "linux"), attribute.String("service.instance.id", "3cfb674b-e878-470d-b7c0-cfa8f7e003ae"))
	project := attribute.String("openfn.project.id", "cf2f5ed0-c1d6-4ae8-8b5f-1a4a3b1f0d01")
	workflow := attribute.String("openfn.workflow.id", "71e1c5a2-5d0b-4c6f-8e0a-2b9d4f6a8c11")

	exporter, err := otlpmetrichttp.New(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	reader := metric.NewPeriodicReader(exporter) // once a minute
	provider := metric.NewMeterProvider(metric.WithResource(instance), metric.WithReader(reader))
	record := func(name string, value int64, at ...attribute.KeyValue) {
		gauge, _ := provider.Meter("usage").Int64Gauge(name)
		gauge.Record(context.Background(), value, otel.WithAttributes(at...))
	}
	record("openfn.users", 137)
	record("openfn.users.active", 70)
	record("openfn.project.users", 6, project)
	record("openfn.project.users.active", 5, project)
	record("openfn.workflow.jobs", 4, project, workflow)
	record("openfn.workflow.jobs.active", 3, project, workflow)
	record("openfn.workflow.runs", 17, project, workflow)
	record("openfn.workflow.steps", 24, project, workflow)
	if err := provider.Shutdown(context.Background()); err != nil { // and at the end
		log.Fatal(err)
	}
}
