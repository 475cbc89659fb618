import {
  DocumentHistory,
  draftDocument,
  noteVersion,
  proposeOnDocument,
  type DocumentWriter,
  publicationOf,
  publishDocument,
  readHistory,
  rollBackDocument,
  type DocumentAnswer,
  type DocumentDecision,
  type DocumentEvents,
  type DocumentRefusal,
  type Publication as DocumentPublication,
  type StoredDocument,
} from '@leadlog/documents';
import type { EventLog } from '@leadlog/event-log';
import { MOST_A_DAY, type LeadlogEvent } from '@leadlog/events';
import type { ModelDocumentText } from '../model/model-text';

/*
 * The life of a scoring model, as recorded in `model-<modelId>`: that of any document that people write (libs/documents), and what only
 * models have: how a publication counts for the past, what becomes of leads that it makes hot, and retirement.
 *
 *   drafted → published ⇄ rolled back → retired → published …
 */

export const MODEL_EVENTS: DocumentEvents = {
  noun: 'model',
  drafted: 'ScoringModelDrafted',
  published: 'ScoringModelPublished',
  category: 'model',
  subject: 'modelId',
  by: 'models',
};

// ---- state

/** The last publication is live unless the model is retired. */
export interface StoredModel extends StoredDocument<Publication> {
  /** Position of the event. */
  retired?: string;
}

export interface Publication extends DocumentPublication {
  /** How leads name it: the version; `<version>@<position>` if it was published for future events only. */
  knownAs: string;
  mode: 'retroactive' | 'prospective';
  handoffs: 'silent' | 'trickle' | 'all';
  perDay?: number;
}

export const initialStoredModel = (): StoredModel => ({ versions: [], published: [] });

export const livePublication = (state: StoredModel): Publication | undefined =>
  state.retired === undefined ? state.published.at(-1) : undefined;

/** Changes `state`. */
export function evolveStoredModel(state: StoredModel, event: LeadlogEvent): StoredModel {
  switch (event.type) {
    case 'ScoringModelDrafted':
      noteVersion(state, event.data.version, event);
      return state;
    case 'ScoringModelPublished': {
      noteVersion(state, event.data.version, event);
      const { version, mode, handoffs = 'all', perDay } = event.data;
      const publication = publicationOf(state, event, event.data);
      const original = state.published[publication.original];
      state.published.push({
        ...publication,
        knownAs: original?.knownAs ?? (mode === 'prospective' ? `${version}@${publication.position}` : version),
        mode,
        handoffs,
        ...(perDay !== undefined && { perDay }),
      });
      delete state.retired;
      return state;
    }
    case 'ScoringModelRetired':
      state.retired = String(event.position);
      return state;
    default:
      return state;
  }
}

// ---- history: the state with the documents

export class ModelHistory extends DocumentHistory<StoredModel> {
  constructor(readonly modelId: string) {
    super(MODEL_EVENTS, modelId, initialStoredModel());
  }

  protected override evolve(event: LeadlogEvent): void {
    evolveStoredModel(this.state, event);
  }

  static read(log: EventLog, modelId: string): Promise<ModelHistory> {
    return readHistory(log, new ModelHistory(modelId));
  }
}

// ---- decisions

export interface ModelRefusal extends Omit<DocumentRefusal, 'reason'> {
  reason: DocumentRefusal['reason'] | 'main-model' | 'per-day' | 'too-large';
}

export type ModelDecision = DocumentDecision<ModelRefusal>;

export const draft = (history: ModelHistory, document: ModelDocumentText): ModelDecision => draftDocument(history, document);

export interface Publish {
  /** A version drafted before, or a document to draft along with it. */
  what: { version: string } | ModelDocumentText;
  mode: 'retroactive' | 'prospective';
  handoffs: 'silent' | 'trickle' | 'all';
  perDay?: number;
  /** The model in force while nothing has been published. */
  insteadOf?: ModelDocumentText;
}

export function publish(history: ModelHistory, { what, mode, handoffs, perDay, insteadOf }: Publish): ModelDecision {
  const refused = refusedPerDay(handoffs, perDay);
  if (refused) return { refused };
  const live = livePublication(history.state);
  const isLive = live?.version === what.version && (mode === 'prospective' || live.knownAs === what.version);
  return publishDocument(history, {
    what,
    insteadOf,
    same: isLive ? live : undefined,
    more: { mode, handoffs, ...(perDay !== undefined && { perDay }) },
    moreOfFirst: { mode: 'retroactive', handoffs: 'all' },
  });
}

export interface Rollback {
  /** The version to roll back. Default: the live one. If given, a repeat changes nothing. */
  from?: string;
  handoffs: 'silent' | 'trickle' | 'all';
  perDay?: number;
}

/** Publishes again what was live before, exactly as it was then. */
export function rollback(history: ModelHistory, { from, handoffs, perDay }: Rollback): ModelDecision {
  const refused = refusedPerDay(handoffs, perDay);
  if (refused) return { refused };
  if (history.state.retired !== undefined)
    return { refused: { reason: 'nothing-published', expected: 'a model that is live', got: 'a retired model' } };
  return rollBackDocument(history, {
    live: livePublication(history.state),
    from,
    nameOf: ({ knownAs }) => knownAs,
    more: ({ mode }) => ({ mode, handoffs, ...(perDay !== undefined && { perDay }) }),
  });
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

// ---- the one way to write

export type ModelAnswer = DocumentAnswer<ModelRefusal>;

/** Decides on a model (decide.ts). */
export const proposeOnModel = (
  writer: DocumentWriter,
  modelId: string,
  decide: (history: ModelHistory) => ModelDecision,
): Promise<ModelAnswer> => proposeOnDocument<ModelHistory, ModelRefusal>(writer, () => new ModelHistory(modelId), decide);
