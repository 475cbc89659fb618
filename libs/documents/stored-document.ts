import { decideOn, type EventLog, type EventMetadata, type Position } from '@leadlog/event-log';
import { decisionId, decode, ownEvent, type EventData, type EventType, type LeadlogEvent } from '@leadlog/events';
import type { Clock } from '@leadlog/time';

/*
 * The life of a document that people write, as recorded in a stream of its own: which versions were drafted, and which was in force when.
 *
 *   drafted → published ⇄ rolled back
 *
 * A version is the hash of the meaning of a document, so documents with the same meaning are the same version. What else a kind of document
 * has in its life (a scoring model: modes, handoffs, retirement), it adds to its own state, events and refusals.
 */

/** How a kind of document is recorded. */
export interface DocumentEvents {
  /** As messages call one: `handoff policy`. */
  noun: string;
  drafted: EventType;
  published: EventType;
  /** Start of the name of a stream. The name itself where there is only one document of the kind (no `subject`). */
  category: string;
  /** The member of the data of events that holds the id. */
  subject?: string;
  /** The part of Leadlog that records them. */
  by: string;
}

export const documentStream = ({ category, subject }: Pick<DocumentEvents, 'category' | 'subject'>, id: string): string =>
  subject === undefined ? category : `${category}-${id}`;

export const documentIdIn = ({ category, subject }: Pick<DocumentEvents, 'category' | 'subject'>, data: object): string =>
  subject === undefined ? category : String((data as Record<string, unknown>)[subject]);

/** A document that has been checked, as text and as data. */
export interface DocumentText {
  /** Hash of its meaning. */
  version: string;
  definition: object;
  text: string;
}

// ---- state

export interface StoredDocument<P extends Publication = Publication> {
  /** In order of first appearance; `at` in ms. */
  versions: { version: string; draftedAt: number; position: string }[];
  /** In the order of the log. */
  published: P[];
}

export interface Publication {
  eventId: string;
  version: string;
  position: string;
  /** When it was recorded, ms. */
  at: number;
  /** The publication whose document is in force (by number): this one, or the one that a rollback restored. */
  original: number;
  /** The publication (by number) that a rollback would restore. */
  before?: number;
}

export const initialStoredDocument = (): StoredDocument => ({ versions: [], published: [] });

type Recorded = Pick<LeadlogEvent, 'id' | 'position' | 'recordedAt'>;

/** Changes `state`. */
export function noteVersion(state: StoredDocument, version: string, { recordedAt, position }: Recorded): void {
  if (!state.versions.some((one) => one.version === version))
    state.versions.push({ version, draftedAt: recordedAt, position: String(position) });
}

/** The next publication of `state`, to which the caller adds it. `restores`: id of the event of the publication that counts again. */
export function publicationOf(
  { published }: StoredDocument,
  { id, position, recordedAt }: Recorded,
  { version, restores }: { version: string; restores?: string },
): Publication {
  const number = published.length;
  const former = restores === undefined ? undefined : published.find(({ eventId }) => eventId === restores);
  const before = former ? former.before : number > 0 ? number - 1 : undefined;
  return {
    eventId: id,
    version,
    position: String(position),
    at: recordedAt,
    original: former?.original ?? number,
    ...(before !== undefined && { before }),
  };
}

interface DraftedData {
  version: string;
  /** Undefined in events from before documents of the kind were stored: these put nothing into force. */
  definition?: object;
  text?: string;
}
type PublishedData = DraftedData & { restores?: string };

/** Changes `state`. Of a document whose life is no more than versions and publications. */
export function evolveStoredDocument(events: DocumentEvents, state: StoredDocument, event: LeadlogEvent): StoredDocument {
  if (event.type !== events.drafted && event.type !== events.published) return state;
  const data = event.data as PublishedData;
  if (data.definition === undefined) return state;
  noteVersion(state, data.version, event);
  if (event.type === events.published) state.published.push(publicationOf(state, event, data));
  return state;
}

// ---- history: the state with the documents

export abstract class DocumentHistory<State extends StoredDocument = StoredDocument> {
  private readonly documents = new Map<string, { definition: object; text?: string }>();

  constructor(
    readonly events: DocumentEvents,
    readonly id: string,
    readonly state: State,
  ) {}

  /** Changes the state. */
  protected abstract evolve(event: LeadlogEvent): void;

  get stream(): string {
    return documentStream(this.events, this.id);
  }

  add(event: LeadlogEvent): this {
    this.evolve(event);
    const { version, definition, text } = event.data as DraftedData;
    if (definition === undefined) return this;
    if (event.type === this.events.drafted) this.documents.set(version, { definition, text });
    else if (event.type === this.events.published && !this.documents.has(version)) this.documents.set(version, { definition });
    return this;
  }

  /** As last drafted; without text if it was never drafted as text. */
  document(version: string): { definition: object; text?: string } | undefined {
    return this.documents.get(version);
  }
}

class PlainHistory extends DocumentHistory {
  protected override evolve(event: LeadlogEvent): void {
    evolveStoredDocument(this.events, this.state, event);
  }
}

/** Of a document whose life is no more than versions and publications. */
export const emptyHistory = (events: DocumentEvents, id: string): DocumentHistory => new PlainHistory(events, id, initialStoredDocument());

/** Adds what the log holds of it. */
export async function readHistory<History extends DocumentHistory>(log: EventLog, history: History): Promise<History> {
  for await (const page of log.readStream(history.stream)) for (const event of page) history.add(decode(event));
  return history;
}

// ---- decisions

export interface DocumentRefusal {
  reason: 'unknown-version' | 'nothing-published' | 'nothing-before' | 'another-is-live';
  expected: string;
  got: string;
}

export interface Fact {
  type: EventType;
  data: EventData[EventType];
}

/** The events to record; or the position at which the same was done before. */
export type DocumentDecision<Refusal = DocumentRefusal> =
  { refused: Refusal } | { facts: readonly Fact[]; version: string } | { done: string; version: string };

export function draftDocument(history: DocumentHistory, document: DocumentText): DocumentDecision<never> {
  const { version, text } = document;
  const known = history.state.versions.find((one) => one.version === version);
  if (known && history.document(version)?.text === text) return { done: known.position, version };
  return { version, facts: [drafted(history, document)] };
}

export interface PublishDocument {
  /** A version drafted before, or a document to draft along with it. */
  what: { version: string } | DocumentText;
  /**
   * The document in force while nothing has been published: it becomes the first publication, so that later ones can build on it and roll
   * back to it.
   */
  insteadOf?: DocumentText;
  /** The publication in force if it already is what is asked for. */
  same: Publication | undefined;
  /** What the kind says of a publication beside its document; of that of `insteadOf`. */
  more?: object;
  moreOfFirst?: object;
}

export function publishDocument(history: DocumentHistory, { what, insteadOf, same, more, moreOfFirst }: PublishDocument): DocumentDecision {
  const { version } = what;
  const facts: Fact[] = [];
  if ('definition' in what) {
    const decision = draftDocument(history, what);
    if ('facts' in decision) facts.push(...decision.facts);
  }
  const definition =
    'definition' in what
      ? what.definition
      : (history.document(version)?.definition ?? (insteadOf?.version === version ? insteadOf.definition : undefined));
  if (!definition) return { refused: unknownVersion(history, version) };
  if (same) return facts.length > 0 ? { facts, version } : { done: same.position, version };
  if (history.state.published.length === 0 && insteadOf) {
    if (!history.document(insteadOf.version)) facts.push(drafted(history, insteadOf));
    facts.push(published(history, insteadOf.version, insteadOf.definition, moreOfFirst));
    if (insteadOf.version === version) return { facts, version };
  }
  facts.push(published(history, version, definition, more));
  return { facts, version };
}

function unknownVersion({ state }: DocumentHistory, version: string): DocumentRefusal {
  const known = state.versions.map((one) => one.version);
  return {
    reason: 'unknown-version',
    expected: known.length === 0 ? 'a drafted version, but there is none' : `a drafted version: ${known.join(', ')}`,
    got: version,
  };
}

export interface RollBackDocument<P extends Publication> {
  /** The publication in force. */
  live: P | undefined;
  /** The version to roll back. Default: the one in force. If given, a repeat changes nothing. */
  from?: string;
  /** How people name a publication, if not by its version. */
  nameOf?: (publication: P) => string;
  /** What the kind says of a publication beside its document. */
  more?: (restored: P) => object;
}

/** Publishes again what was in force before, exactly as it was then. */
export function rollBackDocument<P extends Publication>(
  history: DocumentHistory<StoredDocument<P>>,
  { live, from, nameOf = ({ version }) => version, more }: RollBackDocument<P>,
): DocumentDecision {
  const { noun } = history.events;
  const { published: all } = history.state;
  if (!live)
    return { refused: { reason: 'nothing-published', expected: `a ${noun} that is live`, got: `a ${noun} that was never published` } };
  if (from !== undefined && from !== live.version && from !== nameOf(live)) {
    // Its own number differs from the number in force: it is the result of a rollback.
    const left = live.original === all.length - 1 ? undefined : all.at(-2);
    if (left && (from === left.version || from === nameOf(left))) return { done: live.position, version: live.version };
    return { refused: { reason: 'another-is-live', expected: `the live version, ${nameOf(live)}`, got: from } };
  }
  const target = live.before === undefined ? undefined : all[live.before]!;
  if (!target)
    return {
      refused: { reason: 'nothing-before', expected: 'a publication before the live one', got: `${nameOf(live)}, which is the first` },
    };
  const { version, original } = target;
  const { definition } = history.document(version)!;
  return { version, facts: [published(history, version, definition, { ...more?.(target), restores: all[original]!.eventId })] };
}

const drafted = ({ events, id }: DocumentHistory, { version, definition, text }: DocumentText): Fact => ({
  type: events.drafted,
  data: { ...subjectOf(events, id), version, definition, text } as unknown as Fact['data'],
});

const published = ({ events, id }: DocumentHistory, version: string, definition: object, more: object = {}): Fact => ({
  type: events.published,
  data: { ...subjectOf(events, id), version, definition, ...more } as unknown as Fact['data'],
});

const subjectOf = ({ subject }: DocumentEvents, id: string): object => (subject === undefined ? {} : { [subject]: id });

// ---- the one way to write

export type DocumentAnswer<Refusal = DocumentRefusal> =
  { ok: true; version: string; position: Position; repeated: boolean } | ({ ok: false } & Refusal);

export interface DocumentWriter {
  log: EventLog;
  clock: Clock;
  actor: EventMetadata['actor'];
}

/** Decides on a document (decide.ts). `empty`: a history to which nothing was added. */
export async function proposeOnDocument<History extends DocumentHistory, Refusal extends object>(
  { log, clock, actor }: DocumentWriter,
  empty: () => History,
  decide: (history: History) => DocumentDecision<Refusal>,
): Promise<DocumentAnswer<Refusal>> {
  const { stream, id, events } = empty();
  let version = '';
  const fold = { initial: empty, evolve: (history: History, event: Parameters<typeof decode>[0]) => history.add(decode(event)) };
  const answer = await decideOn<History, Refusal>(log, stream, fold, ({ state, revision }) => {
    const decision = decide(state);
    if ('refused' in decision) return decision;
    version = decision.version;
    if ('done' in decision) return { done: BigInt(decision.done) };
    const next = revision === 'no-stream' ? 0n : revision + 1n;
    return {
      append: decision.facts.map(({ type, data }, index) =>
        ownEvent({ id: decisionId(type, id, String(next + BigInt(index))), type, data, at: clock(), by: events.by, actor }),
      ),
    };
  });
  return answer.ok ? { ...answer, version } : answer;
}
