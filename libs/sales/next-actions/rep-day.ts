import { decodeCursor, encodeCursor } from '@leadlog/projections';
import { startOfDayAfter } from '@leadlog/time';
import type { FlowItem } from '../process/process';
import { appointmentState, ASKED_FOR_DAYS } from './appointments';
import type { DormantCard } from './handed';
import { toMeet, toTakeOver, workNow, type NextAction, type Setting, type WorkNow } from './next-action';
import { offeredIn, type Offered } from './offered';
import { holdersOf, relayNow } from './relay-now';
import { worksOf, type LeadAtWork } from './works';

/** In the order in which to do it; what is due today and appointments go by the clock together. */
export const SECTIONS = ['accept', 'overdue', 'today', 'appointment', 'decision', 'no-next-step', 'card', 'question'] as const;
export type Section = (typeof SECTIONS)[number];

export interface DayItem extends NextAction {
  section: Section;
  leadId: string;
  dealId?: string;
  handoffId?: string;
  /** Id of the stage. */
  stage?: string;
  /** Of a call or an appointment: what is still to be asked, told and shown. */
  uncovered?: FlowItem[];
  /** Of a deal. */
  offered?: Offered;
  cardId?: string;
  questionId?: string;
  /** Of a question, or the note of a relay. */
  text?: string;
}

/** Where the items of a section stand. */
const PLACES: Record<Section, number> = {
  accept: 0,
  overdue: 1,
  today: 2,
  appointment: 2,
  decision: 3,
  'no-next-step': 4,
  card: 5,
  question: 6,
};

/** Where an item stands in the day. */
type Place = [section: number, at: number, name: string];
const placeOf = ({
  section,
  dueAt,
  leadId,
  dealId = '',
  handoffId = '',
  appointmentId = '',
  actionId = '',
  cardId = '',
  questionId = '',
}: DayItem): Place => [PLACES[section], dueAt, [leadId, dealId, handoffId, appointmentId, actionId, cardId, questionId].join(' ')];
const comparePlaces = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0);

/**
 * What a rep has to do on the day of `setting.now`. `leads`: all of the rep, and with them every lead of each deal that one of them names.
 * Of each run and deal the next action, if it is due by the end of the day; besides, whatever a customer or a colleague waits for, and
 * dormant cards of the rep.
 */
export function dayOf(repId: string, leads: readonly LeadAtWork[], dormant: readonly DormantCard[], setting: Setting): DayItem[] {
  const end = startOfDayAfter(setting.now, 1, setting.timezone);
  const all = worksOf(leads, setting);
  const works = all.filter((work) => work.repId === repId);
  const items = works.flatMap((work) => itemsOf(workNow(work, setting), setting.now, end));
  const listed = new Set(items.map(({ appointmentId }) => appointmentId));
  for (const lead of leads) {
    items.push(...appointmentsOf(lead, repId, setting, end).filter(({ appointmentId }) => !listed.has(appointmentId)));
    items.push(...relaysOf(lead, repId, setting));
    items.push(...questionsOf(lead, repId));
  }
  const worked = new Set(works.map(({ leadId }) => leadId));
  items.push(...dormant.filter(({ leadId }) => !worked.has(leadId)).map(toHandOver));
  const offered = new Map(all.flatMap(({ deal }) => (deal ? [[deal.dealId, offeredIn(deal)]] : [])));
  for (const item of items) if (item.dealId !== undefined) item.offered = offered.get(item.dealId);
  // A place is made once: to compare hundreds of items takes thousands of looks at each.
  const placed = items.map((item) => ({ item, place: placeOf(item) }));
  return placed.sort((a, b) => comparePlaces(a.place, b.place)).map(({ item }) => item);
}

/** The items after the cursor. Throws InvalidCursor. */
export function pageOf(day: readonly DayItem[], limit: number, cursor?: string): { items: DayItem[]; cursor?: string } {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, placeIn);
  const rest = after === undefined ? day : day.filter((item) => comparePlaces(placeOf(item), after) > 0);
  const items = rest.slice(0, limit);
  return { items, ...(rest.length > limit && { cursor: encodeCursor(placeOf(items.at(-1)!)) }) };
}

function placeIn(value: unknown): Place | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [section, at, name] = value as unknown[];
  return typeof section === 'number' && typeof at === 'number' && typeof name === 'string' ? [section, at, name] : undefined;
}

function itemsOf({ work, stage, next, decision, uncovered, meet, toPlan }: WorkNow, now: number, end: number): DayItem[] {
  const items: DayItem[] = [];
  const add = (section: Section, action: NextAction): void =>
    void items.push({
      from: action.from,
      do: action.do,
      what: action.what,
      because: action.because,
      dueAt: action.dueAt,
      rule: action.rule,
      actionId: action.actionId,
      appointmentId: action.appointmentId,
      scheduledAt: action.scheduledAt,
      section,
      leadId: work.leadId,
      dealId: work.deal?.dealId,
      handoffId: work.handoff?.handoffId,
      stage: stage.stage?.id,
      uncovered: isTalk(action) && uncovered.length > 0 ? uncovered : undefined,
    });
  if (work.handoff?.state === 'handed-off') add('accept', next);
  else if (next !== decision && next !== meet && next.from !== 'nothing' && next.dueAt < end)
    add(next.dueAt < now ? 'overdue' : 'today', next);
  if (meet && meet.dueAt < end) add('appointment', meet);
  if (decision && decision.dueAt < end) add('decision', decision);
  // A run that nothing is planned for is left to the process; one for which the process has nothing either, and any deal, are not.
  if (toPlan && items.length === 0 && (work.deal || next.from === 'nothing')) add('no-next-step', toPlan);
  return items;
}

const isTalk = ({ do: verb }: NextAction): boolean => verb === 'call' || verb === 'meet';

/** Also for somebody else's lead, or after its deal was closed. */
function appointmentsOf({ leadId, facts }: LeadAtWork, repId: string, { now, timezone }: Setting, end: number): DayItem[] {
  return (facts.appointments ?? []).flatMap(({ appointmentId, booked, scheduled, status }) => {
    if (!booked || !scheduled || scheduled.for >= end) return [];
    if (!holdersOf({ booked }, relayNow(facts.relays, appointmentId)).includes(repId)) return [];
    const is = appointmentState({ appointmentId, booked, scheduled, status }, facts.meetings ?? [], now, timezone);
    return is === 'ahead' ? [{ section: 'appointment', leadId, dealId: booked.dealId, ...toMeet(scheduled.for, appointmentId) }] : [];
  });
}

/** Appointments that a colleague wants the rep to take, due when they are. */
function relaysOf({ leadId, facts, handoffs }: LeadAtWork, repId: string, { now, timezone }: Setting): DayItem[] {
  if (!facts.relays || handoffs.disqualified) return [];
  const asked = startOfDayAfter(now, -ASKED_FOR_DAYS, timezone);
  return (facts.appointments ?? []).flatMap(({ appointmentId, booked, scheduled, status }): DayItem[] => {
    const waiting = relayNow(facts.relays, appointmentId)?.waiting;
    if (waiting?.toRepId !== repId || !booked || !scheduled || scheduled.for < asked) return [];
    const is = appointmentState({ appointmentId, booked, scheduled, status }, facts.meetings ?? [], now, timezone);
    if (is !== 'ahead' && is !== 'passed') return [];
    const action = toTakeOver(waiting.fromRepId, scheduled.for);
    return [{ section: 'accept', leadId, dealId: booked.dealId, appointmentId, text: waiting.note, ...action }];
  });
}

/** Questions of marketing that sales has not answered. */
const questionsOf = ({ leadId, handoffs: { questions = [] } }: LeadAtWork, repId: string): DayItem[] =>
  questions
    .filter((question) => question.repId === repId)
    .map(({ questionId, handoffId, text, at }) => ({
      section: 'question',
      leadId,
      handoffId,
      questionId,
      text,
      from: 'handoff',
      do: 'answer',
      ...answering,
      dueAt: at,
    }));

const answering = {
  what: { ja: 'マーケティングに答える', en: 'Answer marketing' },
  because: { ja: 'マーケティングからの質問に答えていない', en: 'marketing has asked a question' },
};

const toHandOver = ({ leadId, cardId, since }: DormantCard): DayItem => ({
  section: 'card',
  leadId,
  cardId,
  from: 'card',
  do: 'hand-over',
  what: { ja: '追いかけるか、マーケティングへ渡す', en: 'Follow it up, or hand it over to marketing' },
  because: { ja: '名刺を交換してから何も起きていない', en: 'nothing has come of the card since it was exchanged' },
  dueAt: since,
});
