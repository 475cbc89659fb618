import type { Holder } from '@leadlog/access';
import { catalogue, shown, type FieldError } from '@leadlog/events';
import type { ParsedEvent } from '@leadlog/ingestion';

/** What representatives record of their own work; answers to handoffs and relays have routes of their own. */
const OF_SALES = new Set([
  'BusinessCardExchanged',
  'CallCompleted',
  'AppointmentBooked',
  'AppointmentChanged',
  'MeetingHeld',
  'DealOpened',
  'DealStageChanged',
  'ProductProposed',
  'QuoteSubmitted',
  'ClosingAnswered',
  'DealWon',
  'DealLost',
  'NextActionPlanned',
  'NextActionCompleted',
]);
const unknown = [...OF_SALES].filter((type) => !catalogue.has(type));
if (unknown.length > 0) throw new TypeError(`the catalogue has no ${unknown.join(', ')}`);

/** An event that a key may not send is refused by itself; others of the same request are taken. */
export function withinLimits(parsed: ParsedEvent, { role, source, types, repId }: Holder): ParsedEvent {
  if (!parsed.ok) return parsed;
  if (role === 'rep') return asThemselves(parsed, repId!);
  if (source === undefined && types === undefined) return parsed;
  const { event } = parsed;
  const errors: FieldError[] = [];
  if (source !== undefined && event.source !== source)
    errors.push({ pointer: '/source', expected: `${source}, the only one of this key`, got: shown(event.source) });
  if (types !== undefined && !types.includes(event.type))
    errors.push({ pointer: '/type', expected: `one of ${types.join(', ')}, the only ones of this key`, got: shown(event.type) });
  return errors.length > 0 ? { ok: false, id: event.id, errors } : parsed;
}

/** Representatives record what they have done themselves, and the event says so. */
function asThemselves(parsed: Extract<ParsedEvent, { ok: true }>, repId: string): ParsedEvent {
  const { event } = parsed;
  const expected = `${repId}, whose key this is`;
  const errors: FieldError[] = [];
  if (!OF_SALES.has(event.type)) errors.push({ pointer: '/type', expected: `one of ${[...OF_SALES].join(', ')}`, got: shown(event.type) });
  const { repId: by, repIds: among } = event.data as Readonly<Record<string, unknown>>;
  if (by !== undefined && by !== repId) errors.push({ pointer: '/data/repId', expected, got: shown(by) });
  if (Array.isArray(among) && !among.includes(repId))
    errors.push({ pointer: '/data/repIds', expected: `${repId}, whose key this is, among them`, got: shown(among) });
  if (event.actor && (event.actor.kind !== 'rep' || event.actor.id !== repId))
    errors.push({ pointer: '/actorid', expected, got: shown(event.actor.id) });
  if (errors.length > 0) return { ok: false, id: event.id, errors };
  return {
    ok: true,
    event: { ...event, actor: { kind: 'rep', id: repId, ...(event.actor?.teamId !== undefined && { teamId: event.actor.teamId }) } },
  };
}
