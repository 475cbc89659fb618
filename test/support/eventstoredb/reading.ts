import { status, type ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb';
import { checkpointMessage, eventMessage, exception, identifierOf, nameOf } from './messages';
import type { Storage, StoredRecord } from './storage';

/** Events that a live subscription may have waiting; one more ends it. */
const LIVE_BUFFER = 32;
/** Events searched in one go. */
const PAGE = 500;

type Options = streams.ReadReq.Options;

/** One call of Streams.Read: a bounded read, or a subscription until it is cancelled or dropped. */
export class Reading {
  private readonly options: Options;
  private readonly stream: string | undefined;
  private readonly passes: (record: StoredRecord) => boolean;
  private cancelled = false;
  private waiting: StoredRecord[] = [];
  private draining = false;
  private sinceCheckpoint = 0;
  private goOn: () => void = () => undefined;

  constructor(
    private readonly call: ServerWritableStream<streams.ReadReq, streams.ReadResp>,
    private readonly storage: Storage,
    private readonly terms: { stalled: boolean; onDropped: () => void },
  ) {
    this.options = call.request.getOptions()!;
    const ofStream = this.options.getStream();
    this.stream = ofStream && nameOf(ofStream.getStreamIdentifier());
    this.passes = filterOf(this.options.getFilter());
    const ended = () => {
      this.cancelled = true;
      this.goOn();
    };
    for (const event of ['cancelled', 'error', 'close']) call.on(event, ended);
    call.on('drain', () => this.goOn());
  }

  start(): void {
    void (this.options.hasSubscription() ? this.subscribe() : this.read());
  }

  private async read(): Promise<void> {
    const backwards = this.options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    const records = this.stream === undefined ? this.ofAll(backwards) : this.ofStream(backwards);
    if (!records) return;
    let left = BigInt(this.options.getCount());
    for (const record of records) {
      if (left <= 0n || this.cancelled) break;
      if (!this.passes(record)) continue;
      left -= 1n;
      await this.send(eventMessage(record));
    }
    this.call.end();
  }

  private *ofAll(backwards: boolean): Iterable<StoredRecord> {
    const { log } = this.storage;
    const all = this.options.getAll()!;
    const position = all.getPosition();
    if (backwards) {
      // From a position backwards is what stands before it.
      let index = (all.hasStart() ? 0 : position ? this.storage.indexOf(BigInt(position.getCommitPosition())) : log.length) - 1;
      for (; index >= 0; index -= 1) yield log[index]!;
    } else {
      let index = all.hasEnd() ? log.length : position ? this.storage.indexOf(BigInt(position.getCommitPosition())) : 0;
      for (; index < log.length; index += 1) yield log[index]!;
    }
  }

  private ofStream(backwards: boolean): readonly StoredRecord[] | undefined {
    const found = this.storage.stream(this.stream!);
    if (found === 'deleted') {
      this.call.emit('error', exception(status.FAILED_PRECONDITION, `Event stream '${this.stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': this.stream! }));
      return undefined;
    }
    if (found === 'not-found') {
      this.call.write(new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(this.stream!))));
      this.call.end();
      return undefined;
    }
    const from = this.options.getStream()!;
    const at = from.hasRevision() ? BigInt(from.getRevision()) : undefined;
    if (backwards) return [...found].reverse().filter(({ revision }) => (from.hasStart() ? revision === 0n : at === undefined || revision <= at));
    return found.filter(({ revision }) => (from.hasEnd() ? false : at === undefined || revision >= at));
  }

  // ---- subscriptions

  private async subscribe(): Promise<void> {
    await this.send(new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID())));
    if (this.terms.stalled) return;
    const { log } = this.storage;
    let next = this.firstToGive();
    while (next < log.length && !this.cancelled) {
      const page = log.slice(next, next + PAGE);
      for (const record of page) {
        if (this.cancelled) return;
        if (this.isWanted(record)) await this.send(eventMessage(record));
        this.sinceCheckpoint += 1;
      }
      // Behind the page, but it says where the page began.
      if (this.sinceCheckpoint >= this.checkpointEvery()) await this.checkpoint(page[0]!.position);
      next += page.length;
    }
    if (this.cancelled) return;
    const stop = this.storage.onWritten((records) => this.written(records));
    this.call.on('cancelled', stop);
    this.call.on('close', stop);
    await this.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
    // Written while that was on its way and before we listened: none, since nothing else runs between the last look and listening.
  }

  /** Index in the log of the first record behind what the client has. */
  private firstToGive(): number {
    const { log } = this.storage;
    const ofStream = this.options.getStream();
    const all = this.options.getAll();
    if (ofStream?.hasEnd() || all?.hasEnd()) return log.length;
    if (all?.hasPosition()) {
      const after = BigInt(all.getPosition()!.getCommitPosition());
      const index = this.storage.indexOf(after);
      return log[index]?.position === after ? index + 1 : index;
    }
    return 0;
  }

  private isWanted(record: StoredRecord): boolean {
    if (this.stream === undefined) return this.passes(record);
    if (record.stream !== this.stream) return false;
    const from = this.options.getStream()!;
    return !from.hasRevision() || record.revision > BigInt(from.getRevision());
  }

  private written(records: readonly StoredRecord[]): void {
    if (this.cancelled) return;
    for (const record of records) {
      this.sinceCheckpoint += 1;
      if (!this.isWanted(record)) {
        if (this.sinceCheckpoint >= this.checkpointEvery() && this.waiting.length === 0) void this.checkpoint(record.position);
        continue;
      }
      this.waiting.push(record);
    }
    if (this.waiting.length > LIVE_BUFFER) return this.drop();
    if (!this.draining) void this.drain();
  }

  private async drain(): Promise<void> {
    this.draining = true;
    // Not in the turn in which it was written: a burst meets a buffer that nobody has emptied yet.
    await new Promise((turn) => setImmediate(turn));
    while (this.waiting.length > 0 && !this.cancelled) {
      const record = this.waiting.shift()!;
      await this.send(eventMessage(record));
      if (this.sinceCheckpoint >= this.checkpointEvery()) await this.checkpoint(record.position);
    }
    this.draining = false;
  }

  private drop(): void {
    for (const record of this.waiting.slice(0, LIVE_BUFFER)) this.call.write(eventMessage(record));
    this.cancelled = true;
    this.waiting = [];
    this.terms.onDropped();
    this.call.emit('error', exception(status.ABORTED, 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.'));
  }

  private checkpointEvery(): number {
    const filter = this.options.getFilter();
    if (!filter) return Infinity;
    return (filter.hasMax() ? filter.getMax() : 32) * Math.max(1, filter.getCheckpointintervalmultiplier());
  }

  private async checkpoint(position: bigint): Promise<void> {
    this.sinceCheckpoint = 0;
    await this.send(checkpointMessage(position));
  }

  private async send(message: streams.ReadResp): Promise<void> {
    if (this.call.write(message) || this.cancelled) return;
    await new Promise<void>((drained) => (this.goOn = drained));
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
