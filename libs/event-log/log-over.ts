import type {
  Append,
  Appended,
  AppendOutcome,
  EventLog,
  EventPlace,
  ExpectedRevision,
  LogSlice,
  NewEvent,
  Position,
  ReadOptions,
  ReadStreamOptions,
  RecordedEvent,
  SubscribeOptions,
} from './log';

/** A log that does what another does, for those that do some of it otherwise. */
export class LogOver implements EventLog {
  constructor(protected readonly log: EventLog) {}

  get findsByStream(): boolean {
    return this.log.findsByStream;
  }

  /** See `subscriptionDrops`. */
  get drops(): unknown {
    return 'drops' in this.log ? this.log.drops : undefined;
  }

  append(stream: string, events: readonly NewEvent[], options: { expected: ExpectedRevision }): Promise<Appended> {
    return this.log.append(stream, events, options);
  }

  appendMany(appends: readonly Append[]): Promise<AppendOutcome[]> {
    return this.log.appendMany(appends);
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<readonly RecordedEvent[]> {
    return this.log.readStream(stream, options);
  }

  read(options?: ReadOptions): AsyncIterable<LogSlice> {
    return this.log.read(options);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<LogSlice> {
    return this.log.subscribe(options);
  }

  newestPlaces(limit: number): AsyncIterable<readonly EventPlace[]> {
    return this.log.newestPlaces(limit);
  }

  get followPlaces(): EventLog['followPlaces'] {
    return this.log.followPlaces && ((after) => this.log.followPlaces!(after));
  }

  head(): Promise<Position> {
    return this.log.head();
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
