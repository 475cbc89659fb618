import { START, type EventLog, type Position, type RecordedEvent } from '@leadlog/event-log';
import type { Projection } from '../projection';
import { sliceOf } from '../slices';
import type { ReadModelStore } from '../store';
import { decodeOne } from './decoded';
import type { HeldSlices } from './held-slices';
import type { Routing } from './routing';
import type { StoredDocument } from './stored-document';

/** A worker that runs for years forgets what it has seen of others' keys; it is then read again where a merge needs it. */
const MOST_KEYS = 50_000;

export interface ForeignStreamsParts {
  log: EventLog;
  store: ReadModelStore;
  decode: (event: RecordedEvent) => RecordedEvent;
}

/**
 * In which streams there are events of keys that other workers fold, beyond those that their names tell: a merge of such a key with one of
 * ours needs them, and those others may be far behind. What was seen since one position is kept; what stands before it, their documents
 * say.
 */
export class ForeignStreams {
  private readonly seen = new Map<string, Set<string>>();
  private since: Position;

  constructor(
    private readonly generation: string,
    private readonly projection: Projection,
    private readonly routing: Routing,
    private readonly held: HeldSlices,
    private readonly parts: ForeignStreamsParts,
  ) {
    this.since = held.checkpoint;
  }

  remember(key: string, stream: string): void {
    if (!this.routing.hasCorrections || this.held.isEverything) return;
    if (this.projection.keyOfStream?.(stream) === key || this.projection.streams(key).includes(stream)) return;
    let streams = this.seen.get(key);
    if (!streams) this.seen.set(key, (streams = new Set()));
    streams.add(stream);
  }

  /** Everything up to here has been given. */
  forgetIfMany(through: Position): void {
    if (this.seen.size > MOST_KEYS) this.forget(through);
  }

  forget(through: Position): void {
    this.seen.clear();
    this.since = through;
  }

  /** Those of these keys, which others fold, up to what has been given. */
  async of(keys: readonly string[]): Promise<string[]> {
    if (keys.length === 0) return [];
    const kept = await this.keptElsewhere(keys);
    return [...kept, ...keys.flatMap((key) => [...(this.seen.get(key) ?? [])])];
  }

  /**
   * What the documents of those who fold them say. They may be behind: what they have not gone through, and we have not either, is looked
   * through here, so that nobody waits for anybody.
   */
  private async keptElsewhere(keys: readonly string[]): Promise<string[]> {
    if (this.since <= START) return [];
    // Checkpoints first: a document that is read later is at least as new.
    const checkpoints = await this.parts.store.checkpoints(this.generation);
    const texts = await this.parts.store.load(this.generation, keys);
    await this.lookThroughFrom(keys.map((key) => checkpoints[sliceOf(key)] ?? START).reduce((least, one) => (one < least ? one : least)));
    return texts.flatMap((text) => (text === undefined ? [] : ((JSON.parse(text) as StoredDocument).s ?? [])));
  }

  /** For all keys at once, and kept, since one merge seldom comes alone: no part of the log is gone through twice for this. */
  private async lookThroughFrom(after: Position): Promise<void> {
    if (after >= this.since) return;
    const keyOf = this.projection.keyOfStream?.bind(this.projection);
    const filter = keyOf && { accepts: (stream: string) => keyOf(stream) === undefined };
    for await (const slice of this.parts.log.read({ after, until: this.since, filter })) {
      for (const event of slice.events) {
        const routed = this.routing.route(decodeOne(event, this.parts.decode));
        if (routed && !this.held.owns(routed.key)) this.remember(routed.key, event.stream);
      }
    }
    this.since = after;
  }
}
