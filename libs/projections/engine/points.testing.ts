import * as fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { Append, NewEvent } from '@leadlog/event-log';
import { defineProjection, type Projection } from '../projection';

export interface Points {
  sum: number;
  ids: string[];
}
export interface Scored {
  who: string;
  points: number;
  /** One fact, whoever tells it again: of those with an even number the last telling holds, of the others the first. */
  fact?: number;
}

/** Points a person has gathered, in `person-` streams or elsewhere: order of arrival can be seen in `ids`, so nothing is equal by luck. */
export function pointsProjection(version = '1', factor = 1, byStream = false): Projection {
  return defineProjection<Points>({
    name: 'points',
    version,
    handles: ['Scored', 'Decided', 'Forgotten'],
    key: (event) => (event.data as Scored).who,
    streams: (key) => [`person-${key}`],
    ...(byStream ? { keyOfStream: (stream: string) => (stream.startsWith('person-') ? stream.slice(7) : undefined) } : {}),
    initial: () => ({ sum: 0, ids: [] }),
    evolve: (state, event) => {
      if (event.type === 'Forgotten') return state;
      if (event.type === 'Decided') return { ...state, sum: 0 };
      if ((event.data as Scored).points === 666) throw new Error('cannot count 666');
      return { sum: state.sum + (event.data as Scored).points * factor, ids: [...state.ids, event.id] };
    },
    lists: (state): Record<string, number> => (state.sum >= 100 ? { 'by-sum': state.sum, due: 0 } : { 'by-sum': state.sum }),
    tallies: (state) => ({ total: state.sum, [`size|${state.ids.length % 3}`]: 1 }),
    forgets: ['Forgotten'],
    tellings: {
      types: new Set(['Scored']),
      of: ({ data }) => {
        const { fact } = data as Scored;
        return fact === undefined ? undefined : { fact: String(fact), holds: fact % 2 === 0 ? 'last' : 'first' };
      },
    },
    corrections: {
      types: ['Voided', 'Merged', 'Unmerged'],
      of: ({ type, data }) => {
        const { target, to, who } = data as { target: string; to: string; who: string };
        if (type === 'Voided') return { kind: 'void', eventId: target };
        return type === 'Merged' ? { kind: 'merge', from: who, to } : { kind: 'unmerge', mergeEventId: target };
      },
    },
  });
}

export function event(type: string, data: object, id: string = randomUUID(), hour = 0): NewEvent {
  return {
    id,
    type,
    data,
    metadata: {
      occurredAt: `2026-04-01T0${hour}:00:00Z`,
      source: 'test',
      sourceId: id,
      initiator: 'customer',
      actor: { kind: 'system', id: 'test' },
      schemaVersion: 1,
    },
  };
}

const PEOPLE = 5;

/**
 * A random history of a few people: points, also in streams that they share or of facts told again, and everything that changes the past.
 */
export const historySteps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('score' as const),
        who: fc.nat(PEOPLE - 1),
        points: fc.integer({ min: -9, max: 99 }),
        apart: fc.boolean(),
        fact: fc.option(fc.nat(2), { nil: undefined }),
        hour: fc.nat(3),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), pick: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const), who: fc.nat(PEOPLE - 1), to: fc.nat(PEOPLE - 1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('unmerge' as const), pick: fc.nat(5) }) },
  ),
  { minLength: 1, maxLength: 40 },
);

type Step = typeof historySteps extends fc.Arbitrary<(infer One)[]> ? One : never;

/** The history as appends, and what everybody's sum must be at its end, found without any of our code. */
export function historyOf(steps: readonly Step[], prefix: string): { appends: Append[]; sums: Map<string, number> } {
  const name = (n: number) => `${prefix}-${n}`;
  const scores: { id: string; who: string; points: number; fact?: number; hour: number; voided: boolean }[] = [];
  const merges: { id: string; who: string; to: string; undone: boolean; effective: boolean }[] = [];
  const rootOf = (who: string): string => {
    const merge = merges.find((one) => one.who === who && one.effective && !one.undone);
    return merge ? rootOf(merge.to) : who;
  };
  const appends: Append[] = [];
  const append = (who: string, made: NewEvent, stream = `person-${who}`) => appends.push({ stream, events: [made], expected: 'any' });
  for (const one of steps) {
    if (one.kind === 'score') {
      const { points, fact, hour } = one;
      const made = event('Scored', { who: name(one.who), points, fact }, undefined, hour);
      scores.push({ id: made.id, who: name(one.who), points, fact, hour, voided: false });
      append(name(one.who), made, one.apart ? `deal-${prefix}-${one.who % 2}` : undefined);
    } else if (one.kind === 'void' && scores.length > 0) {
      const target = scores[one.pick % scores.length]!;
      append(target.who, event('Voided', { who: target.who, target: target.id }));
      target.voided = true;
    } else if (one.kind === 'merge') {
      const [who, to] = [name(one.who), name(one.to)];
      // As the lead aggregate allows: a lead is merged once at a time.
      if (merges.some((merge) => merge.who === who && !merge.undone)) continue;
      const made = event('Merged', { who, to });
      merges.push({ id: made.id, who, to, undone: false, effective: rootOf(to) !== who });
      append(who, made);
    } else if (one.kind === 'unmerge' && merges.length > 0) {
      const merge = merges[one.pick % merges.length]!;
      if (merge.undone) continue;
      merge.undone = true;
      append(merge.who, event('Unmerged', { who: merge.who, target: merge.id }));
    }
  }
  const sums = new Map(Array.from({ length: PEOPLE }, (_, n) => [name(n), 0]));
  for (const [at, one] of scores.entries()) {
    const { who, points, fact, hour, voided } = one;
    const isBetter = (other: number): boolean =>
      fact! % 2 === 0
        ? scores[other]!.hour > hour || (scores[other]!.hour === hour && other > at)
        : scores[other]!.hour < hour || (scores[other]!.hour === hour && other < at);
    const isTold =
      fact !== undefined &&
      scores.some(
        (other, place) => other !== one && !other.voided && other.fact === fact && rootOf(other.who) === rootOf(who) && isBetter(place),
      );
    if (!voided && !isTold) sums.set(rootOf(who), (sums.get(rootOf(who)) ?? 0) + points);
  }
  for (const who of sums.keys()) sums.set(who, sums.get(rootOf(who))!);
  return { appends, sums };
}
