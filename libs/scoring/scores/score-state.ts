import {
  CUSTOMER_ACTS,
  isAfter,
  PERSONAL_OF_PROFILE,
  type LeadlogEvent,
  type Profile,
  type ProfileTraits,
  type Tier,
} from '@leadlog/events';
import { fieldHad } from '../model/rule-fields';
import type { CompiledModel, CompiledRule } from '../model/compile';
import { addToPeriod, constantOf, periodOf, quantum, reachPeriod, termOf, type Curve, type DecayTerm, type Periods } from './decay';

/**
 * The state of a lead under one model: enough for its score at any time, and for folding any late event as if it had
 * arrived in time. There is one for every lead, hence the short names, and flat lists where objects would take more
 * memory than their content. All lists are sorted, so that equal states have equal text, whatever the order of
 * arrival.
 */
export interface ScoreState {
  /** The state is as of this moment (ms): the latest recordedAt of a fact, or the moment of the last decision. */
  f: number;
  /** Last activity of the customer that the model uses, ms; 0: none. */
  l: number;
  /** Sums: slot, its periods, the next slot, its periods, … */
  s: ByNumber<Periods>;
  /**
   * By capped rule, in the same way: when the events happened that count, ascending. Which of two events of the same
   * millisecond counts makes no difference to the sum, so no id is needed.
   */
  c: ByNumber<number[]>;
  /** Events that set the profile, by time, each with the fields that no later one set. Never a value itself. */
  p: ProfileLayer[];
  /** The personal fields of the profile up to here have been erased, ms; 0: never. */
  e: number;
  /**
   * The tier as decided last: since when, by which event, and how many decisions there have been. `told`: the tier of that event, where it
   * was by a version that was rolled back, or would have been decided otherwise meanwhile (rolled-back.ts).
   */
  d: { t: Tier; a: number; i: string; n: number; told?: Tier } | null;
  /** Streams other than the lead's own that held events of the lead; sorted. */
  x?: string[];
}

/** A number, what belongs to it, the next number, what belongs to that, …; ascending. */
export type ByNumber<Item> = (number | Item)[];

/** When, where in the log and by which event; then a field of the profile, which of its conditions hold (bits), the next field, … */
export type ProfileLayer = [at: number, position: number, id: string, ...fieldsAndBits: number[]];

export const initialScore = (): ScoreState => ({ f: 0, l: 0, s: [], c: [], p: [], e: 0, d: null, x: undefined });

const sumOf = ({ s }: ScoreState, slot: number): Periods | undefined => {
  for (let i = 0; i < s.length; i += 2) if (s[i] === slot) return s[i + 1] as Periods;
  return undefined;
};

/** The latest period of anything that matched in this slot; undefined if nothing did. */
export const topPeriodOf = (state: ScoreState, slot: number): number | undefined => sumOf(state, slot)?.[0];

/** The same list if it already has an entry. */
function withEntry<Item>(list: ByNumber<Item>, number: number, empty: () => Item): ByNumber<Item> {
  let i = 0;
  while (i < list.length && (list[i] as number) < number) i += 2;
  return list[i] === number ? list : list.toSpliced(i, 0, number, empty());
}

/** Erasure is folded like a profile event: a rule published long ago may read a personal field. */
export const PROFILE_EVENTS = ['LeadCaptured', 'ProfileUpdated', 'PersonalDataErased'] as const;

const CUSTOMER_TYPES: ReadonlySet<string> = new Set([
  ...CUSTOMER_ACTS,
  'EmailOpened',
  'EmailUnsubscribed',
  'ConsentChanged',
  'VisitorIdentified',
  'ClosingAnswered',
]);

/** Changes `state`. Decisions must come in the order of the log; facts may come in any order. */
export function foldScore(model: CompiledModel, state: ScoreState, event: LeadlogEvent): ScoreState {
  if (event.type === 'LeadTierChanged') {
    if (event.data.modelId !== model.id) return state;
    // A decision made late, after a pause, counts from its own time: the next one is due from there.
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
  if (!event.stream.startsWith('activity-') && !event.stream.startsWith('lead-') && !state.x?.includes(event.stream))
    state.x = [...(state.x ?? []), event.stream].sort();
  return state;
}

/** Counts one more event of a rule. Changes `state`. */
export function count(state: ScoreState, { rule, index, slot, windowOf, pointsInWindow }: CompiledRule, at: number): void {
  const { halfLife } = rule;
  state.s = withEntry(state.s, slot, () => []);
  const periods = sumOf(state, slot)!;
  reachPeriod(periods, periodOf(at, halfLife));
  const add = (points: number, moment: number, sign: 1 | -1): void =>
    addToPeriod(periods, periodOf(moment, halfLife), quantum(points, moment, halfLife), sign);
  if (!windowOf) return add(rule.points, at, 1);

  const times = timesOf(state, index);
  const { first, place, behind } = windowIn(times, at, windowOf);
  const most = pointsInWindow!.length;
  if (place - first === most) return;
  add(pointsInWindow![place - first]!, at, 1);
  // Each of those behind moves on by one place; where all places give the same, only the last, which may have none any more.
  const isFull = behind - first === most;
  for (let i = rule.cap!.diminish === undefined ? Math.max(place, first + most - 1) : place; i < behind; i++) {
    add(pointsInWindow![i - first]!, times[i]!, -1);
    if (i - first + 1 < most) add(pointsInWindow![i - first + 1]!, times[i]!, 1);
  }
  if (isFull) times.splice(behind - 1, 1);
  // Most lists stay short, and one that grows in place is given room for sixteen more.
  if (times.length < 16) state.c[state.c.indexOf(index) + 1] = times.toSpliced(place, 0, at);
  else times.splice(place, 0, at);
}

/** A copy on which to `count` these rules while the first stays as it is. What that does not change is shared. */
export function copyToCount(state: ScoreState, rules: readonly CompiledRule[]): ScoreState {
  return {
    ...state,
    s: copied(
      state.s,
      rules.map(({ slot }) => slot),
    ),
    c: copied(
      state.c,
      rules.map(({ index }) => index),
    ),
  };
}

const copied = (list: ByNumber<number[]>, numbers: readonly number[]): ByNumber<number[]> =>
  list.map((item, i) => (typeof item === 'number' || !numbers.includes(list[i - 1] as number) ? item : item.slice()));

/** When those events happened that count for a rule, ascending. */
function timesOf(state: ScoreState, rule: number): number[] {
  state.c = withEntry(state.c, rule, () => []);
  return state.c[state.c.indexOf(rule) + 1] as number[];
}

/** The same, of a document that is only read. */
export function timesOfRule({ c }: ScoreState, rule: number): readonly number[] {
  for (let i = 0; i < c.length; i += 2) if (c[i] === rule) return c[i + 1] as number[];
  return [];
}

/** The index of a moment among the others, and the bounds of its window. */
function windowIn(
  times: readonly number[],
  at: number,
  windowOf: (at: number) => number,
): { first: number; place: number; behind: number } {
  let place = times.length;
  while (place > 0 && times[place - 1]! > at) place -= 1;
  const window = windowOf(at);
  let first = place;
  while (first > 0 && windowOf(times[first - 1]!) === window) first -= 1;
  let behind = place;
  while (behind < times.length && windowOf(times[behind]!) === window) behind += 1;
  return { first, place, behind };
}

function foldProfile(model: CompiledModel, state: ScoreState, event: LeadlogEvent): void {
  if (event.type === 'PersonalDataErased') {
    state.e = Math.max(state.e, event.occurredAt);
    model.fields.forEach(({ name }, field) => {
      const known = isPersonal(name) ? layerOf(state, field) : undefined;
      if (known && known[0] <= state.e) known.splice(placeOf(known, field), 2);
    });
    state.p = state.p.filter(({ length }) => length > FIELDS);
    return;
  }
  if (event.type !== 'LeadCaptured' && event.type !== 'ProfileUpdated') return;
  const { occurredAt: at, id } = event;
  const position = Number(event.position);
  const profile = event.type === 'LeadCaptured' ? event.data.profile : event.data.changes;
  const { traits } = event.data;
  const layer: ProfileLayer = [at, position, id];
  model.fields.forEach(({ name, tests }, field) => {
    const value = givenBy(profile, traits, name);
    if (value === undefined || value === null || (at <= state.e && isPersonal(name))) return;
    const known = layerOf(state, field);
    if (known) {
      if (!isAfter({ at, position }, happenedOf(known))) return;
      known.splice(placeOf(known, field), 2);
    }
    let bits = 0;
    tests.forEach((test, bit) => (bits += test(value) ? 2 ** bit : 0));
    layer.push(field, bits);
  });
  if (layer.length === FIELDS) return;
  const others = state.p.filter(({ length }) => length > FIELDS);
  let place = others.length;
  while (place > 0 && isAfter(happenedOf(others[place - 1]!), { at, position })) place -= 1;
  state.p = others.toSpliced(place, 0, layer);
}

/** Only a published rule that no trait can stand for reads such a field itself. */
const isPersonal = (field: string): boolean => (PERSONAL_OF_PROFILE as readonly string[]).includes(field);

function givenBy(profile: Profile, traits: ProfileTraits | undefined, field: string): unknown {
  if (field === 'emailDomain') return traits?.emailDomain;
  const had = fieldHad(field);
  if (had === undefined) return profile[field as keyof Profile];
  return (traits?.has as readonly string[] | undefined)?.includes(had) ? true : undefined;
}

/** Where the fields of a layer begin. */
const FIELDS = 3;

const happenedOf = ([at, position]: ProfileLayer) => ({ at, position });

/** The event that set this field last. */
function layerOf({ p }: ScoreState, field: number): ProfileLayer | undefined {
  return p.find((layer) => placeOf(layer, field) < layer.length);
}

/** For a profile rule: whether it applies, and the event that set the latest of its fields. */
export function profileHolds(
  model: CompiledModel,
  state: ScoreState,
  needs: readonly (readonly [number, number])[],
): { holds: boolean; at?: number; eventId?: string } {
  let latest: ProfileLayer | undefined;
  for (const [field, test] of needs) {
    const known = layerOf(state, field);
    const holds = known
      ? Math.floor((known[placeOf(known, field) + 1] as number) / 2 ** test) % 2 === 1
      : model.fields[field]!.tests[test]!(undefined);
    if (!holds) return { holds: false };
    if (known && (!latest || isAfter(happenedOf(known), happenedOf(latest)))) latest = known;
  }
  return { holds: true, at: latest?.[0], eventId: latest?.[2] };
}

/** Where its number stands, if the event set it last; the length otherwise. */
function placeOf(layer: ProfileLayer, field: number): number {
  let place = FIELDS;
  while (place < layer.length && layer[place] !== field) place += 2;
  return place;
}

/** The value of each axis over time, before floor and cap. `assumed`: rules about the profile, by place, that are taken to hold. */
export function curvesOf(model: CompiledModel, state: ScoreState, assumed: readonly number[] = []): Curve[] {
  const curves = model.model.axes.map(() => ({ constant: 0, terms: [] as DecayTerm[] }));
  model.slots.forEach(({ axis, halfLife }, slot) => {
    const periods = sumOf(state, slot);
    if (!periods || periods.length < 4) return;
    if (halfLife === undefined) curves[axis]!.constant += constantOf(periods);
    else curves[axis]!.terms.push(termOf(periods, halfLife));
  });
  model.profileRules.forEach(({ rule, axis, needs }, i) => {
    if (assumed.includes(i) || profileHolds(model, state, needs).holds) curves[axis]!.constant += rule.points;
  });
  return model.weights.map((parts, axis) => (model.model.axes[axis]!.sum ? weighted(parts, curves) : curves[axis]!));
}

function weighted(parts: CompiledModel['weights'][number], curves: readonly Curve[]): Curve {
  let constant = 0;
  const terms: DecayTerm[] = [];
  for (const { axis, weight } of parts) {
    constant += weight * curves[axis]!.constant;
    for (const term of curves[axis]!.terms) terms.push({ ...term, amount: weight * term.amount });
  }
  return { constant, terms };
}
