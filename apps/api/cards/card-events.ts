import { parseEmail, unknownField, validateData, type FieldError } from '@leadlog/events';
import { parseStructured, type IngestResult, type ParsedEvent } from '@leadlog/ingestion';
import type { RecordedCards } from './cards.answers';

/** Ids are unique within it, so the same card sent again is a duplicate. */
const SOURCE = 'leadlog/cards';

const text = (description?: string) => ({ type: 'string', ...(description && { description }) });

/** A card as it is sent, for the document of the API. */
export const CARD_FIELDS = {
  cardId: text('Yours; one card, one id'),
  repId: text('Who exchanged it'),
  teamId: text('Team of the representative'),
  exchangedAt: { ...text('RFC 3339 with an offset'), format: 'date-time' },
  place: { type: 'string', enum: ['onsite', 'online'], default: 'onsite' },
  leadId: text('The person, if you know the id; by default whoever has this address or this card, or somebody new'),
  accountId: text('The company'),
  origin: text(),
  campaignId: text(),
  region: text(),
  profile: {
    type: 'object',
    description: 'What the card says: name, email, phone, company, department, title, industry, employees',
    additionalProperties: true,
  },
};

type Members = Readonly<Record<string, unknown>>;
type RecordedCard = RecordedCards['results'][number];

export type CardEvents = { ok: true; cardId: string; events: ParsedEvent[] } | { ok: false; answer: RecordedCard };

/** A person captured by a card, and its exchange: both, or what is wrong. `pointer`: of the card in the body; `by`: the key or person it came from. */
export function eventsOfCard(card: Members, pointer: string, by: string): CardEvents {
  const { cardId, repId, teamId, exchangedAt: time, place = 'onsite', leadId, accountId, profile: given = {}, ...rest } = card;
  const { origin, campaignId, region, ...unknown } = rest;
  const profile = withNormalEmail(given);
  const { email } = (profile ?? {}) as Members;
  const who = present({ leadId, ...(leadId === undefined && { identity: email === undefined ? { cardId } : { email } }), accountId });
  const event = (what: string, type: string, data: Members): [type: string, data: Members, event: ParsedEvent] => {
    const attributes = { specversion: '1.0', id: `${String(cardId)}/${what}`, source: SOURCE, type, time };
    const actor = teamId === undefined ? {} : { actorkind: 'rep', actorid: repId, actorteam: teamId };
    const parsed = parseStructured({ ...attributes, ...actor, data });
    if (parsed.ok && typeof repId === 'string') parsed.event.actor = { kind: 'rep', id: repId, ...parsed.event.actor, by };
    return [type, data, parsed];
  };
  const made = [
    event('captured', 'LeadCaptured', { ...who, channel: 'card', ...present({ origin, campaignId, region }), profile }),
    event('exchanged', 'BusinessCardExchanged', { ...who, ...present({ cardId, repId, place }) }),
  ];
  const errors = [
    ...Object.entries(unknown).map(([name, value]) => unknownField('', name, Object.keys(CARD_FIELDS), value)),
    ...made.flatMap(([type, data, parsed]) => (parsed.ok ? validateData(type as 'LeadCaptured', data) : parsed.errors)),
  ];
  const named = typeof cardId === 'string' ? { cardId } : {};
  if (errors.length > 0) return { ok: false, answer: { ...named, result: 'rejected', errors: inCard(errors, pointer) } };
  return { ok: true, cardId: cardId as string, events: made.map(([, , parsed]) => parsed) };
}

/** One answer about the events of a card. */
export function answerOfCard(cardId: string, results: readonly IngestResult[], pointer: string): RecordedCard {
  const has = (result: IngestResult['result']): boolean => results.some((one) => one.result === result);
  const leadId = results.flatMap((one) => ('leadId' in one && one.leadId !== undefined ? [one.leadId] : []))[0];
  const errors = results.flatMap((one) => ('errors' in one ? one.errors : []));
  const notices = results.flatMap((one) => ('notices' in one ? (one.notices ?? []) : []));
  return {
    cardId,
    ...(leadId !== undefined && { leadId }),
    result: has('rejected') ? 'rejected' : has('conflict') ? 'conflict' : has('accepted') ? 'accepted' : 'duplicate',
    ...(notices.length > 0 && { notices: [...new Set(notices)] }),
    ...(errors.length > 0 && { errors: inCard(errors, pointer) }),
  };
}

function withNormalEmail(profile: unknown): unknown {
  const { email } = (profile ?? {}) as Members;
  return typeof email === 'string' ? { ...(profile as Members), email: parseEmail(email) ?? email } : profile;
}

const present = (members: Members): Members => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** Members of the events are members of the card; what both events say is told once. */
function inCard(errors: readonly FieldError[], pointer: string): FieldError[] {
  const told = errors.map((error) => ({ ...error, pointer: pointer + placeInCard(error.pointer) }));
  return told.filter((one, at) => told.findIndex((other) => other.pointer === one.pointer) === at);
}

const placeInCard = (pointer: string): string => {
  const place = pointer.replace(/^\/data/, '').replace(/^\/time$/, '/exchangedAt');
  if (place === '/actorteam') return '/teamId';
  if (place === '/actorid') return '/repId';
  if (/^\/identity\/email$/.test(place)) return '/profile/email';
  return /^\/(identity(\/cardId)?|id)$/.test(place) ? '/cardId' : place;
};
