import { isDeepStrictEqual } from 'node:util';
import type { Actor, EventMetadata, RecordedEvent } from '@leadlog/event-log';
import {
  catalogue,
  decode,
  eventIdOf,
  nearestEventType,
  parseEmail,
  schemaErrors,
  shown,
  withTraits,
  type EventDefinition,
  type FieldError,
  type LeadIdentity,
} from '@leadlog/events';
import { cardIdentity, emailIdentity, identityOf, visitorIdentity, type Identity } from '@leadlog/lead';
import type { IncomingEvent } from './cloudevents';
import { parseSubject } from './subject';

export type Data = Record<string, unknown>;

/** An event accepted by the catalogue; only its lead may still have to be found. */
export interface Admitted {
  eventId: string;
  definition: EventDefinition;
  data: Data;
  metadata: EventMetadata;
  /** For an event about a lead: which lead, or by which identity. */
  leadId?: string;
  by?: Identity;
  tells: readonly Identity[];
}

interface Shape {
  definition: EventDefinition;
  fields: object;
  aboutLead: boolean;
  byIdentity: boolean;
}

const shapes: ReadonlyMap<string, Shape> = new Map(
  [...catalogue].map(([type, definition]) => {
    const fields = definition.jsonSchema['properties'] as object;
    return [type, { definition, fields, aboutLead: 'leadId' in fields, byIdentity: 'identity' in fields }];
  }),
);

const NO_TELLS: readonly Identity[] = Object.freeze([]);

/**
 * Checks one event by the catalogue and the clock. `latest`: ms; an event dated later is refused. `correlationId`:
 * of the work in progress, for an event that names none itself.
 */
export function admit(event: IncomingEvent, latest: number, correlationId?: string): Admitted | readonly FieldError[] {
  const shape = shapes.get(event.type);
  if (shape === undefined)
    return [
      {
        pointer: '/type',
        expected: `an event type of the catalogue; the nearest is ${nearestEventType(event.type)}`,
        got: shown(event.type),
      },
    ];
  const { definition } = shape;
  if (definition.decision) {
    return [{ pointer: '/type', expected: 'a fact; this event is a decision, which only Leadlog makes and records', got: event.type }];
  }
  if (Date.parse(event.time) > latest) {
    return [
      {
        pointer: '/time',
        expected: `a time that is not in the future (by the clock of this machine, not after ${new Date(latest).toISOString()})`,
        got: event.time,
      },
    ];
  }
  const upcast =
    event.schemaVersion === undefined || event.schemaVersion === definition.schemaVersion
      ? (event.data as Data)
      : upcastData(event, definition);
  if (Array.isArray(upcast)) return upcast as FieldError[];
  let data = upcast;
  let by: Identity | undefined;
  if (shape.aboutLead) {
    if (event.type === 'LeadsMerged' && data['leadId'] === undefined) data = { ...data, leadId: data['mergedId'] };
    if (event.subject !== undefined) {
      const named = withSubject(data, event.subject, shape);
      if ('pointer' in named) return [named];
      ({ data, by } = named);
    }
  }
  // As sent, because older claims are found by the original spelling of an address.
  const sent = data;
  const wrongAddresses: FieldError[] = [];
  if (shape.byIdentity) data = withNormalAddresses(data, wrongAddresses);
  let errors = schemaErrors(event.type, data);
  if (wrongAddresses.length > 0)
    errors = [...wrongAddresses, ...errors.filter(({ pointer }) => wrongAddresses.every((wrong) => wrong.pointer !== pointer))];
  if (errors.length > 0)
    return event.subject === undefined
      ? errors
      : errors.map((error) => (namedBySubject(error, upcast) ? { ...error, pointer: '/subject' } : error));
  if (shape.aboutLead) {
    const wrong = wrongReference(event.type, data, shape);
    if (wrong) return [namedBySubject(wrong, upcast) && event.subject !== undefined ? { ...wrong, pointer: '/subject' } : wrong];
  }
  if ('traits' in shape.fields) {
    const { traits, ...others } = data;
    const derived = withTraits(event.type, others);
    if (traits !== undefined && !isDeepStrictEqual(traits, derived['traits']))
      return [
        { pointer: '/data/traits', expected: `nothing, or what follows from the profile: ${shown(derived['traits'])}`, got: shown(traits) },
      ];
    data = derived;
  }
  const identity = sent['identity'] as LeadIdentity | undefined;
  const admitted: Admitted = {
    eventId: eventIdOf(event.source, event.id),
    definition,
    data,
    metadata: metadataOf(event, definition, data, correlationId),
    tells: shape.byIdentity ? told(event.type, sent) : NO_TELLS,
  };
  if (!shape.aboutLead) return admitted;
  if (identity !== undefined) admitted.by = by ?? identityOf(identity);
  else admitted.leadId = data['leadId'] as string;
  return admitted;
}

function metadataOf(event: IncomingEvent, definition: EventDefinition, data: Data, given: string | undefined): EventMetadata {
  const metadata: EventMetadata = {
    occurredAt: event.time,
    source: event.source,
    sourceId: event.id,
    initiator: event.initiator ?? definition.initiator,
    actor: event.actor ?? actorOf(event.source, definition, data),
    schemaVersion: definition.schemaVersion,
  };
  const correlationId = event.correlationId ?? given;
  if (correlationId !== undefined) metadata.correlationId = correlationId;
  if (event.causationId !== undefined) metadata.causationId = event.causationId;
  if (event.decisions !== undefined) metadata.decisions = event.decisions;
  return metadata;
}

function actorOf(source: string, definition: EventDefinition, data: Data): Actor {
  if (definition.initiator === 'seller' && typeof data['repId'] === 'string') return { kind: 'rep', id: data['repId'] };
  return { kind: 'integration', id: source };
}

function upcastData(event: IncomingEvent, definition: EventDefinition): Data | FieldError[] {
  const old = {
    type: event.type,
    data: event.data,
    id: event.id,
    stream: event.source,
    revision: 0n,
    metadata: { schemaVersion: event.schemaVersion },
  };
  try {
    return decode(old as unknown as RecordedEvent).data as unknown as Data;
  } catch (error) {
    return [
      {
        pointer: '/schemaversion',
        expected: `data of ${event.type} in schema version 1 to ${definition.schemaVersion}`,
        got: (error as Error).message,
      },
    ];
  }
}

/** Fields of an event that may hold an address. */
const ADDRESSED = ['identity', 'profile', 'changes'] as const;

/** Adds invalid addresses to `wrong`. */
export function withNormalAddresses(data: Data, wrong: FieldError[]): Data {
  let normal = data;
  for (const holder of ADDRESSED) {
    const held = data[holder] as { email?: unknown } | null | undefined;
    // The schema reports a value of the wrong type.
    if (typeof held !== 'object' || typeof held?.email !== 'string') continue;
    const email = parseEmail(held.email);
    if (email === undefined) wrong.push({ pointer: `/data/${holder}/email`, expected: 'an e-mail address', got: shown(held.email) });
    else if (email !== held.email) normal = { ...normal, [holder]: { ...held, email } };
  }
  return normal;
}

const namedBySubject = ({ pointer }: FieldError, sent: Data): boolean =>
  (pointer === '/data/leadId' && sent['leadId'] === undefined) ||
  (/^\/data\/identity(\/|$)/.test(pointer) && sent['identity'] === undefined);

/** `subject` names the lead if data does not; if both do, in the same way, they must agree. */
function withSubject(data: Data, subject: string, shape: Shape): { data: Data; by?: Identity } | FieldError {
  const parsed = parseSubject(subject);
  if ('pointer' in parsed) return parsed;
  const given = data['identity'] as LeadIdentity | undefined;
  const named = data['leadId'] !== undefined || given !== undefined;
  const other = (expected: unknown): FieldError => ({
    pointer: '/subject',
    expected: `the lead named in data, ${shown(expected)}`,
    got: shown(subject),
  });
  if ('leadId' in parsed) {
    const { leadId } = parsed;
    if (!named) return { data: { ...data, leadId } };
    return data['leadId'] === undefined || data['leadId'] === leadId ? { data } : other(data['leadId']);
  }
  const { by } = parsed;
  if (!named) {
    if (shape.byIdentity) return { data: { ...data, identity: by.identity }, by };
    return { pointer: '/subject', expected: 'a leadId, because this event cannot name its lead by an identity', got: shown(subject) };
  }
  const [kind] = Object.keys(by.identity) as [keyof LeadIdentity];
  const same = wellFormed(given, kind);
  return same === undefined || identityOf(same).key === by.key ? { data } : other(same[kind]);
}

/** The identity in data, if it is of this kind; the schema reports an invalid one. */
function wellFormed(given: LeadIdentity | undefined, kind: keyof LeadIdentity): LeadIdentity | undefined {
  const value: unknown = given?.[kind];
  if (kind !== 'foreign') return typeof value === 'string' ? { [kind]: value } : undefined;
  const { system, id } = (value ?? {}) as { system?: unknown; id?: unknown };
  return typeof system === 'string' && typeof id === 'string' ? { foreign: { system, id } } : undefined;
}

/** `GET /v1/leads/duplicates` is a list: a lead of this id could not be read back. */
const TAKEN = 'duplicates';

/** Checks that the schema cannot express: how `leadId` relates to the other fields. */
function wrongReference(type: string, data: Data, shape: Shape): FieldError | undefined {
  if (data['leadId'] === TAKEN)
    return { pointer: '/data/leadId', expected: `another id, because ${TAKEN} is the name of a list of leads`, got: shown(TAKEN) };
  if (type === 'LeadsMerged') {
    if (data['leadId'] !== data['mergedId'])
      return { pointer: '/data/leadId', expected: `the merged lead, ${shown(data['mergedId'])}, or nothing`, got: shown(data['leadId']) };
    if (data['survivorId'] === data['mergedId'])
      return { pointer: '/data/survivorId', expected: 'a lead other than the merged one', got: shown(data['survivorId']) };
  } else if (type === 'LeadsKeptApart' && data['otherId'] === data['leadId']) {
    return { pointer: '/data/otherId', expected: 'a lead other than leadId', got: shown(data['otherId']) };
  } else if (!shape.byIdentity && data['leadId'] === undefined) {
    return { pointer: '/data/leadId', expected: 'the id of the lead concerned', got: 'nothing' };
  }
  return undefined;
}

function told(type: string, data: Data): readonly Identity[] {
  switch (type) {
    case 'LeadCaptured':
      return emailOf(data['profile']);
    case 'ProfileUpdated':
      return emailOf(data['changes']);
    case 'VisitorIdentified':
      return [visitorIdentity(data['visitorId'] as string)];
    case 'BusinessCardExchanged':
    case 'BusinessCardHandedToMarketing':
      return [cardIdentity(data['cardId'] as string)];
    default:
      return NO_TELLS;
  }
}

function emailOf(profile: unknown): readonly Identity[] {
  const { email } = profile as { email?: string };
  return email === undefined ? NO_TELLS : [emailIdentity(email)];
}
