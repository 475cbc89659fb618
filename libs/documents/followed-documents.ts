import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventLog, type Position } from '@leadlog/event-log';
import type { EventType } from '@leadlog/events';
import { documentIdIn, type DocumentEvents } from './stored-document';

const AGAIN_MS = 1_000;

export interface Following<Found> {
  log: EventLog;
  events: DocumentEvents;
  /** Types of events after which a document is looked at again. */
  types: readonly EventType[];
  /** What the log says of a document now; undefined if nothing that counts. */
  look: (id: string) => Promise<Found | undefined>;
  onWarning?: (message: string, error?: unknown) => void;
}

/**
 * What is in force of the documents of a kind, in a process that runs by them: read from the log itself, because a read model may be lost
 * or behind, so that nobody ever goes by a document that is not in force by the log.
 */
export class FollowedDocuments<Found> {
  private readonly found = new Map<string, Found>();
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();
  private through: Position = START;

  constructor(protected readonly parts: Following<Found>) {}

  /** Reads these documents. `through`: the position up to which they are all that there are. */
  async startFrom(ids: Iterable<string>, through: Position): Promise<void> {
    for (const id of ids) await this.look(id);
    this.through = through;
  }

  get(id: string): Found | undefined {
    return this.found.get(id);
  }

  /** By id, in order. */
  all(): [id: string, found: Found][] {
    return [...this.found].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /** Called after every change, and repeated until it succeeds. */
  follow(changed: () => Promise<void>): void {
    this.following = this.run(changed);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private async run(changed: () => Promise<void>): Promise<void> {
    const { log, events: kind, types, onWarning } = this.parts;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for await (const { events, through } of log.subscribe({ after: this.through, filter: { types }, signal })) {
          const ids = new Set(events.map(({ data }) => documentIdIn(kind, data as object)));
          for (const id of ids) await this.look(id);
          if (ids.size > 0) await changed();
          this.through = through;
        }
      } catch (error) {
        if (signal.aborted) return;
        onWarning?.(`published ${kind.by} will be read again`, error);
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async look(id: string): Promise<void> {
    const found = await this.parts.look(id);
    if (found !== undefined) this.found.set(id, found);
  }
}
