import { START, type Position } from '@leadlog/event-log';
import type { AsOf } from '../projection-source';
import { NotBuiltYet, NotReached, type ReadModels, type ReadModelView } from '../read-models';
import type { GenerationRecord, ListEntry, ListRange, ReadModelStore } from '../store';
import { liveOf } from './generations';
import type { StoredDocument } from './stored-document';

/** Whether a program reads what a generation holds: documents of another fold may have a form that it does not know. */
export type Readable = (generation: Pick<GenerationRecord, 'projection' | 'version'>) => boolean;

/** The query side over a store, in any process that can reach it. A generation that is not readable is as one that is not there yet. */
export class LiveReadModels implements ReadModels {
  constructor(
    private readonly store: ReadModelStore,
    private readonly readable: Readable = () => true,
  ) {}

  async view(projection: string): Promise<ReadModelView> {
    const live = await this.live(projection);
    if (!live || !this.readable(live)) throw new NotBuiltYet(projection, live?.version);
    return new GenerationView(this.store, live, (await this.store.checkpoint(live.id)) ?? START);
  }

  async reached(projections: readonly string[], position: Position, timeoutMs: number): Promise<void> {
    const giveUpAt = Date.now() + timeoutMs;
    let wake: () => void = () => undefined;
    let changed = new Promise<void>((resolve) => (wake = resolve));
    // Watching begins before looking, so that a commit in between is not missed.
    const unwatch = this.store.watch(() => {
      wake();
      changed = new Promise<void>((resolve) => (wake = resolve));
    });
    try {
      for (const projection of projections) {
        for (;;) {
          const seen = changed;
          const through = await this.throughOf(projection);
          if (through !== undefined && through >= position) break;
          const left = giveUpAt - Date.now();
          if (left <= 0)
            throw through === undefined
              ? new NotBuiltYet(projection, (await this.live(projection))?.version)
              : new NotReached(projection, position, through, timeoutMs);
          await within(seen, left);
        }
      }
    } finally {
      unwatch();
    }
  }

  private async throughOf(projection: string): Promise<Position | undefined> {
    const live = await this.live(projection);
    return live && this.readable(live) ? ((await this.store.checkpoint(live.id)) ?? START) : undefined;
  }

  private async live(projection: string): Promise<GenerationRecord | undefined> {
    return liveOf((await this.store.registry()).generations, projection);
  }
}

class GenerationView implements ReadModelView {
  readonly generation: string;
  readonly version: string;
  readonly spec: unknown;
  readonly versionSince: number;
  readonly asOf: AsOf | undefined;

  constructor(
    private readonly store: ReadModelStore,
    record: GenerationRecord,
    readonly through: Position,
  ) {
    this.generation = record.id;
    this.version = record.version;
    this.spec = record.spec;
    this.asOf = record.asOf && { stream: record.asOf.stream, position: BigInt(record.asOf.position) };
    this.versionSince = record.versionSince === undefined ? 0 : Date.parse(record.versionSince);
  }

  async get<State>(key: string): Promise<State | undefined> {
    const [state] = await this.many<State>([key]);
    return state;
  }

  async many<State>(keys: readonly string[]): Promise<(State | undefined)[]> {
    const documents = await this.documents<State>(keys);
    const merged = documents.flatMap((document) => document?.t?.key ?? []);
    if (merged.length === 0) return documents.map((document) => document?.d);
    const survivors = await this.many<State>(merged);
    let next = 0;
    return documents.map((document) => (document?.t ? survivors[next++] : document?.d));
  }

  async resolve(key: string): Promise<string> {
    const [survivor] = await this.resolveAll([key]);
    return survivor!;
  }

  async resolveAll(keys: readonly string[]): Promise<string[]> {
    const documents = await this.documents(keys);
    const merged = documents.flatMap((document) => document?.t?.key ?? []);
    if (merged.length === 0) return [...keys];
    const survivors = await this.resolveAll(merged);
    let next = 0;
    return documents.map((document, place) => (document?.t ? survivors[next++]! : keys[place]!));
  }

  async family(key: string): Promise<string[]> {
    const [document] = await this.documents([key]);
    const families = await Promise.all((document?.f ?? []).map((child) => this.family(child)));
    return [key, ...families.flat()];
  }

  list(list: string, range?: ListRange): Promise<ListEntry[]> {
    return this.store.list(this.generation, list, range);
  }

  listSize(list: string): Promise<number> {
    return this.store.listSize(this.generation, list);
  }

  tallies(from: string, to: string): Promise<[string, number][]> {
    return this.store.tallies(this.generation, from, to);
  }

  async *scan<State>(): AsyncIterable<[string, State]> {
    for await (const [key, text] of this.store.scan(this.generation)) {
      const { d } = JSON.parse(text) as StoredDocument<State>;
      if (d !== undefined) yield [key, d];
    }
  }

  private async documents<State>(keys: readonly string[]): Promise<(StoredDocument<State> | undefined)[]> {
    const texts = await this.store.load(this.generation, keys);
    return texts.map((text) => (text === undefined ? undefined : (JSON.parse(text) as StoredDocument<State>)));
  }
}

async function within(event: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([event, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
