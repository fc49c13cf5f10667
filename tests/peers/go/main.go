// Sends reports with the stock OpenTelemetry SDK of Go, the way an application would.
//
// usage: send SENDINGS.json
//
// SENDINGS.json is a list of objects with `transport` (grpc or protobuf), `compression`, `endpoint`, `report` and
// `flushes`. Of several flushes only the last has the report's own values; each before it has greater ones.
// What the SDK warns about goes to standard error; a run without fault prints nothing.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

type sending struct {
	Transport   string
	Compression string
	Endpoint    string
	Report      report
	Flushes     int64
}

type report struct {
	SchemaURL string `json:"schema_url"`
	Resource  map[string]string
	Gauges    []struct {
		Name   string
		Unit   string
		Points []point
	}
}

type point struct {
	Value      int64
	Attributes map[string]string
}

func main() {
	log.SetFlags(0)
	faults := 0
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		faults++
		log.Print(err)
	}))
	sendings, err := read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for number, sending := range sendings {
		if err := send(context.Background(), sending); err != nil {
			log.Fatalf("sending %d: %v", number, err)
		}
	}
	if faults > 0 {
		os.Exit(1)
	}
}

func read(path string) ([]sending, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var sendings []sending
	err = json.Unmarshal(text, &sendings)
	return sendings, err
}

func send(ctx context.Context, sending sending) error {
	exporter, err := exporter(ctx, sending)
	if err != nil {
		return err
	}
	described, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attributes(sending.Report.Resource)...))
	if err != nil {
		return err
	}
	provider := sdk.NewMeterProvider(
		sdk.WithResource(described), sdk.WithReader(sdk.NewPeriodicReader(exporter)))
	meter := provider.Meter("usage", metric.WithSchemaURL(sending.Report.SchemaURL))
	for left := sending.Flushes - 1; left > 0; left-- {
		if err := record(ctx, meter, sending.Report, left); err != nil {
			return err
		}
		if err := provider.ForceFlush(ctx); err != nil {
			return err
		}
	}
	if err := record(ctx, meter, sending.Report, 0); err != nil {
		return err
	}
	// Collects and sends once more before it ends: with the default interval, the only time.
	return provider.Shutdown(ctx)
}

// The exporter takes endpoint and compression from the standard variables.
func exporter(ctx context.Context, sending sending) (sdk.Exporter, error) {
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":    sending.Endpoint,
		"OTEL_EXPORTER_OTLP_COMPRESSION": sending.Compression,
	} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	switch sending.Transport {
	case "grpc":
		return otlpmetricgrpc.New(ctx)
	case "protobuf":
		return otlpmetrichttp.New(ctx)
	}
	return nil, fmt.Errorf("expected grpc or protobuf, got %q", sending.Transport)
}

func record(ctx context.Context, meter metric.Meter, report report, more int64) error {
	for _, recorded := range report.Gauges {
		gauge, err := meter.Int64Gauge(recorded.Name, metric.WithUnit(recorded.Unit))
		if err != nil {
			return err
		}
		for _, point := range recorded.Points {
			at := metric.WithAttributes(attributes(point.Attributes)...)
			gauge.Record(ctx, point.Value+more, at)
		}
	}
	return nil
}

func attributes(texts map[string]string) []attribute.KeyValue {
	var pairs []attribute.KeyValue
	for key, text := range texts {
		pairs = append(pairs, attribute.String(key, text))
	}
	return pairs
}
