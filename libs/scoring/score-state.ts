import { isAfter, type LeadlogEvent, type Profile, type Tier } from '@leadlog/lead';
import type { CompiledModel, CompiledRule } from './compile';
import { addToPeriod, constantOf, periodOf, quantum, reachPeriod, termOf, type Curve, type DecayTerm, type Periods } from './decay';

/**
 * What is kept of a lead under one model: enough for its score at any time, and for folding any late event as if it had
 * come in time. There are as many of these as leads, hence the short names. Numbers as names keep the text of equal
 * states equal, whatever the order in which they came about.
 */
export interface ScoreState {
  /** The state is as of this moment (ms): the latest recordedAt of a fact, or the moment of the last decision. */
  f: number;
  /** Last act of the customer that the model looks at, ms; 0: none. */
  l: number;
  /** Sums by slot. */
  s: Record<number, Periods>;
  /**
   * By capped rule: when the events happened that count, ascending. Which of two events of the same millisecond counts
   * makes no difference to the sum, so no id is needed.
   */
  c: Record<number, number[]>;
  /** By field of the profile: set last when and by which event, and which conditions hold (bits). Never the value itself. */
  p: Record<number, [at: number, id: string, bits: number]>;
  /** The profile up to here has been erased, ms; 0: never. */
  e: number;
  /** The tier as decided last: since when, by which event, and how many decisions there have been. */
  d: { t: Tier; a: number; i: string; n: number } | null;
  /** Streams other than the lead's own that held events of the lead; sorted. */
  x: string[];
}

export const initialScore = (): ScoreState => ({ f: 0, l: 0, s: {}, c: {}, p: {}, e: 0, d: null, x: [] });

/** Erasure is folded like a profile event: it changes the fit. */
export const PROFILE_EVENTS = ['LeadCaptured', 'ProfileUpdated', 'PersonalDataErased'] as const;

const CUSTOMER_TYPES: ReadonlySet<string> = new Set([
  'EmailOpened', 'EmailLinkClicked', 'EmailUnsubscribed', 'WebPageViewed', 'ContentDownloaded', 'WebinarRegistered', 'WebinarAttended',
  'SurveyAnswered', 'InquiryReceived', 'ConsentChanged', 'VisitorIdentified', 'ClosingAnswered',
]);

/** Changes `state`. Decisions must come in the order of the log; facts may come in any order. */
export function foldScore(model: CompiledModel, state: ScoreState, event: LeadlogEvent): ScoreState {
  if (event.type === 'LeadTierChanged') {
    if (event.data.modelId !== model.id) return state;
    // A decision that was made late, after a pause, is as of its own time: the next one is due from there.
    state.f = Math.max(state.f, event.occurredAt);
    state.d = { t: event.data.to, a: event.occurredAt, i: event.id, n: (state.d?.n ?? 0) + 1 };
    return state;
  }
  // A fact dated a little ahead of the log's clock counts in full before it happens; no decision is made on it until then.
  state.f = Math.max(state.f, event.recordedAt, event.occurredAt);
  if (CUSTOMER_TYPES.has(event.type) && event.occurredAt > state.l) state.l = event.occurredAt;
  foldProfile(model, state, event);
  const rules = model.byType.get(event.type);
  if (rules) for (const rule of rules) if (rule.matches(event)) count(state, rule, event.occurredAt);
  if (!event.stream.startsWith('activity-') && !event.stream.startsWith('lead-') && !state.x.includes(event.stream)) state.x = [...state.x, event.stream].sort();
  return state;
}

function count(state: ScoreState, { rule, index, slot, windowOf }: CompiledRule, at: number): void {
  const periods = (state.s[slot] ??= []);
  const n = periodOf(at, rule.halfLife);
  reachPeriod(periods, n);
  const evicted = windowOf && evictedBy((state.c[index] ??= []), at, rule.cap!.times, windowOf);
  if (evicted === at) return;
  addToPeriod(periods, n, quantum(rule.points, at, rule.halfLife), 1);
  if (evicted !== undefined) addToPeriod(periods, periodOf(evicted, rule.halfLife), quantum(rule.points, evicted, rule.halfLife), -1);
}

/** Takes a moment in among those that count. Answers the one that counts no more for it (maybe itself). Changes `times`. */
function evictedBy(times: number[], at: number, most: number, windowOf: (at: number) => number): number | undefined {
  let place = times.length;
  while (place > 0 && times[place - 1]! > at) place -= 1;
  const window = windowOf(at);
  let first = place;
  while (first > 0 && place - first < most && windowOf(times[first - 1]!) === window) first -= 1;
  if (place - first === most) return at;
  let behind = place;
  while (behind < times.length && behind - first < most && windowOf(times[behind]!) === window) behind += 1;
  const evicted = behind - first === most ? times.splice(behind - 1, 1)[0] : undefined;
  times.splice(place, 0, at);
  return evicted;
}

function foldProfile(model: CompiledModel, state: ScoreState, event: LeadlogEvent): void {
  if (event.type === 'PersonalDataErased') {
    state.e = Math.max(state.e, event.occurredAt);
    for (const field of Object.keys(state.p).map(Number)) if (state.p[field]![0] <= state.e) delete state.p[field];
    return;
  }
  if (event.type !== 'LeadCaptured' && event.type !== 'ProfileUpdated') return;
  const { occurredAt: at, id } = event;
  if (state.e > 0 && at <= state.e) return;
  const profile = event.type === 'LeadCaptured' ? event.data.profile : event.data.changes;
  model.fields.forEach(({ name, tests }, field) => {
    const value = profile[name as keyof Profile];
    if (value === undefined || value === null) return;
    const known = state.p[field];
    if (known && !isAfter({ at, id }, { at: known[0], id: known[1] })) return;
    let bits = 0;
    tests.forEach((test, bit) => (bits += test(value) ? 2 ** bit : 0));
    state.p[field] = [at, id, bits];
  });
}

/** Of a profile rule: whether it holds, and the event that set the latest of its fields. */
export function profileHolds(model: CompiledModel, state: ScoreState, needs: readonly (readonly [number, number])[]): { holds: boolean; at?: number; eventId?: string } {
  let latest: [number, string, number] | undefined;
  for (const [field, test] of needs) {
    const known = state.p[field];
    const holds = known ? Math.floor(known[2] / 2 ** test) % 2 === 1 : model.fields[field]!.tests[test]!(undefined);
    if (!holds) return { holds: false };
    if (known && (!latest || isAfter({ at: known[0], id: known[1] }, { at: latest[0], id: latest[1] }))) latest = known;
  }
  return { holds: true, at: latest?.[0], eventId: latest?.[1] };
}

/** The value of each axis over time, before floor and cap. */
export function curvesOf(model: CompiledModel, state: ScoreState): Curve[] {
  const curves = model.model.axes.map(() => ({ constant: 0, terms: [] as DecayTerm[] }));
  model.slots.forEach(({ axis, halfLife }, slot) => {
    const periods = state.s[slot];
    if (!periods || periods.length < 4) return;
    if (halfLife === undefined) curves[axis]!.constant += constantOf(periods);
    else curves[axis]!.terms.push(termOf(periods, halfLife));
  });
  for (const { rule, axis, needs } of model.profileRules) if (profileHolds(model, state, needs).holds) curves[axis]!.constant += rule.points;
  return curves;
}
