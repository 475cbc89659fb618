import { setTimeout as sleep } from 'node:timers/promises';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { logger } from '../setup/logger';
import { WrongSetting } from '../setup/settings';
import { switchSpansOn } from './spans';

const LAST_SPANS_MS = 5_000;

/** Loaded only where traces are wanted (`startTracing`). The exporter reads OTEL_EXPORTER_OTLP_… by itself. */
export function exportSpans(serviceName: string): { stop(): Promise<void> } {
  diag.setLogger(
    {
      error: (message) => logger.warn(`traces: ${message}`),
      warn: (message) => logger.warn(`traces: ${message}`),
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    { logLevel: DiagLogLevel.WARN },
  );
  const provider = new TracerProvider({
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before ours.
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(process.env.OTEL_TRACES_SAMPLER, process.env.OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }));
  trace.setGlobalTracerProvider(provider);
  switchSpansOn();
  return {
    stop: async () => {
      const sent = provider.shutdown().catch((error: unknown) => logger.warn({ err: error }, 'the last spans could not be sent'));
      // A collector that is away must not keep the process from ending.
      await Promise.race([sent, sleep(LAST_SPANS_MS, undefined, { ref: false })]);
    },
  };
}

/** The names of the OpenTelemetry specification; whoever sent us a traceparent decides by default. */
function samplerOf(name = 'parentbased_always_on', ratioText: string | undefined): Sampler {
  const ratio = Number(ratioText ?? 1);
  if (!(ratio >= 0 && ratio <= 1))
    throw new WrongSetting(`OTEL_TRACES_SAMPLER_ARG: expected the share of traces to keep, a number from 0 to 1, got "${ratioText}"`);
  const own: Record<string, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const made = own[name.replace(/^parentbased_/, '')]?.();
  const names = Object.keys(own).flatMap((one) => [one, `parentbased_${one}`]);
  if (!made) throw new WrongSetting(`OTEL_TRACES_SAMPLER: expected one of ${names.join(', ')}, got "${name}"`);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root: made }) : made;
}
