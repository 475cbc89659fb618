import { status, type ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb';
import type { Faults, Silences } from './faults';
import { caughtUpMessage, checkpointMessage, eventMessage, fellBehindMessage, exception, identifierOf, nameOf } from './messages';
import type { Storage, StoredRecord } from './storage';

/** What a live subscription may have waiting; one more ends it. */
const LIVE_BUFFER = 32;
/**
 * Of events that are written at once, one in five waits while the other four go out: a real server ends a live subscription in
 * a burst of a thousand after some 150, and bears an append of a hundred.
 */
const LEFT_WAITING = 5;
/** Messages on their way to a client that does not take them; with more, nothing goes out. */
const MOST_ON_THEIR_WAY = 256;
/** Events that a filtered subscription searches at a time unless the client asks for more, or any other in one go. */
const WINDOW = 32;
const PAGE = 500;
/** Matching events of one page while a subscription catches up. */
const MATCHES = 32;

type Options = streams.ReadReq.Options;

export interface ReadTerms {
  stalled: boolean;
  /** The last event is not there yet. */
  lagging: boolean;
  /** A live subscription that is too slow is caught up again, as from 24.2 on; otherwise it is dropped. */
  catchesUpAgain: boolean;
  silences: Silences;
  faults: Faults;
  onDropped(): void;
  onSent(): void;
}

/** One call of Streams.Read: a bounded read, or a subscription until it is cancelled or dropped. */
export class Reading {
  private readonly options: Options;
  private readonly stream: string | undefined;
  private readonly passes: (record: StoredRecord) => boolean;
  private readonly window: number;
  private readonly checkpointEvery: number;
  private cancelled = false;
  /** Of a live subscription, in order: events, and positions of checkpoints. */
  private waiting: (StoredRecord | bigint)[] = [];
  private draining = false;
  private published = 0;
  private sinceCheckpoint = 0;
  private sinceSilence = 0;
  /** Of the last event or checkpoint that went out. */
  private reached = -1n;
  private behind = false;
  private goOn: () => void = () => undefined;

  constructor(
    private readonly call: ServerWritableStream<streams.ReadReq, streams.ReadResp>,
    private readonly storage: Storage,
    private readonly terms: ReadTerms,
  ) {
    this.options = call.request.getOptions()!;
    const ofStream = this.options.getStream();
    this.stream = ofStream && nameOf(ofStream.getStreamIdentifier());
    const filter = this.options.getFilter();
    this.passes = filterOf(filter);
    this.window = filter ? (filter.hasMax() ? filter.getMax() : WINDOW) : PAGE;
    this.checkpointEvery = filter ? this.window * Math.max(1, filter.getCheckpointintervalmultiplier()) : Infinity;
    const ended = () => {
      this.cancelled = true;
      this.goOn();
    };
    for (const event of ['cancelled', 'error', 'close']) call.on(event, ended);
    call.on('drain', () => this.goOn());
  }

  async start(): Promise<void> {
    if (this.options.hasSubscription()) return this.subscribe();
    if (!this.terms.stalled) await this.read();
  }

  private async read(): Promise<void> {
    const backwards = this.options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    const records = this.stream === undefined ? this.ofAll(backwards) : this.ofStream(backwards);
    if (!records) return;
    let left = BigInt(this.options.getCount());
    let searched = 0;
    await this.terms.silences.pass();
    for (const record of records) {
      if (left <= 0n || this.cancelled) break;
      if (!this.passes(record)) {
        if ((searched += 1) % PAGE === 0) await this.pageSearched();
        continue;
      }
      left -= 1n;
      await this.sendEvent(record);
    }
    if (!this.cancelled) this.call.end();
  }

  private *ofAll(backwards: boolean): Iterable<StoredRecord> {
    const log = this.terms.lagging ? this.storage.log.slice(0, -1) : this.storage.log;
    const all = this.options.getAll()!;
    const position = all.getPosition();
    if (backwards) {
      // From a position backwards is what stands before it.
      let index = (all.hasStart() ? 0 : position ? this.storage.indexOf(BigInt(position.getCommitPosition())) : log.length) - 1;
      for (; index >= 0; index -= 1) yield log[index]!;
    } else {
      let index = all.hasEnd() ? log.length : position ? this.storage.indexOf(BigInt(position.getCommitPosition())) : 0;
      // Up to what was there when it began: a reader that is slower than the writers comes to an end.
      for (const end = log.length; index < end; index += 1) yield log[index]!;
    }
  }

  private ofStream(backwards: boolean): readonly StoredRecord[] | undefined {
    const found = this.storage.stream(this.stream!);
    if (found === 'deleted') {
      this.refuseDeleted();
      return undefined;
    }
    if (found === 'not-found') {
      this.call.write(
        new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(this.stream!))),
      );
      this.call.end();
      return undefined;
    }
    const from = this.options.getStream()!;
    const at = from.hasRevision() ? BigInt(from.getRevision()) : undefined;
    if (backwards)
      return [...found].reverse().filter(({ revision }) => (from.hasStart() ? revision === 0n : at === undefined || revision <= at));
    return found.filter(({ revision }) => (from.hasEnd() ? false : at === undefined || revision >= at));
  }

  private refuseDeleted(): void {
    this.call.emit(
      'error',
      exception(status.FAILED_PRECONDITION, `Event stream '${this.stream}' is deleted.`, {
        exception: 'stream-deleted',
        'stream-name': this.stream!,
      }),
    );
  }

  private messageOf(record: StoredRecord): streams.ReadResp {
    if (!this.options.getResolveLinks() || record.type !== '$>') return eventMessage(record);
    return eventMessage(this.storage.target(record), record);
  }

  // ---- subscriptions

  private async subscribe(): Promise<void> {
    if (this.stream !== undefined && this.storage.stream(this.stream) === 'deleted') return this.refuseDeleted();
    await this.send(
      new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID())),
    );
    if (this.terms.stalled) return;
    const all = this.options.getAll();
    const after = all?.getPosition() && BigInt(all.getPosition()!.getCommitPosition());
    const from = all?.hasEnd() ? this.storage.log.length : this.indexBehind(after);
    await (this.stream === undefined ? this.catchUpOnAll(from) : this.catchUpOnStream(this.stream));
    if (this.cancelled) return;
    // Nothing else has run between the last look at the log and this line, so nothing was written in between.
    this.reached = this.storage.log.at(-1)?.position ?? -1n;
    const stop = this.storage.onWritten((records) => this.written(records));
    for (const event of ['cancelled', 'error', 'close']) this.call.on(event, stop);
    await this.send(caughtUpMessage());
  }

  private indexBehind(after: bigint | undefined): number {
    if (after === undefined) return 0;
    const index = this.storage.indexOf(after);
    return this.storage.log[index]?.position === after ? index + 1 : index;
  }

  /**
   * By pages, each up to so many that match or were searched. Behind a page its checkpoint: of the last event that matched; where none did,
   * the place at which the page began, which for the first one is the end of the event asked for. Up to 23.10 none behind the last page, so
   * a short log has none.
   */
  private async catchUpOnAll(from: number): Promise<void> {
    const { log } = this.storage;
    const lagging = this.terms.lagging ? 1 : 0;
    await this.terms.silences.pass();
    for (let next = from; next < log.length - lagging && !this.cancelled;) {
      const page: StoredRecord[] = [];
      let at = log[next]!.position;
      let searched = 0;
      for (; next < log.length - lagging && searched < this.window && page.length < MATCHES; next += 1, searched += 1)
        if (this.passes(log[next]!)) page.push(log[next]!);
      for (const record of page) if (!this.cancelled) await this.sendEvent(record);
      if (page.length > 0) at = page.at(-1)!.position;
      this.sinceCheckpoint += searched;
      const isLast = next >= log.length - lagging;
      if (isLast ? this.terms.catchesUpAgain : this.sinceCheckpoint >= this.checkpointEvery) {
        this.sinceCheckpoint %= this.checkpointEvery;
        await this.sendCheckpoint(at);
      }
      if (page.length === 0) await this.pageSearched();
    }
  }

  private async catchUpOnStream(stream: string): Promise<void> {
    if (this.options.getStream()!.hasEnd()) return;
    for (let given = -1n; !this.cancelled;) {
      const records = this.storage.stream(stream);
      const news = typeof records === 'string' ? [] : records.filter((record) => record.revision > given && this.isWanted(record));
      if (news.length === 0) return;
      for (const record of news) if (!this.cancelled) await this.sendEvent(record);
      given = news.at(-1)!.revision;
    }
  }

  private isWanted(record: StoredRecord): boolean {
    if (this.stream === undefined) return this.passes(record);
    if (record.stream !== this.stream) return false;
    const from = this.options.getStream()!;
    return !from.hasRevision() || record.revision > BigInt(from.getRevision());
  }

  private written(records: readonly StoredRecord[]): void {
    for (const record of records) {
      if (this.isWanted(record)) this.publish(record);
      this.sinceCheckpoint += 1;
      if (this.sinceCheckpoint < this.checkpointEvery) continue;
      this.sinceCheckpoint = 0;
      this.publish(record.position);
    }
    if (this.waiting.length > 0 && !this.draining) void this.drain();
  }

  private publish(item: StoredRecord | bigint): void {
    if (this.cancelled || this.behind) return;
    this.waiting.push(item);
    if (this.waiting.length > LIVE_BUFFER)
      return this.terms.catchesUpAgain && this.stream === undefined ? void this.fallBehind() : this.drop();
    this.published += 1;
    if (this.published % LEFT_WAITING !== 0) this.sendNext();
  }

  private async drain(): Promise<void> {
    this.draining = true;
    while (this.waiting.length > 0 && !this.cancelled) {
      await new Promise((turn) => setImmediate(turn));
      while (this.sendNext());
      if (this.congested) await new Promise<void>((drained) => (this.goOn = drained));
    }
    this.draining = false;
  }

  private get congested(): boolean {
    return this.call.writableLength >= MOST_ON_THEIR_WAY;
  }

  private sendNext(): boolean {
    if (this.waiting.length === 0 || this.congested || this.cancelled) return false;
    const item = this.waiting.shift()!;
    this.reached = typeof item === 'bigint' ? item : item.position;
    if (typeof item !== 'bigint') this.terms.onSent();
    this.call.write(typeof item === 'bigint' ? checkpointMessage(item) : this.messageOf(item));
    return true;
  }

  /** What was waiting is read again, from where it stands. */
  private async fallBehind(): Promise<void> {
    this.behind = true;
    this.waiting = [];
    await this.send(fellBehindMessage());
    await this.sendCheckpoint(this.reached);
    await this.catchUpOnAll(this.indexBehind(this.reached));
    // Nothing else has run since the last look at the log.
    this.behind = false;
    if (!this.cancelled) await this.send(caughtUpMessage());
  }

  /** What was waiting still goes out. */
  private drop(): void {
    for (const item of this.waiting.slice(0, LIVE_BUFFER)) {
      if (typeof item === 'bigint') continue;
      this.terms.onSent();
      this.call.write(this.messageOf(item));
    }
    this.waiting = [];
    this.cancelled = true;
    this.terms.onDropped();
    this.call.emit(
      'error',
      exception(status.ABORTED, 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.'),
    );
  }

  private async sendEvent(record: StoredRecord): Promise<void> {
    if ((this.sinceSilence += 1) % this.terms.faults.silentEvery === 0) await this.terms.silences.pass();
    if (this.cancelled) return;
    this.reached = record.position;
    this.terms.onSent();
    await this.send(this.messageOf(record));
  }

  private async sendCheckpoint(position: bigint): Promise<void> {
    if (position < 0n || this.cancelled) return;
    if (position > this.reached) this.reached = position;
    await this.send(checkpointMessage(position));
  }

  /** In vain: others come to their turn. */
  private async pageSearched(): Promise<void> {
    await new Promise((turn) => setImmediate(turn));
    if ((this.sinceSilence += 1) % this.terms.faults.silentEvery === 0) await this.terms.silences.pass();
  }

  private async send(message: streams.ReadResp): Promise<void> {
    this.call.write(message);
    if (this.congested && !this.cancelled) await new Promise<void>((drained) => (this.goOn = drained));
  }
}

function filterOf(filter: streams.ReadReq.Options.FilterOptions | undefined): (record: StoredRecord) => boolean {
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (!filter || !expression) return () => true;
  const of = (record: StoredRecord) => (filter.hasStreamIdentifier() ? record.stream : record.type);
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (record) => prefixes.some((prefix) => of(record).startsWith(prefix));
  const regex = new RegExp(expression.getRegex());
  return (record) => regex.test(of(record));
}
