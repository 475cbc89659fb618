import {
  EventTooLarge,
  LogOver,
  LogOverloaded,
  OutcomeUnknown,
  WrongExpectedRevision,
  type Append,
  type Appended,
  type AppendOutcome,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
} from '@leadlog/event-log';
import { allWithCorrelation, withCorrelation } from '../setup/correlation';
import type { AppendOutcomeLabel, Metrics } from './metrics';
import { inSpan } from './spans';

/** The log, with its appends measured, traced, and told apart by the request that they come from. */
export class ObservedEventLog extends LogOver {
  constructor(
    log: EventLog,
    private readonly metrics?: Metrics,
  ) {
    super(log);
  }

  override append(stream: string, events: readonly NewEvent[], options: { expected: ExpectedRevision }): Promise<Appended> {
    return inSpan('event-log append', { attributes: { 'leadlog.stream': stream, 'leadlog.events': events.length } }, async () => {
      const began = performance.now();
      try {
        const appended = await this.log.append(stream, withCorrelation(events), options);
        this.measure(began, 'written', events.length - appended.repeated.length);
        return appended;
      } catch (error) {
        this.measure(began, labelOf(error), 0);
        throw error;
      }
    });
  }

  override appendMany(appends: readonly Append[]): Promise<AppendOutcome[]> {
    const events = appends.reduce((sum, append) => sum + append.events.length, 0);
    return inSpan('event-log append', { attributes: { 'leadlog.appends': appends.length, 'leadlog.events': events } }, async () => {
      const began = performance.now();
      const outcomes = await this.log.appendMany(allWithCorrelation(appends));
      let written = 0;
      let outcome: AppendOutcomeLabel = 'written';
      for (const [index, one] of outcomes.entries()) {
        if (one.ok) written += appends[index]!.events.length - one.value.repeated.length;
        else outcome = labelOf(one.error);
      }
      this.measure(began, outcome, written);
      return outcomes;
    });
  }

  private measure(began: number, outcome: AppendOutcomeLabel, written: number): void {
    this.metrics?.appendSeconds.observe({ outcome }, (performance.now() - began) / 1_000);
    if (written > 0) this.metrics?.appendedEvents.inc(written);
  }
}

function labelOf(error: unknown): AppendOutcomeLabel {
  if (error instanceof WrongExpectedRevision) return 'conflict';
  if (error instanceof EventTooLarge) return 'too-large';
  if (error instanceof OutcomeUnknown) return 'unknown';
  return error instanceof LogOverloaded ? 'overloaded' : 'unavailable';
}
