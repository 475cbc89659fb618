import type { Settings } from '../setup/settings';

const OFF = { stop: () => Promise.resolve() };

/**
 * Traces, where OTEL_EXPORTER_OTLP_ENDPOINT asks for them; otherwise nothing of it is even loaded. To be called before the storage is
 * opened.
 */
export function startTracing({ tracesTo }: Pick<Settings, 'tracesTo'>, serviceName: string): { stop(): Promise<void> } {
  if (tracesTo === undefined) return OFF;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('./otlp-traces') as typeof import('./otlp-traces')).exportSpans(serviceName);
}
