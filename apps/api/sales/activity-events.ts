import type { Actor } from '@leadlog/event-log';
import { shown, unknownField, validateData, type FieldError } from '@leadlog/events';
import { parseStructured, type ParsedEvent } from '@leadlog/ingestion';

/** Ids are unique within it, so the same activities sent again are duplicates. */
const SOURCE = 'leadlog/activities';

/** What a representative records of their work, and where its data names who did it. */
const WHO: Readonly<Record<string, 'repId' | 'repIds' | undefined>> = {
  CallCompleted: 'repId',
  AppointmentBooked: 'repId',
  AppointmentChanged: undefined,
  MeetingHeld: 'repIds',
  DealOpened: 'repId',
  ProductProposed: undefined,
  QuoteSubmitted: undefined,
  ClosingAnswered: undefined,
  DealWon: undefined,
  DealLost: undefined,
  NextActionPlanned: undefined,
  NextActionCompleted: undefined,
};
export const ACTIVITY_TYPES: readonly string[] = Object.keys(WHO);

type Members = Readonly<Record<string, unknown>>;

export interface Of {
  id: string;
  leadId: string;
  repId: string;
  actor: Actor;
}

/** Events of what a representative did with a lead, all of them, or what is wrong with them; `pointer`s into the body. */
export function eventsOfActivities(activities: readonly Members[], of: Of): { events: ParsedEvent[]; errors: FieldError[] } {
  const made = activities.map((activity, place) => eventOf(activity, place, of));
  return { events: made.map(({ event }) => event), errors: made.flatMap(({ errors }) => errors) };
}

function eventOf(activity: Members, place: number, { id, leadId, repId, actor }: Of): { event: ParsedEvent; errors: FieldError[] } {
  const { type, time, data = {}, ...unknown } = activity;
  const at = `/activities/${place}`;
  if (!isMembers(data)) {
    const errors = [{ pointer: `${at}/data`, expected: 'an object', got: shown(data) }];
    return { event: { ok: false, errors }, errors };
  }
  const member = typeof type === 'string' && Object.hasOwn(WHO, type) ? WHO[type] : undefined;
  const who = member === undefined ? {} : { [member]: member === 'repIds' ? [repId] : repId };
  const whole: Record<string, unknown> = { ...who, ...data, leadId };
  const event = parseStructured({ specversion: '1.0', id: `${id}/${place}`, source: SOURCE, type, time, data: whole });
  if (event.ok) event.event.actor = actor;
  const errors = [
    ...Object.keys(unknown).map((name) => unknownField('', name, ['type', 'time', 'data'], unknown[name])),
    ...(ACTIVITY_TYPES.includes(type as string)
      ? []
      : [{ pointer: '/type', expected: `one of ${ACTIVITY_TYPES.join(', ')}`, got: shown(type) }]),
    ...anotherThan('/data/leadId', data['leadId'], leadId, 'the lead of the path, or nothing'),
    ...(member === undefined ? [] : anotherRep(member, whole[member], repId)),
  ];
  if (errors.length === 0) errors.push(...(event.ok ? validateData(type as 'CallCompleted', whole) : event.errors));
  return { event, errors: errors.map((error) => ({ ...error, pointer: `${at}${error.pointer}` })) };
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

const anotherThan = (pointer: string, got: unknown, wanted: string, expected: string): FieldError[] =>
  got === undefined || got === wanted ? [] : [{ pointer, expected, got: shown(got) }];

/** A meeting may be held by several, of whom one records it. */
const anotherRep = (member: 'repId' | 'repIds', got: unknown, repId: string): FieldError[] =>
  member === 'repIds' && Array.isArray(got) && got.includes(repId)
    ? []
    : anotherThan(`/data/${member}`, member === 'repIds' && Array.isArray(got) ? got[0] : got, repId, `${repId}, who did it`);
