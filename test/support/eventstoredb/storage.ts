/**
 * What an EventStoreDB server keeps and how it decides, as seen on v23.10: the part of the test server that knows no protocol.
 * Kept in memory: it outlives a restart of the listener, in which the server forgets only the ids it remembered.
 */
export interface StoredRecord {
  position: bigint;
  stream: string;
  revision: bigint;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
  /** ms since 1970. */
  created: number;
}

export type ProposedRecord = Pick<StoredRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
export type Expected = bigint | 'no-stream' | 'any' | 'stream-exists';

export type WriteOutcome =
  | { ok: true; revision: bigint; position: bigint }
  /** An append of no events to a stream that is not there. */
  | { ok: true; revision: undefined; position: undefined }
  | { ok: false; reason: 'wrong-expected'; current: bigint | undefined }
  | WriteRefusal;
export type WriteRefusal =
  | { ok: false; reason: 'deleted' }
  | { ok: false; reason: 'too-large'; limit: number }
  | { ok: false; reason: 'event-too-large'; limit: number; id: string; size: number };

interface StreamState {
  /** Indexes into the log, by revision. */
  records: number[];
  tombstoned: boolean;
}

interface StreamMetadata {
  $maxCount?: number;
  $maxAge?: number;
  $tb?: number;
  $acl?: { $w?: string | string[] };
}

/** Truncate-before of a stream that was deleted and may be written again. */
const DELETED = Number.MAX_SAFE_INTEGER;

export class Storage {
  readonly log: StoredRecord[] = [];
  /** How many appends, by reason. */
  readonly refused = { 'wrong-expected': 0, deleted: 0, 'too-large': 0, 'event-too-large': 0 };
  private readonly streams = new Map<string, StreamState>();
  private readonly metadata = new Map<string, StreamMetadata>();
  /** Ids in the memory of the server: it knows an id again with ANY only while it is here. */
  private remembered = new Map<string, bigint>();
  private readonly listeners = new Set<(records: readonly StoredRecord[]) => void>();
  private end = 0n;

  constructor(
    readonly maxAppendSize: number,
    /** Of one event, with its type as two bytes a character; only a server from 24.10 on knows it. */
    readonly maxAppendEventSize: number,
    private readonly clock: () => number,
  ) {
    // A new server has its users in the log before anybody writes; the log of a reader never begins with its own events.
    for (const user of ['admin', 'ops']) {
      this.write(`$user-${user}`, [jsonRecord('$UserCreated', { loginName: user })]);
      this.write('$users', [jsonRecord('$User', user)]);
    }
  }

  forgetIds(): void {
    this.remembered = new Map();
  }

  onWritten(listener: (records: readonly StoredRecord[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  append(stream: string, expected: Expected, events: readonly ProposedRecord[]): WriteOutcome {
    const outcome = this.appended(stream, expected, events);
    if (!outcome.ok) this.refused[outcome.reason] += 1;
    return outcome;
  }

  private appended(stream: string, expected: Expected, events: readonly ProposedRecord[]): WriteOutcome {
    const state = this.streams.get(stream);
    if (state?.tombstoned) return { ok: false, reason: 'deleted' };
    const size = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    for (const { id, type, data, metadata } of events) {
      const ofEvent = data.length + metadata.length + 2 * type.length;
      if (ofEvent > this.maxAppendEventSize)
        return { ok: false, reason: 'event-too-large', limit: this.maxAppendEventSize, id, size: ofEvent };
    }
    if (size > this.maxAppendSize) return { ok: false, reason: 'too-large', limit: this.maxAppendSize };
    const current = this.lastOf(stream);
    const deleted = this.metadata.get(stream)?.$tb === DELETED;
    const wrong = { ok: false, reason: 'wrong-expected', current: current < 0n ? undefined : current } as const;
    const before = (revision: bigint) => ({ ok: true, revision, position: this.log[state!.records[Number(revision)]!]!.position }) as const;
    if (expected === 'stream-exists' && (current < 0n || deleted)) return wrong;
    if (events.length === 0) return current < 0n ? { ok: true, revision: undefined, position: undefined } : before(current);
    if (expected === 'any' || expected === 'stream-exists') {
      const known = events.map(({ id }) => this.remembered.get(`${stream} ${id}`));
      // The first decides whether it is a repeat; then the others must be there too.
      if (known[0] !== undefined) return known.includes(undefined) ? wrong : before(known.at(-1)!);
    } else {
      const after = expected === 'no-stream' ? -1n : expected;
      const fits = after === current || (expected === 'no-stream' && deleted);
      if (!fits) {
        // Sent again: the events that stand where these would have gone are the same.
        const same = events.every(({ id }, index) => this.log[state?.records[Number(after) + 1 + index] ?? -1]?.id === id);
        return same ? before(after + BigInt(events.length)) : wrong;
      }
    }
    if (deleted) this.setMetadata(stream, { ...this.metadata.get(stream), $tb: Number(current) + 1 });
    return this.write(stream, events);
  }

  /** So many events of others, of streams that cannot be read by their names: a million takes some 40 MB. */
  addForeign(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.log.push(new ForeignRecord(this.end, n));
      this.end += FOREIGN_BYTES;
    }
  }

  /** As the server itself writes, without a limit. */
  emit(stream: string, event: ProposedRecord): void {
    if (!this.streams.get(stream)?.tombstoned) this.write(stream, [event]);
  }

  /** Deleted, a stream can be written again and goes on from its old revision. One that never was cannot be deleted. */
  delete(stream: string, expected: Expected): WriteOutcome {
    const nothingThere = this.lastOf(stream) < 0n && !this.metadata.has(stream);
    const refused = nothingThere ? ({ ok: false, reason: 'wrong-expected', current: undefined } as const) : this.refusal(stream, expected);
    return refused ?? this.setMetadata(stream, { ...this.metadata.get(stream), $tb: DELETED });
  }

  tombstone(stream: string, expected: Expected): WriteOutcome {
    const refused = this.refusal(stream, expected);
    if (refused) return refused;
    const written = this.write(stream, [
      {
        id: crypto.randomUUID(),
        type: '$streamDeleted',
        contentType: 'application/octet-stream',
        data: new Uint8Array(),
        metadata: new Uint8Array(),
      },
    ]);
    this.streams.get(stream)!.tombstoned = true;
    return written;
  }

  /** Records of a stream that may be read, oldest first. */
  stream(stream: string): readonly StoredRecord[] | 'not-found' | 'deleted' {
    const state = this.streams.get(stream);
    if (state?.tombstoned) return 'deleted';
    const { $maxCount, $maxAge, $tb } = this.metadata.get(stream) ?? {};
    if (!state || $tb === DELETED) return 'not-found';
    const from = Math.max($tb ?? 0, $maxCount === undefined ? 0 : state.records.length - $maxCount);
    const records = state.records.slice(from).map((index) => this.log[index]!);
    return $maxAge === undefined ? records : records.filter(({ created }) => created > this.clock() - $maxAge * 1_000);
  }

  /** Who may write to a stream; everybody where its metadata does not say. */
  writersOf(stream: string): string | string[] | undefined {
    return this.metadata.get(stream)?.$acl?.$w;
  }

  /** What a link event points at; undefined when it is not there any more. */
  target({ data }: StoredRecord): StoredRecord | undefined {
    const [, revision, stream] = /^(\d+)@(.+)$/s.exec(new TextDecoder().decode(data)) ?? [];
    const records = stream === undefined ? 'not-found' : this.stream(stream);
    return typeof records === 'string' ? undefined : records.find((record) => record.revision === BigInt(revision!));
  }

  /** Index in the log of the first record at or behind a position. */
  indexOf(position: bigint): number {
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.log[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Last revision ever written; -1 when nothing was. */
  private lastOf(stream: string): bigint {
    return BigInt(this.streams.get(stream)?.records.length ?? 0) - 1n;
  }

  private refusal(stream: string, expected: Expected): WriteOutcome | undefined {
    if (this.streams.get(stream)?.tombstoned) return { ok: false, reason: 'deleted' };
    const current = this.lastOf(stream);
    const fits =
      expected === 'any' || (expected === 'stream-exists' ? current >= 0n : current === (expected === 'no-stream' ? -1n : expected));
    return fits ? undefined : { ok: false, reason: 'wrong-expected', current: current < 0n ? undefined : current };
  }

  private setMetadata(stream: string, metadata: StreamMetadata): WriteOutcome {
    return this.write(`$$${stream}`, [jsonRecord('$metadata', metadata)]);
  }

  private write(stream: string, events: readonly ProposedRecord[]): WriteOutcome {
    let state = this.streams.get(stream);
    if (!state) this.streams.set(stream, (state = { records: [], tombstoned: false }));
    const created = this.clock();
    const written = events.map((event): StoredRecord => {
      const record = { ...event, stream, position: this.end, revision: BigInt(state.records.length), created };
      // A position is a place in a file: it grows by the size of what stands there.
      this.end += BigInt(event.data.length + event.metadata.length + 150);
      state.records.push(this.log.length);
      this.log.push(record);
      this.remembered.set(`${stream} ${event.id}`, record.revision);
      return record;
    });
    if (stream.startsWith('$$'))
      this.metadata.set(stream.slice(2), JSON.parse(new TextDecoder().decode(events.at(-1)!.data)) as StreamMetadata);
    for (const tell of [...this.listeners]) tell(written);
    const last = written.at(-1)!;
    return { ok: true, revision: last.revision, position: last.position };
  }
}

const FOREIGN_BYTES = 300n;
const FOREIGN_DATA = new TextEncoder().encode('{"of":"others"}');

class ForeignRecord implements StoredRecord {
  constructor(
    readonly position: bigint,
    private readonly n: number,
  ) {}

  get type(): string {
    return 'Noted';
  }
  get contentType(): string {
    return 'application/json';
  }
  get id(): string {
    return `ffffffff-0000-4000-8000-${this.n.toString(16).padStart(12, '0')}`;
  }
  get stream(): string {
    return `others.lead-${this.n % 50_000}`;
  }
  get revision(): bigint {
    return BigInt(Math.floor(this.n / 50_000));
  }
  get created(): number {
    return 1_700_000_000_000 + this.n;
  }
  get data(): Uint8Array {
    return FOREIGN_DATA;
  }
  get metadata(): Uint8Array {
    return FOREIGN_METADATA;
  }
}

const FOREIGN_METADATA = new TextEncoder().encode(
  '{"occurredAt":"2026-04-01T09:00:00+09:00","source":"others","sourceId":"1","initiator":"customer","actor":{"kind":"system","id":"others"},"schemaVersion":1}',
);

function jsonRecord(type: string, data: unknown): ProposedRecord {
  return {
    id: crypto.randomUUID(),
    type,
    contentType: 'application/json',
    data: new TextEncoder().encode(JSON.stringify(data)),
    metadata: new Uint8Array(),
  };
}
