import { decideOn, readState, type EventLog, type Fold, type NewEvent, type Position } from '@leadlog/event-log';
import { decisionId, decode, MOST_A_DAY, modelStream, ownEvent, type EventData, type LeadlogEvent } from '@leadlog/events';
import type { Clock } from '@leadlog/time';
import type { ModelDocumentText } from '../model/model-text';

/*
 * The life of a scoring model, as recorded in `model-<modelId>`: which versions were drafted, and which of them was live when.
 *
 *   drafted → published ⇄ rolled back → retired → published …
 *
 * A version is the hash of the meaning of a document, so documents with the same meaning are the same version.
 */

// ---- state

export interface StoredModel {
  /** In order of first appearance; `at` in ms. */
  versions: { version: string; draftedAt: number; position: string }[];
  /** In the order of the log; the last one is live unless the model is retired. */
  published: Publication[];
  /** Position of the event. */
  retired?: string;
}

export interface Publication {
  eventId: string;
  version: string;
  /** How leads name it: the version; `<version>@<position>` if it was published for future events only. */
  knownAs: string;
  mode: 'retroactive' | 'prospective';
  handoffs: 'silent' | 'trickle' | 'all';
  perDay?: number;
  position: string;
  /** When it was recorded, ms. */
  at: number;
  /** The publication whose model is in force (by number): this one, or the one that a rollback restored. */
  model: number;
  /** The publication (by number) that a rollback would restore. */
  before?: number;
}

export const initialStoredModel = (): StoredModel => ({ versions: [], published: [] });

export const livePublication = (state: StoredModel): Publication | undefined =>
  state.retired === undefined ? state.published.at(-1) : undefined;

/** Changes `state`. */
export function evolveStoredModel(state: StoredModel, event: LeadlogEvent): StoredModel {
  const position = String(event.position);
  switch (event.type) {
    case 'ScoringModelDrafted':
      noted(state, event.data.version, event);
      return state;
    case 'ScoringModelPublished': {
      noted(state, event.data.version, event);
      const { version, mode, handoffs = 'all', perDay, restores } = event.data;
      const number = state.published.length;
      const restored = restores === undefined ? -1 : state.published.findIndex(({ eventId }) => eventId === restores);
      const former = restored < 0 ? undefined : state.published[restored]!;
      state.published.push({
        eventId: event.id,
        version,
        knownAs: former?.knownAs ?? (mode === 'prospective' ? `${version}@${position}` : version),
        mode,
        handoffs,
        ...(perDay !== undefined && { perDay }),
        position,
        at: event.recordedAt,
        model: former?.model ?? number,
        ...(former ? former.before !== undefined && { before: former.before } : number > 0 && { before: number - 1 }),
      });
      delete state.retired;
      return state;
    }
    case 'ScoringModelRetired':
      state.retired = position;
      return state;
    default:
      return state;
  }
}

function noted(state: StoredModel, version: string, { recordedAt, position }: LeadlogEvent): void {
  if (!state.versions.some((one) => one.version === version))
    state.versions.push({ version, draftedAt: recordedAt, position: String(position) });
}

// ---- history: the state with the documents

export class ModelHistory {
  readonly state = initialStoredModel();
  private readonly documents = new Map<string, { definition: object; text?: string }>();

  constructor(readonly modelId: string) {}

  static async read(log: EventLog, modelId: string): Promise<ModelHistory> {
    return (await readState(log, modelStream(modelId), historyOf(modelId))).state;
  }

  add(event: LeadlogEvent): this {
    evolveStoredModel(this.state, event);
    if (event.type === 'ScoringModelDrafted') this.documents.set(event.data.version, event.data);
    else if (event.type === 'ScoringModelPublished' && !this.documents.has(event.data.version))
      this.documents.set(event.data.version, event.data);
    return this;
  }

  /** As last drafted; without text if it was never drafted as text. */
  document(version: string): { definition: object; text?: string } | undefined {
    return this.documents.get(version);
  }
}

const historyOf = (modelId: string): Fold<ModelHistory> => ({
  initial: () => new ModelHistory(modelId),
  evolve: (history, event) => history.add(decode(event)),
});

// ---- decisions

export interface ModelRefusal {
  reason: 'unknown-version' | 'nothing-published' | 'nothing-before' | 'another-is-live' | 'main-model' | 'per-day' | 'too-large';
  expected: string;
  got: string;
}

type Fact = { [Type in 'ScoringModelDrafted' | 'ScoringModelPublished' | 'ScoringModelRetired']: { type: Type; data: EventData[Type] } }[
  'ScoringModelDrafted' | 'ScoringModelPublished' | 'ScoringModelRetired'];

/** The events to record; or the position at which the same was done before. */
export type ModelDecision = { refused: ModelRefusal } | { facts: readonly Fact[]; version: string } | { done: string; version: string };

export function draft(history: ModelHistory, { version, definition, text }: ModelDocumentText): ModelDecision {
  const known = history.state.versions.find((one) => one.version === version);
  if (known && history.document(version)?.text === text) return { done: known.position, version };
  return { version, facts: [drafted(history.modelId, { version, definition, text })] };
}

export interface Publish {
  /** A version drafted before, or a document to draft along with it. */
  what: { version: string } | ModelDocumentText;
  mode: 'retroactive' | 'prospective';
  handoffs: 'silent' | 'trickle' | 'all';
  perDay?: number;
  /**
   * The model in force while nothing has been published: it becomes the first publication, so that later ones can build on it and roll back
   * to it.
   */
  insteadOf?: ModelDocumentText;
}

export function publish(history: ModelHistory, { what, mode, handoffs, perDay, insteadOf }: Publish): ModelDecision {
  const { state, modelId } = history;
  const { version } = what;
  const refused = refusedPerDay(handoffs, perDay);
  if (refused) return { refused };
  const facts: Fact[] = [];
  if ('definition' in what) {
    const decision = draft(history, what);
    if ('facts' in decision) facts.push(...decision.facts);
  }
  const definition =
    'definition' in what
      ? what.definition
      : (history.document(version)?.definition ?? (insteadOf?.version === version ? insteadOf.definition : undefined));
  if (!definition) {
    const known = state.versions.map((one) => one.version);
    return {
      refused: {
        reason: 'unknown-version',
        expected: known.length === 0 ? 'a drafted version, but there is none' : `a drafted version: ${known.join(', ')}`,
        got: version,
      },
    };
  }
  const live = livePublication(state);
  if (live?.version === version && (mode === 'prospective' || live.knownAs === version))
    return facts.length > 0 ? { facts, version } : { done: live.position, version };
  if (state.published.length === 0 && insteadOf) {
    if (!history.document(insteadOf.version)) facts.push(drafted(modelId, insteadOf));
    facts.push({
      type: 'ScoringModelPublished',
      data: { modelId, version: insteadOf.version, definition: insteadOf.definition, mode: 'retroactive', handoffs: 'all' },
    });
    if (insteadOf.version === version) return { facts, version };
  }
  facts.push({
    type: 'ScoringModelPublished',
    data: { modelId, version, definition, mode, handoffs, ...(perDay !== undefined && { perDay }) },
  });
  return { facts, version };
}

export interface Rollback {
  /** The version to roll back. Default: the live one. If given, a repeat changes nothing. */
  from?: string;
  handoffs: 'silent' | 'trickle' | 'all';
  perDay?: number;
}

/** Publishes again what was live before, exactly as it was then. */
export function rollback(history: ModelHistory, { from, handoffs, perDay }: Rollback): ModelDecision {
  const { state, modelId } = history;
  const refused = refusedPerDay(handoffs, perDay);
  if (refused) return { refused };
  const live = livePublication(state);
  if (!live)
    return {
      refused: {
        reason: 'nothing-published',
        expected: 'a model that is live',
        got: state.retired === undefined ? 'a model that was never published' : 'a retired model',
      },
    };
  if (from !== undefined && from !== live.version && from !== live.knownAs) {
    // Its own number differs from the number in force: it is the result of a rollback.
    const left = live.model === state.published.length - 1 ? undefined : state.published.at(-2);
    if (left && (from === left.version || from === left.knownAs)) return { done: live.position, version: live.version };
    return { refused: { reason: 'another-is-live', expected: `the live version, ${live.knownAs}`, got: from } };
  }
  const target = live.before === undefined ? undefined : state.published[live.before]!;
  if (!target)
    return {
      refused: { reason: 'nothing-before', expected: 'a publication before the live one', got: `${live.knownAs}, which is the first` },
    };
  const { version, mode, model } = target;
  const { definition } = history.document(version)!;
  const restores = state.published[model]!.eventId;
  return {
    version,
    facts: [
      {
        type: 'ScoringModelPublished',
        data: { modelId, version, definition, mode, handoffs, ...(perDay !== undefined && { perDay }), restores },
      },
    ],
  };
}

export function retire({ state, modelId }: ModelHistory, mainModel: string): ModelDecision {
  if (modelId === mainModel)
    return {
      refused: {
        reason: 'main-model',
        expected: 'a model other than the main one',
        got: `${modelId}, which decides handoffs; publish another version of it instead`,
      },
    };
  const last = state.published.at(-1);
  if (!last)
    return { refused: { reason: 'nothing-published', expected: 'a model that was published', got: 'a model that was never published' } };
  if (state.retired !== undefined) return { done: state.retired, version: last.version };
  return { version: last.version, facts: [{ type: 'ScoringModelRetired', data: { modelId, version: last.version } }] };
}

function refusedPerDay(handoffs: string, perDay: number | undefined): ModelRefusal | undefined {
  if (handoffs !== 'trickle')
    return perDay === undefined
      ? undefined
      : { reason: 'per-day', expected: `no perDay unless handoffs are trickle`, got: `${perDay} with ${handoffs}` };
  if (perDay !== undefined && Number.isInteger(perDay) && perDay >= 1 && perDay <= MOST_A_DAY) return undefined;
  return {
    reason: 'per-day',
    expected: `perDay, a whole number from 1 to ${MOST_A_DAY}`,
    got: perDay === undefined ? 'nothing' : String(perDay),
  };
}

function drafted(modelId: string, { version, definition, text }: Omit<ModelDocumentText, 'modelId'>): Fact {
  return { type: 'ScoringModelDrafted', data: { modelId, version, definition, text } };
}

// ---- the one way to write

export type ModelAnswer = { ok: true; version: string; position: Position; repeated: boolean } | ({ ok: false } & ModelRefusal);

/** Decides on a model (decide.ts). */
export async function proposeOnModel(
  log: EventLog,
  clock: Clock,
  modelId: string,
  decide: (history: ModelHistory) => ModelDecision,
): Promise<ModelAnswer> {
  let version = '';
  const answer = await decideOn<ModelHistory, ModelRefusal>(log, modelStream(modelId), historyOf(modelId), ({ state, revision }) => {
    const decision = decide(state);
    if ('refused' in decision) return decision;
    version = decision.version;
    if ('done' in decision) return { done: BigInt(decision.done) };
    const next = revision === 'no-stream' ? 0n : revision + 1n;
    return { append: decision.facts.map((fact, index) => recordedAs(fact, modelId, next + BigInt(index), clock())) };
  });
  return answer.ok ? { ...answer, version } : answer;
}

const recordedAs = ({ type, data }: Fact, modelId: string, revision: bigint, at: number): NewEvent =>
  ownEvent({ id: decisionId(type, modelId, String(revision)), type, data, at, by: 'models', actor: { kind: 'person', id: 'api' } });
