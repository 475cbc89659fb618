import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type SpanKind,
} from '@opentelemetry/api';

/** Spans cost nothing until somebody has switched them on (otlp-traces.ts). */
let on = false;

export function switchSpansOn(): void {
  on = true;
}

export const spansAreOn = (): boolean => on;

export const tracer = trace.getTracer('leadlog');

export interface SpanOptions {
  attributes?: Attributes;
  kind?: SpanKind;
  /** Of the work that asked for this one, where that is not the work under way: `traceparent` as it was given along. */
  parent?: string;
}

/** Does the work inside a span that is a child of the work under way; the hook for whoever has a part worth seeing. */
export function inSpan<T>(name: string, { attributes, kind, parent }: SpanOptions, work: () => Promise<T>): Promise<T> {
  if (!on) return work();
  const within = parent === undefined ? context.active() : contextOf({ traceparent: parent });
  return tracer.startActiveSpan(name, { attributes, kind }, within, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).name });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The work under way in the form in which it is given along (W3C); undefined when nothing is traced. */
export function traceparent(): string | undefined {
  if (!on) return undefined;
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** The other way round: what somebody gave along with headers. */
export function contextOf(headers: Readonly<Record<string, unknown>>): Context {
  return propagation.extract(ROOT_CONTEXT, headers);
}
