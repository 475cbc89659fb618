import { alwaysAtWork, parseOrganisation, type Organisation } from '@leadlog/organisation';
import { successorsOf, takersOf, type Assignment } from './assignment';

const reps = [
  { id: 'rep-1', team: 'inside-1', weight: 3 },
  { id: 'rep-2', team: 'inside-2', weight: 1 },
];
const always = alwaysAtWork(reps, 'Asia/Tokyo');
const now = Date.parse('2026-11-30T10:00+09:00');
const given = (
  of: Organisation,
  handoffId: string,
  previousReps: string[] = [],
  accountReps: string[] = [],
  at = now,
): Assignment | undefined => {
  return takersOf(of, { handoffId, previousReps, accountReps, now: at })[0];
};
const share = (of: Organisation, rep: string, n = 4_000): number => {
  let taken = 0;
  for (let handoff = 0; handoff < n; handoff += 1) if (given(of, `lead-${handoff}.1`)!.repId === rep) taken += 1;
  return taken / n;
};

describe('assignment of a handoff', () => {
  it('prefers the rep who had the lead, then one who has its account', () => {
    expect(given(always, 'h', ['rep-2'], ['rep-1'])).toEqual({ repId: 'rep-2', teamId: 'inside-2', method: 'previousRep' });
    expect(given(always, 'h', [], ['rep-2', 'rep-1'])).toEqual({ repId: 'rep-2', teamId: 'inside-2', method: 'accountOwner' });
  });

  it('passes over a rep who is not in the organisation', () => {
    expect(given(always, 'h', ['rep-gone', 'rep-1'])).toMatchObject({ repId: 'rep-1', method: 'previousRep' });
    expect(given(always, 'h', ['rep-gone'], ['rep-2'])).toMatchObject({ repId: 'rep-2', method: 'accountOwner' });
  });

  it('gives the same handoff to the same rep each time, whatever the order of the reps', () => {
    const turned = { ...always, reps: [...always.reps].reverse() };
    for (let n = 0; n < 50; n += 1) expect(given(turned, `h-${n}`)).toEqual(given(always, `h-${n}`));
  });

  it('gives shares as large as the weights', () => {
    // Four standard deviations of a share of 3/4 over 4,000 handoffs.
    expect(Math.abs(share(always, 'rep-1') - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 4_000));
  });

  it('moves, when a rep joins, only what the new one gets', () => {
    const joined = alwaysAtWork([...reps, { id: 'rep-3', team: 'inside-1', weight: 1 }], 'Asia/Tokyo');
    for (let n = 0; n < 500; n += 1) {
      const after = given(joined, `h-${n}`)!;
      if (after.repId !== 'rep-3') expect(after).toEqual(given(always, `h-${n}`));
    }
    expect(share(joined, 'rep-3')).toBeGreaterThan(0.1);
  });
});

describe('people who come and go', () => {
  const organisation = parseOrganisation(`
calendar: { timezone: Asia/Tokyo, country: JP, hours: { mon: 09:00-18:00, tue: 09:00-18:00, wed: 09:00-18:00 } }
teams: [{ id: inside-1, kind: inside }, { id: inside-2, kind: inside }, { id: field-1, kind: field }]
reps:
  - { id: rep-1, team: inside-1, absent: [{ from: 2026-12-01, to: 2026-12-07 }] }
  - { id: rep-2, team: inside-1, leftOn: 2026-12-08 }
  - { id: rep-3, team: inside-2, weight: 0.001 }
  - { id: rep-4, team: field-1, weight: 1000 }
`);
  const on = (day: string) => Date.parse(`${day}T10:00+09:00`);

  it('get no leads while they are absent, not even their own, and none once they have left', () => {
    expect(given(organisation, 'h', ['rep-1'], [], on('2026-11-30'))).toMatchObject({ repId: 'rep-1' });
    expect(given(organisation, 'h', ['rep-1', 'rep-2'], [], on('2026-12-07'))).toMatchObject({ repId: 'rep-2', method: 'previousRep' });
    expect(given(organisation, 'h', ['rep-2'], ['rep-1'], on('2026-12-08'))).toMatchObject({ repId: 'rep-1', method: 'accountOwner' });
  });

  it('who work at night are there, or absent, until the shift is over that began on the day', () => {
    const night = parseOrganisation(`
calendar: { timezone: Asia/Tokyo, country: none, hours: { mon: 22:00-06:00, tue: 22:00-06:00 } }
teams: [{ id: inside-1, kind: inside }]
reps: [{ id: rep-1, team: inside-1, absent: [{ from: 2026-12-01, to: 2026-12-01 }] }]
`);
    const at = (time: string) => given(night, 'h', [], [], Date.parse(`${time}+09:00`))?.repId;
    expect(['2026-11-30T23:00', '2026-12-01T02:00', '2026-12-01T23:00', '2026-12-02T02:00'].map(at)).toEqual([
      'rep-1',
      'rep-1',
      undefined,
      undefined,
    ]);
  });

  it('of the field get leads that they know, and no others', () => {
    expect(given(organisation, 'h', ['rep-4'])).toMatchObject({ repId: 'rep-4' });
    for (let n = 0; n < 100; n += 1) expect(given(organisation, `h-${n}`)!.repId).not.toBe('rep-4');
  });

  it('are followed by their team, else by whoever calls', () => {
    const next = (teamId: string | undefined, not: string[], day = '2026-11-30') =>
      successorsOf(organisation, { handoffId: 'h', teamId, not, now: on(day) })[0]?.repId;
    expect(next('inside-1', ['rep-1'])).toBe('rep-2');
    expect(next('inside-1', ['rep-2'], '2026-12-01')).toBe('rep-3');
    expect(next('field-1', ['rep-4', 'rep-1', 'rep-2'])).toBe('rep-3');
    expect(next(undefined, ['rep-1', 'rep-2', 'rep-3'])).toBeUndefined();
  });
});
