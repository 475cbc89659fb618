import type { RecordedEvent } from '@leadlog/event-log';
import { catalogue, personalPartOf, withTraits, type EventType, type FieldPath } from '@leadlog/events';
import { OTHERS } from './others-inside';

type Data = Record<string, unknown>;

/** The member of data that holds the sealed part, as base64. */
export const SEALED = 'personal';

interface PersonalOfType {
  paths: readonly FieldPath[];
  /** Names of the members of data in which something personal may stand. */
  members: readonly string[];
  needsIdentity: boolean;
}

const TYPES: ReadonlyMap<string, PersonalOfType> = new Map(
  [...catalogue.values()]
    .filter(({ personal }) => personal.length > 0)
    .map(({ type, personal, jsonSchema }) => [
      type,
      {
        paths: personal,
        members: [...new Set(personal.map(([name]) => name!))],
        needsIdentity: ((jsonSchema['required'] ?? []) as string[]).includes('identity'),
      },
    ]),
);

/** Types of events that may have something personal. */
export const personalTypes: readonly string[] = [...TYPES.keys()];

/**
 * What is personal in the data of an event, and the data with something empty in each place of that: of the same kind and in the same
 * order, so that a rule can still ask whether there was a text. Undefined if nothing is personal.
 */
export function partedData(type: string, data: object): { personal: Data; clear: Data } | undefined {
  const { paths, members } = TYPES.get(type as EventType) ?? {};
  if (!members?.some((name) => (data as Data)[name] !== undefined)) return undefined;
  const personal = personalPartOf(data, paths!);
  if (personal === undefined) return undefined;
  return { personal, clear: paths!.reduce<unknown>(emptiedAt, withTraits(type, data as Data)) as Data };
}

/** The data as they were before they were parted. */
export function joinedData({ [SEALED]: _, [OTHERS]: _others, ...clear }: Data, personal: Data): Data {
  return joined(clear, personal) as Data;
}

/**
 * What is left of the data of somebody who is forgotten. Traits tell which fields a profile had; an identity that is gone names nobody, and
 * is left out where an event can do without one.
 */
export function forgottenData(type: string, { [SEALED]: _, [OTHERS]: _others, ...left }: Data): Data {
  for (const name of ['profile', 'changes']) if (isObject(left[name])) left[name] = withoutEmpty(left[name]);
  if (isObject(left['identity']) && !TYPES.get(type)?.needsIdentity) delete left['identity'];
  return { ...left, erased: true };
}

/** How an event has been stored: in clear although it has something personal, sealed, without what it had, or with nothing personal. */
export function storedAs(type: string, data: object): 'clear' | 'sealed' | 'left out' | 'nothing personal' {
  const sealed = (data as Data)[SEALED];
  if (typeof sealed === 'string' && TYPES.has(type)) return sealed === '' ? 'left out' : 'sealed';
  return partedData(type, data) ? 'clear' : 'nothing personal';
}

/**
 * An event as it would be recorded of somebody who is forgotten, where it was recorded in clear: for copies that are to hold nothing personal
 * whatever the log has. The same event where nothing is in clear.
 */
export function withoutClear(event: RecordedEvent): RecordedEvent {
  const members = TYPES.get(event.type)?.members;
  // Most events have none of these members, and a log that keeps texts tells so without parsing them.
  if (!members?.some((name) => event.mayHave?.(name) ?? true)) return event;
  const stored = event.data as Data;
  if (typeof stored[SEALED] === 'string') return event;
  const parts = partedData(event.type, stored);
  if (!parts) return event;
  return withData(event, { ...parts.clear, [SEALED]: '' });
}

/** The same event with other data. */
export function withData(event: RecordedEvent, data: object): RecordedEvent {
  const { id, type, stream, revision, position, recordedAt, occurredAt, metadata, metadataText } = event;
  return { id, type, stream, revision, position, recordedAt, occurredAt, metadata, metadataText, data };
}

/** What is left of data in clear. The same where nothing is personal. */
export function leftOfData(type: string, data: object): object {
  const parts = partedData(type, data);
  return parts ? forgottenData(type, parts.clear as Data) : data;
}

/** Whether data are what is left of an event of somebody who is forgotten. */
export const isErased = (data: unknown): boolean => (data as { erased?: unknown }).erased === true;

function emptiedAt(from: unknown, [name, ...rest]: FieldPath): unknown {
  if (name === undefined) return emptyOf(from);
  if (name === '*') return Array.isArray(from) ? from.map((entry) => emptiedAt(entry, rest)) : from;
  if (!isObject(from) || !Object.hasOwn(from, name)) return from;
  return { ...from, [name]: emptiedAt(from[name], rest) };
}

function emptyOf(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (Array.isArray(value)) return [];
  return isObject(value) ? {} : value;
}

function joined(clear: unknown, part: unknown): unknown {
  // An entry of a list that has nothing personal.
  if (part === undefined || part === null) return clear;
  if (Array.isArray(clear) && Array.isArray(part) && clear.length === part.length)
    return clear.map((entry, place) => joined(entry, part[place]));
  if (!isObject(clear) || !isObject(part) || Object.keys(clear).length === 0) return part;
  const whole: Data = { ...clear };
  for (const [name, value] of Object.entries(part)) whole[name] = joined(clear[name], value);
  return whole;
}

const withoutEmpty = (object: Data): Data => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== ''));

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);
