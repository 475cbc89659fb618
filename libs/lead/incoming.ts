import type { Actor, EventMetadata, RecordedEvent } from '@leadlog/event-log';
import { catalogue, type EventDefinition } from './catalogue';
import type { IncomingEvent } from './cloudevents';
import { decode, nearestEventType } from './decode';
import { eventIdOf } from './event-ids';
import { cardIdentity, emailIdentity, identityOf, normalEmail, visitorIdentity, type Identity } from './identity';
import type { LeadIdentity } from './events/lead-reference';
import { shown } from './shown';
import { validateData, type FieldError } from './validate-data';

export type Data = Record<string, unknown>;

/** An event that the catalogue takes; only its lead may still have to be found. */
export interface Admitted {
  eventId: string;
  definition: EventDefinition;
  data: Data;
  metadata: EventMetadata;
  /** About a lead: which one, or by what identity. */
  leadId?: string;
  by?: Identity;
  tells: readonly Identity[];
}

interface Shape {
  definition: EventDefinition;
  aboutLead: boolean;
  byIdentity: boolean;
}

const shapes: ReadonlyMap<string, Shape> = new Map(
  [...catalogue].map(([type, definition]) => {
    const fields = definition.jsonSchema['properties'] as object;
    return [type, { definition, aboutLead: 'leadId' in fields, byIdentity: 'identity' in fields }];
  }),
);

const NO_TELLS: readonly Identity[] = Object.freeze([]);

/**
 * Everything the catalogue and the clock can say about one event. `latest`: ms; an event dated later is refused. `correlationId`:
 * of the piece of work that the event comes with, for one that names none itself.
 */
export function admit(event: IncomingEvent, latest: number, correlationId?: string): Admitted | readonly FieldError[] {
  const shape = shapes.get(event.type);
  if (shape === undefined) return [{ pointer: '/type', expected: `an event type of the catalogue; the nearest is ${nearestEventType(event.type)}`, got: shown(event.type) }];
  const { definition } = shape;
  if (definition.decision) {
    return [{ pointer: '/type', expected: 'a fact; this is a decision, which only Leadlog itself makes and stores', got: event.type }];
  }
  if (Date.parse(event.time) > latest) {
    return [{ pointer: '/time', expected: `a moment that has come (by this clock: not after ${new Date(latest).toISOString()})`, got: event.time }];
  }
  const upcast = event.schemaVersion === undefined || event.schemaVersion === definition.schemaVersion ? (event.data as Data) : upcastData(event, definition);
  if (Array.isArray(upcast)) return upcast as FieldError[];
  let data = upcast;
  if (shape.aboutLead) {
    if (shape.byIdentity) data = withNormalIdentity(data);
    else if (event.type === 'LeadsMerged' && data['leadId'] === undefined) data = { ...data, leadId: data['mergedId'] };
    if (event.subject !== undefined) {
      const named = withSubject(data, event.subject, shape);
      if (Array.isArray(named)) return named as FieldError[];
      data = named as Data;
    }
  }
  const errors = validateData(event.type, data);
  if (errors.length > 0) return errors;
  if (shape.aboutLead) {
    const wrong = wrongReference(event.type, data, shape);
    if (wrong) return [wrong];
  }
  const identity = data['identity'] as LeadIdentity | undefined;
  const admitted: Admitted = {
    eventId: eventIdOf(event.source, event.id),
    definition,
    data,
    metadata: metadataOf(event, definition, data, correlationId),
    tells: shape.byIdentity ? told(event.type, data) : NO_TELLS,
  };
  if (identity !== undefined) admitted.by = identityOf(identity);
  else if (shape.aboutLead) admitted.leadId = data['leadId'] as string;
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
  return metadata;
}

function actorOf(source: string, definition: EventDefinition, data: Data): Actor {
  if (definition.initiator === 'seller' && typeof data['repId'] === 'string') return { kind: 'rep', id: data['repId'] };
  return { kind: 'integration', id: source };
}

function upcastData(event: IncomingEvent, definition: EventDefinition): Data | FieldError[] {
  const old = { type: event.type, data: event.data, id: event.id, stream: event.source, revision: 0n, metadata: { schemaVersion: event.schemaVersion } };
  try {
    return decode(old as unknown as RecordedEvent).data as unknown as Data;
  } catch (error) {
    return [{ pointer: '/schemaversion', expected: `data of ${event.type} in schema version 1 to ${definition.schemaVersion}`, got: (error as Error).message }];
  }
}

function withNormalIdentity(data: Data): Data {
  const identity = data['identity'] as LeadIdentity | undefined;
  if (typeof identity?.email !== 'string') return data;
  const email = normalEmail(identity.email);
  return email === identity.email ? data : { ...data, identity: { ...identity, email } };
}

/** `subject` names the lead where data does not; where both do, in the same way, they must agree. */
function withSubject(data: Data, subject: string, shape: Shape): Data | FieldError[] {
  const { leadId, identity } = referenceOf(subject);
  const given = data['identity'] as LeadIdentity | undefined;
  if (data['leadId'] === undefined && given === undefined) {
    if (leadId !== undefined) return { ...data, leadId };
    if (shape.byIdentity) return { ...data, identity };
    return [{ pointer: '/subject', expected: 'a leadId: this event cannot name its lead by an identity', got: shown(subject) }];
  }
  if (leadId !== undefined && data['leadId'] !== undefined && leadId !== data['leadId']) {
    return [{ pointer: '/subject', expected: `the lead that data names, ${shown(data['leadId'])}`, got: shown(subject) }];
  }
  if (identity?.email !== undefined && given?.email !== undefined && identity.email !== given.email) {
    return [{ pointer: '/subject', expected: `the lead that data names, ${shown(given.email)}`, got: shown(subject) }];
  }
  return data;
}

/** `email:…`, `visitor:…`, `card:…`, `lead:…`, an address as it is, `<system>:<id>`; anything without a colon is a leadId. */
function referenceOf(subject: string): { leadId?: string; identity?: LeadIdentity } {
  const colon = subject.indexOf(':');
  if (colon === -1) return subject.includes('@') ? { identity: { email: normalEmail(subject) } } : { leadId: subject };
  const kind = subject.slice(0, colon);
  const value = subject.slice(colon + 1);
  switch (kind) {
    case 'lead':
      return { leadId: value };
    case 'email':
    case 'mailto':
      return { identity: { email: normalEmail(value) } };
    case 'visitor':
      return { identity: { visitorId: value } };
    case 'card':
      return { identity: { cardId: value } };
    default:
      return { identity: { foreign: { system: kind, id: value } } };
  }
}

/** What the schema cannot say: how `leadId` hangs together with the rest. */
function wrongReference(type: string, data: Data, shape: Shape): FieldError | undefined {
  if (type === 'LeadsMerged') {
    if (data['leadId'] !== data['mergedId']) return { pointer: '/data/leadId', expected: `the merged lead, ${shown(data['mergedId'])}, or nothing`, got: shown(data['leadId']) };
    if (data['survivorId'] === data['mergedId']) return { pointer: '/data/survivorId', expected: 'a lead other than the merged one', got: shown(data['survivorId']) };
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
