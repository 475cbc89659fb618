import { Inject } from '@nestjs/common';
import { Command, CommandHandler, Query, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { LeadlogError } from '@leadlog/errors';
import { EVENT_LOG, type EventLog, type EventMetadata, type Position } from '@leadlog/event-log';
import { shown } from '@leadlog/events';
import { READ_MODELS, type ReadModels } from '@leadlog/projections';
import { CLOCK, type Clock } from '@leadlog/time';
import { differencesOf, type Difference } from './differences';
import type { DocumentKind, OfSettings, ReadDocument } from './document-kind';
import { isStreamOf } from './documents.projection';
import {
  documentStream,
  draftDocument,
  emptyHistory,
  proposeOnDocument,
  publishDocument,
  readHistory,
  rollBackDocument,
  type DocumentAnswer,
  type DocumentHistory,
  type DocumentRefusal,
  type Publication,
  type StoredDocument,
} from './stored-document';

/** Injection token of the kinds that are served, by name. */
export const DOCUMENT_KINDS = 'DocumentKinds';
export type ServedKinds = ReadonlyMap<string, ServedKind>;

export interface ServedKind {
  kind: DocumentKind;
  /** The document in force until one is published. */
  ofSettings?: () => OfSettings | undefined;
  /** Whether only the document that the settings name can be in force; others may be drafted. */
  onlyOfSettings?: boolean;
}

/** Injection token of the DocumentReader. */
export const DOCUMENT_READER = 'DocumentReader';

/** Reads documents that somebody sends, without holding up what others ask. */
export interface DocumentReader {
  /** `kind`: its name. Rejects with InvalidDocument. */
  read(kind: string, text: string, id: string): Promise<ReadDocument>;
}

type Actor = EventMetadata['actor'];
export type StoredRefusal = Omit<DocumentRefusal, 'reason'> & { reason: DocumentRefusal['reason'] | 'not-in-use' };
export type StoredAnswer = DocumentAnswer<StoredRefusal>;

export class UnknownDocument extends LeadlogError {
  readonly kind = 'unknown';

  constructor(pointer: string, expected: string, got: string) {
    super(`${pointer}: expected ${expected}, got ${got}`, { errors: [{ pointer, expected, got }] });
  }
}

/** A document as lists show it. Without a publication that of the settings counts (`ofSettings`: its version). */
export interface ListedDocument {
  id: string;
  state: StoredDocument;
  /** Whether it is, or would be, in force once it is published. */
  inUse: boolean;
  live?: Publication;
  ofSettings?: string;
}

export class ListDocuments extends Query<{ items: ListedDocument[]; through: Position }> {
  constructor(readonly kind: string) {
    super();
  }
}

@QueryHandler(ListDocuments)
export class ListDocumentsHandler implements IQueryHandler<ListDocuments> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
  ) {}

  async execute({ kind: name }: ListDocuments) {
    const served = this.kinds.get(name)!;
    const view = await this.readModels.view('documents');
    const states = new Map<string, StoredDocument>();
    const ofSettings = served.ofSettings?.();
    if (ofSettings) states.set(ofSettings.id, { versions: [], published: [] });
    for await (const [stream, state] of view.scan<StoredDocument>())
      if (isStreamOf(served.kind, stream)) states.set(idOfStream(served.kind, stream), state);
    const items = [...states].sort(([one], [other]) => (one < other ? -1 : 1)).map(([id, state]) => listed(served, id, state));
    return { items, through: view.through };
  }
}

function listed({ ofSettings: ofThem, onlyOfSettings }: ServedKind, id: string, state: StoredDocument): ListedDocument {
  const ofSettings = ofThem?.();
  const live = state.published.at(-1);
  const bySettings = ofSettings?.id === id;
  return { id, state, inUse: bySettings || !onlyOfSettings, live, ofSettings: bySettings && !live ? ofSettings.version : undefined };
}

/** What was drafted and published of one document, from the log: what was just said is there. Rejects with UnknownDocument. */
export class GetDocumentPast extends Query<ListedDocument & { through: Position }> {
  constructor(
    readonly kind: string,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetDocumentPast)
export class GetDocumentPastHandler implements IQueryHandler<GetDocumentPast> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
  ) {}

  async execute({ kind: name, id }: GetDocumentPast) {
    const served = this.kinds.get(name)!;
    const through = await this.log.head();
    const { state } = await readHistory(this.log, emptyHistory(served.kind, id));
    const found = listed(served, id, state);
    if (state.versions.length === 0 && found.ofSettings === undefined) throw unknownDocument(served.kind, id);
    return { ...found, through };
  }
}

const unknownDocument = ({ noun }: DocumentKind, id: string): UnknownDocument =>
  new UnknownDocument('/id', `a ${noun} that was drafted or published`, shown(id));

const idOfStream = ({ category, subject }: DocumentKind, stream: string): string =>
  subject === undefined ? category : stream.slice(category.length + 1);

/** The document in force, or any that was drafted or published. Rejects with UnknownDocument. */
export class GetDocument extends Query<{ version: string; text: string; definition: object }> {
  constructor(
    readonly kind: string,
    readonly id: string,
    readonly version?: string,
  ) {
    super();
  }
}

@QueryHandler(GetDocument)
export class GetDocumentHandler implements IQueryHandler<GetDocument> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
  ) {}

  async execute({ kind: name, id, version }: GetDocument) {
    const served = this.kinds.get(name)!;
    return documentOf(await readHistory(this.log, emptyHistory(served.kind, id)), served, '/version', version);
  }
}

/** What a document means; nothing is kept. Rejects with InvalidDocument. */
export class CheckDocument extends Query<{ version: string }> {
  constructor(
    readonly kind: string,
    readonly id: string,
    readonly text: string,
  ) {
    super();
  }
}

@QueryHandler(CheckDocument)
export class CheckDocumentHandler implements IQueryHandler<CheckDocument> {
  constructor(@Inject(DOCUMENT_READER) private readonly reader: DocumentReader) {}

  async execute({ kind, id, text }: CheckDocument) {
    const { version } = await this.reader.read(kind, text, id);
    return { version };
  }
}

/**
 * What differs between two versions, by default what would change if the newest draft were published (else, what the last publication
 * changed). Rejects with UnknownDocument.
 */
export class CompareDocuments extends Query<{ version: string; against: string; differences: Difference[] }> {
  constructor(
    readonly kind: string,
    readonly id: string,
    readonly version?: string,
    readonly against?: string,
  ) {
    super();
  }
}

@QueryHandler(CompareDocuments)
export class CompareDocumentsHandler implements IQueryHandler<CompareDocuments> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
  ) {}

  async execute({ kind: name, id, version: asked, against }: CompareDocuments) {
    const served = this.kinds.get(name)!;
    const history = await readHistory(this.log, emptyHistory(served.kind, id));
    const { versions, published } = history.state;
    const live = published.at(-1);
    const newest = versions.findLast(({ version }) => !published.some((one) => one.version === version))?.version;
    const before = live?.before === undefined ? undefined : published[live.before]!.version;
    const now = documentOf(history, served, '/version', asked ?? newest ?? live?.version);
    const usual = now.version === live?.version ? (before ?? now.version) : undefined;
    const earlier = documentOf(history, served, '/against', against ?? usual);
    return { version: now.version, against: earlier.version, differences: differencesOf(earlier.definition, now.definition) };
  }
}

/** Rejects with InvalidDocument. */
export class DraftDocument extends Command<StoredAnswer> {
  constructor(
    readonly kind: string,
    readonly id: string,
    readonly text: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(DraftDocument)
export class DraftDocumentHandler implements ICommandHandler<DraftDocument> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
    @Inject(DOCUMENT_READER) private readonly reader: DocumentReader,
  ) {}

  async execute({ kind: name, id, text, actor }: DraftDocument): Promise<StoredAnswer> {
    const { kind } = this.kinds.get(name)!;
    const document = await this.reader.read(name, text, id);
    return proposeOnDocument<DocumentHistory, StoredRefusal>(
      { log: this.log, clock: this.clock, actor },
      () => emptyHistory(kind, id),
      (history) => draftDocument(history, document),
    );
  }
}

/** Puts a version into force that was drafted, or a document that is drafted with it. Rejects with InvalidDocument. */
export class PublishDocument extends Command<StoredAnswer> {
  constructor(
    readonly kind: string,
    readonly id: string,
    readonly what: { version: string } | { text: string },
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(PublishDocument)
export class PublishDocumentHandler implements ICommandHandler<PublishDocument> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
    @Inject(DOCUMENT_READER) private readonly reader: DocumentReader,
  ) {}

  async execute({ kind: name, id, what: asked, actor }: PublishDocument): Promise<StoredAnswer> {
    const served = this.kinds.get(name)!;
    const { kind, onlyOfSettings } = served;
    const ofSettings = served.ofSettings?.();
    const what = 'text' in asked ? await this.reader.read(name, asked.text, id) : asked;
    if (onlyOfSettings && ofSettings && ofSettings.id !== id)
      return {
        ok: false,
        reason: 'not-in-use',
        expected: `${ofSettings.id}, the ${kind.noun} in use, as the settings name it`,
        got: id,
      };
    if ('version' in asked) await this.checkDraft(name, kind, id, asked.version);
    const insteadOf = ofSettings?.id === id ? ofSettings : undefined;
    return proposeOnDocument<DocumentHistory, StoredRefusal>(
      { log: this.log, clock: this.clock, actor },
      () => emptyHistory(kind, id),
      (history) => {
        const live = history.state.published.at(-1);
        return publishDocument(history, { what, insteadOf, same: live?.version === what.version ? live : undefined });
      },
    );
  }

  /** A draft is held to what a document is held to today; what has been in force counts as it stands. */
  private async checkDraft(name: string, kind: DocumentKind, id: string, version: string): Promise<void> {
    const history = await readHistory(this.log, emptyHistory(kind, id));
    const document = history.document(version);
    if (document && !history.state.published.some((one) => one.version === version))
      await this.reader.read(name, document.text ?? JSON.stringify(document.definition, null, 2), id);
  }
}

/** Publishes again what was in force before. `from`: the version that is left. */
export class RollBackDocument extends Command<StoredAnswer> {
  constructor(
    readonly kind: string,
    readonly id: string,
    readonly from: string | undefined,
    readonly actor: Actor,
  ) {
    super();
  }
}

@CommandHandler(RollBackDocument)
export class RollBackDocumentHandler implements ICommandHandler<RollBackDocument> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DOCUMENT_KINDS) private readonly kinds: ServedKinds,
  ) {}

  execute({ kind: name, id, from, actor }: RollBackDocument): Promise<StoredAnswer> {
    const { kind } = this.kinds.get(name)!;
    return proposeOnDocument<DocumentHistory, StoredRefusal>(
      { log: this.log, clock: this.clock, actor },
      () => emptyHistory(kind, id),
      (history) => rollBackDocument(history, { live: history.state.published.at(-1), from }),
    );
  }
}

/** By default the one in force, else the one drafted last. `pointer`: where the version was asked for. */
function documentOf(history: DocumentHistory, served: ServedKind, pointer: string, asked: string | undefined) {
  const { id, state } = history;
  const ofSettings = served.ofSettings?.();
  const settings = ofSettings?.id === id ? ofSettings : undefined;
  const version = asked ?? state.published.at(-1)?.version ?? settings?.version ?? state.versions.at(-1)?.version;
  const found = version === undefined ? undefined : (history.document(version) ?? (settings?.version === version ? settings : undefined));
  if (!found) {
    const known = [...state.versions.map((one) => one.version), ...(settings ? [settings.version] : [])];
    if (known.length === 0) throw unknownDocument(served.kind, id);
    throw new UnknownDocument(
      pointer,
      `a version of ${shown(documentStream(served.kind, id))}: ${[...new Set(known)].join(', ')}`,
      shown(asked),
    );
  }
  const { definition, text = JSON.stringify(definition, null, 2) } = found;
  return { version: version!, text, definition };
}
