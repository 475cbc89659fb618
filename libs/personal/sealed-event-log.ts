import { isDeepStrictEqual } from 'node:util';
import {
  LogOver,
  LogUnavailable,
  type Append,
  type Appended,
  type AppendOutcome,
  type EventLog,
  type EventMetadata,
  type ExpectedRevision,
  type LogSlice,
  type NewEvent,
  type Position,
  type ReadOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
} from '@leadlog/event-log';
import { leadKey, leadOfStream, withTraits } from '@leadlog/events';
import { OTHERS, tellsOfOthers, withoutForgotten, withoutOthers, withOthers } from './others-inside';
import { subjectOfLead, type PersonalKey, type PersonalKeys } from './personal-keys';
import { forgottenData, joinedData, leftOfData, partedData, personalTypes, SEALED, withData, withoutClear } from './sealed-data';
import { openText, sealText } from './sealed-text';

/** As it stands in the JSON of a sealed event: nowhere else can a quote follow a comma unescaped. */
const IN_TEXT = `,"${SEALED}":"`;

/**
 * A log in which what is personal is recorded under the key of whom it is about: one ciphertext an event, and only in events that have
 * something personal. Who reads it has the events as they were appended; of somebody who is forgotten, what is not personal. Data are
 * opened when they are looked at.
 */
export class SealedEventLog extends LogOver {
  constructor(
    stored: EventLog,
    private readonly keys: PersonalKeys,
  ) {
    super(stored);
  }

  override async append(stream: string, events: readonly NewEvent[], { expected }: { expected: ExpectedRevision }): Promise<Appended> {
    const [outcome] = await this.appendMany([{ stream, events, expected }]);
    if (!outcome!.ok) throw outcome!.error;
    return outcome!.value;
  }

  override async appendMany(appends: readonly Append[]): Promise<AppendOutcome[]> {
    const parted = partedEvents(appends.flatMap(({ stream, events }) => events.map((event) => ({ stream, event }))));
    if (parted.size === 0) return this.log.appendMany(appends);
    let sealed: ReadonlyMap<NewEvent, object>;
    try {
      sealed = await sealedData(parted, this.keys);
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      return appends.map(() => ({ ok: false, error }));
    }
    const stored = (event: NewEvent): NewEvent => (sealed.has(event) ? { ...event, data: sealed.get(event)! } : event);
    return this.log.appendMany(appends.map((append) => ({ ...append, events: append.events.map(stored) })));
  }

  override async *readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<readonly RecordedEvent[]> {
    for await (const page of this.log.readStream(stream, options)) yield await this.opened(page);
  }

  override async *read(options?: ReadOptions): AsyncIterable<LogSlice> {
    for await (const slice of this.log.read(options)) yield { ...slice, events: await this.opened(slice.events) };
  }

  override async *subscribe(options?: SubscribeOptions): AsyncIterable<LogSlice> {
    for await (const slice of this.log.subscribe(options)) yield { ...slice, events: await this.opened(slice.events) };
  }

  private opened(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
    return openedEvents(events, this.keys);
  }
}

type Sealable = Pick<NewEvent, 'id' | 'type' | 'data'>;

interface Parts {
  subject: string;
  own: object;
  others: ReadonlyMap<string, string>;
  clear: object;
}

/** Those that have something personal. */
function partedEvents<Event extends Sealable>(placed: readonly { stream: string; event: Event }[]): ReadonlyMap<Event, Parts> {
  const parted = new Map<Event, Parts>();
  for (const { stream, event } of placed) {
    const parts = partedData(event.type, event.data);
    if (parts)
      parted.set(event, { subject: subjectOf(stream, event.data), clear: parts.clear, ...withoutOthers(event.type, parts.personal) });
  }
  return parted;
}

/** Their data with what is personal sealed. The keys are durable when it resolves. */
async function sealedData<Event extends Sealable>(
  parted: ReadonlyMap<Event, Parts>,
  keys: PersonalKeys,
): Promise<ReadonlyMap<Event, object>> {
  const sealed = new Map<Event, object>();
  const found = await keys.ensure(
    [...parted.values()].flatMap(({ subject, others }) => [subject, ...[...others.keys()].map(subjectOfLead)]),
  );
  for (const [event, parts] of parted) {
    const key = found.get(parts.subject);
    // Of somebody who is forgotten nothing personal is recorded any more.
    const personal = key === undefined ? '' : sealText(JSON.stringify(parts.own), key, placeOf(event));
    const others = [...parts.others].flatMap(([leadId, name]) => {
      const its = found.get(subjectOfLead(leadId));
      return its ? [[leadId, sealText(name, its, placeOf(event))] as const] : [];
    });
    sealed.set(event, { ...parts.clear, ...(others.length > 0 && { [OTHERS]: Object.fromEntries(others) }), [SEALED]: personal });
  }
  return sealed;
}

/**
 * The data as JSON, with what is personal sealed, of events that were recorded in clear; those that are not in clear are not among them. What
 * would not be read as before, once sealed, is left as it is, and told.
 */
export async function sealedAfterwards(
  events: readonly RecordedEvent[],
  keys: PersonalKeys,
  onLeft: (event: RecordedEvent) => void,
): Promise<ReadonlyMap<RecordedEvent, string>> {
  const clear = (events as readonly RecordedEvent<string, object>[]).filter((event) => withoutClear(event) !== event);
  const texts = new Map<RecordedEvent, string>();
  if (clear.length === 0) return texts;
  const sealed = await sealedData(partedEvents(clear.map((event) => ({ stream: event.stream, event }))), keys);
  const stored = clear.map((event) => withData(event, sealed.get(event)!));
  const [before, after] = [await openedEvents(clear, keys), await openedEvents(stored, keys)];
  const read = ({ type, data }: RecordedEvent) => withTraits(type, data as Record<string, unknown>);
  clear.forEach((event, at) => {
    if (isDeepStrictEqual(read(before[at]!), read(after[at]!))) texts.set(event, JSON.stringify(stored[at]!.data));
    else onLeft(event);
  });
  return texts;
}

async function openedEvents(events: readonly RecordedEvent[], personalKeys: PersonalKeys): Promise<readonly RecordedEvent[]> {
  const sealed = new Map<RecordedEvent, string>();
  for (const event of events) if (isSealed(event)) sealed.set(event, subjectOfRecorded(event));
  const forgotten = await personalKeys.forgotten();
  if (sealed.size === 0 && forgotten.size === 0) return events;
  const keys =
    sealed.size === 0 ? NO_KEYS : await personalKeys.keysOf([...sealed].flatMap(([event, subject]) => [subject, ...othersOf(event)]));
  return events.map((event) => {
    const subject = sealed.get(event);
    if (subject !== undefined) return new OpenedEvent(event, keys.get(subject) ?? 'no-key', forgotten, keys);
    // One from before there were keys.
    const isForgotten = forgotten.size > 0 && maySayWho(event.type) && forgotten.has(subjectOfRecorded(event));
    if (isForgotten) return new OpenedEvent(event, 'forgotten', forgotten);
    return forgotten.size > 0 && tellsOfOthers(event.type) ? new OpenedEvent(event, 'no-key', forgotten) : event;
  });
}

const NO_KEYS: ReadonlyMap<string, PersonalKey> = new Map();

/** An event whose data are opened on first access. */
class OpenedEvent implements RecordedEvent {
  private openedData: unknown;

  constructor(
    private readonly sealed: RecordedEvent,
    private readonly key: PersonalKey | 'no-key' | 'forgotten',
    private readonly forgotten: ReadonlySet<string>,
    /** Of others inside it. */
    private readonly keys = NO_KEYS,
  ) {}

  get id(): string {
    return this.sealed.id;
  }
  get type(): string {
    return this.sealed.type;
  }
  get stream(): string {
    return this.sealed.stream;
  }
  get streamSubject(): string | undefined {
    return this.sealed.streamSubject;
  }
  get revision(): bigint {
    return this.sealed.revision;
  }
  get position(): Position {
    return this.sealed.position;
  }
  get recordedAt(): number {
    return this.sealed.recordedAt;
  }
  get occurredAt(): number {
    return this.sealed.occurredAt;
  }
  get metadata(): EventMetadata {
    return this.sealed.metadata;
  }
  get metadataText(): string | undefined {
    return this.sealed.metadataText;
  }
  get data(): unknown {
    return (this.openedData ??= withoutForgotten(this.type, this.open(), (leadId) => this.forgotten.has(subjectOfLead(leadId))));
  }
  /** What is sealed leaves its place in the data. */
  mayHave(member: string): boolean {
    return this.sealed.mayHave?.(member) ?? true;
  }

  private open(): Record<string, unknown> {
    const clear = this.sealed.data as Record<string, unknown>;
    const sealed = clear[SEALED];
    if (typeof sealed !== 'string') return this.key === 'forgotten' ? (leftOfData(this.type, clear) as Record<string, unknown>) : clear;
    const text = typeof this.key === 'object' && sealed !== '' ? openText(sealed, this.key, placeOf(this.sealed)) : undefined;
    if (text === undefined) return forgottenData(this.type, clear);
    const others = (clear[OTHERS] ?? {}) as Record<string, string>;
    const personal = withOthers(this.type, JSON.parse(text) as Record<string, unknown>, (leadId) => {
      const its = this.keys.get(subjectOfLead(leadId));
      return its && others[leadId] !== undefined ? openText(others[leadId], its, placeOf(this.sealed)) : undefined;
    });
    return joinedData(clear, personal);
  }
}

/** A sealed text opens in its own event only. */
const placeOf = ({ id, type }: Pick<NewEvent, 'id' | 'type'>): string => `${type} ${id}`;

function isSealed({ dataText, data }: RecordedEvent): boolean {
  return dataText === undefined ? typeof (data as Record<string, unknown>)[SEALED] === 'string' : dataText.includes(IN_TEXT);
}

const TYPES: ReadonlySet<string> = new Set(personalTypes);
const maySayWho = (type: string): boolean => TYPES.has(type);

/** Subjects of others inside it; only events that hand a lead off have any. */
function othersOf({ type, data }: RecordedEvent): string[] {
  if (!tellsOfOthers(type)) return [];
  return Object.keys((data as { [OTHERS]?: object })[OTHERS] ?? {}).map(subjectOfLead);
}

function subjectOf(stream: string, data: object): string {
  const leadId = leadOfStream(stream) ?? (data as { leadId?: unknown }).leadId;
  return typeof leadId === 'string' ? subjectOfLead(leadId) : stream;
}

export function subjectOfRecorded(event: RecordedEvent): string {
  const leadId = leadKey(event);
  return leadId === undefined ? event.stream : subjectOfLead(leadId);
}
