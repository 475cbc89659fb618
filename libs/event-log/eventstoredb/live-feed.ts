import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { START as FROM_START, excludeSystemEvents, streamNameFilter, type AllStreamResolvedEvent, type AllStreamSubscription, type EventStoreDBClient } from '@eventstore/db-client';
import { START, type Position } from '../log';

/** Events kept ahead of a consumer that is busy. */
const AHEAD = 1_000;

/**
 * One subscription of the server, until it ends for whatever reason. It is emptied as fast as it comes, because the server drops
 * a live one that is not; a consumer that is slower than the log still holds it up, at `AHEAD` events.
 */
export class LiveFeed {
  private readonly subscription: AllStreamSubscription;
  private events: AllStreamResolvedEvent[] = [];
  private marker: Position | undefined;
  private waitsForEvent = true;
  private wakeReader: () => void = () => undefined;
  private wakePump: () => void = () => undefined;
  private ended = false;
  /** Why it ended; undefined when the server closed it without saying. */
  fault: unknown;

  constructor(client: EventStoreDBClient, after: Position, namespace: string) {
    const options = {
      maxSearchWindow: 4_096,
      checkpointReached: (_subscription: AllStreamSubscription, { commit }: { commit: bigint }) => {
        // It overtakes events that came before it and are still on their way through the buffers; only when there are none it says what it seems to say.
        if (!this.waitsForEvent || this.subscription.readableLength > 0) return;
        this.marker = commit;
        this.wakeReader();
      },
    };
    this.subscription = client.subscribeToAll({
      fromPosition: after === START ? FROM_START : { commit: after, prepare: after },
      filter: namespace ? streamNameFilter({ ...options, prefixes: [namespace] }) : excludeSystemEvents(options),
    });
    // The loop below sees it too, but an error without a listener ends the process.
    this.subscription.on('error', (error) => (this.fault ??= error));
    void this.pump();
  }

  /** What has come since; nothing when the feed has ended or `signal` is aborted. Waits for at most `ms`. */
  async next(ms: number, signal: AbortSignal): Promise<{ events: AllStreamResolvedEvent[]; marker?: Position } | 'ended' | 'silent'> {
    if (this.events.length === 0 && this.marker === undefined && !this.ended && !signal.aborted) {
      await new Promise<void>((wake) => {
        const timer = setTimeout(() => this.wakeReader(), ms);
        this.wakeReader = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', this.wakeReader);
          wake();
        };
        signal.addEventListener('abort', this.wakeReader);
      });
    }
    // Events of one append come one by one; a turn later they are together, and mostly become one slice.
    await eventLoopTurn();
    const { events, marker } = this;
    this.events = [];
    this.marker = undefined;
    this.wakePump();
    if (events.length > 0 || marker !== undefined) return { events, marker };
    return this.ended || signal.aborted ? 'ended' : 'silent';
  }

  /** Nothing more had come when it was asked. */
  get empty(): boolean {
    return this.events.length === 0 && this.subscription.readableLength === 0;
  }

  stop(): void {
    this.ended = true;
    this.wakePump();
    // Rejects when the subscription never came to be.
    void this.subscription.unsubscribe().catch(() => undefined);
    this.subscription.destroy();
  }

  private async pump(): Promise<void> {
    try {
      for await (const event of this.subscription) {
        this.waitsForEvent = false;
        this.events.push(event as AllStreamResolvedEvent);
        this.marker = undefined;
        this.wakeReader();
        while (this.events.length >= AHEAD && !this.ended) await new Promise<void>((wake) => (this.wakePump = wake));
        if (this.ended) break;
        this.waitsForEvent = true;
      }
    } catch (error) {
      this.fault ??= error;
    } finally {
      this.ended = true;
      this.wakeReader();
    }
  }
}
