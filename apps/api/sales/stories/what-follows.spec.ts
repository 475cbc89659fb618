import type { LeadlogEvent } from '@leadlog/events';
import { boardOfJune, kpisOf, noticesOf, relaysOf } from './asked.testing';
import { dayOf, shown } from './company.testing';
import {
  accepted,
  answered,
  at,
  booked,
  called,
  handedOff,
  lost,
  met,
  opened,
  quoted,
  relayAccepted,
  relayed,
  returned,
  won,
} from './history.testing';

describe('a relay', () => {
  const visit = at(9, '14:00');
  const events = [
    ...handedOff('lead-a', 1),
    accepted('lead-a', at(1, '11:00')),
    called('lead-a', at(1, '13:00'), 'reached'),
    booked('lead-a', at(1, '13:05'), visit),
    relayed('lead-a', visit, at(1, '13:10')),
    relayAccepted('lead-a', visit, at(2)),
    met('lead-a', visit, undefined, { repIds: ['rep-2'], appointmentId: `apt-lead-a-${visit}`, dealId: 'deal-a' }),
    opened('lead-a', 'deal-a', at(9, '16:00'), 'rep-2'),
  ];

  it('leaves the appointment with inside sales, and gives the meeting, the day after it and the win to the field', async () => {
    expect(await dayOf(events, at(10, '09:00'))).toEqual([]);
    expect(shown(await dayOf(events, at(16, '17:00'), 'rep-2'))).toEqual([
      'overdue deal-a: propose, nothing was proposed since the meeting, 06-16 16:00',
    ]);
    const sold = [...events, quoted('lead-a', 'deal-a', at(10)), won('lead-a', 'deal-a', at(15), 1_200_000, 'rep-2')];
    expect(await kpisOf(sold, at(16), ['appointments', 'visits', 'wins', 'amount-won'], 'rep')).toEqual([
      'appointments rep-1: 1',
      'visits rep-2: 1',
      'wins rep-2: 1',
      'amount-won rep-2: 1200000',
    ]);
    expect(await relaysOf(sold)).toEqual(['rep-1 → rep-2: 1, 1, 1']);
    expect(await dayOf(sold, at(16), 'rep-2')).toEqual([]);
  });
});

describe('a covered flow', () => {
  const events = (covered: string[]): LeadlogEvent[] => [
    ...handedOff('lead-a', 1),
    accepted('lead-a', at(1, '11:00')),
    called('lead-a', at(1, '13:00'), 'reached', undefined, ['need']),
    booked('lead-a', at(1, '13:05'), at(3, '14:00')),
    met('lead-a', at(3, '14:00'), undefined, { covered }),
    booked('lead-a', at(3, '15:00'), at(9, '14:00')),
  ];
  const open = async (covered: string[]) => {
    const day = await dayOf(events(covered), at(3, '10:00'));
    const before = (await dayOf(events(covered).slice(0, -2), at(3, '10:00'))).at(-1)!;
    return { before: before.uncovered?.map(({ id }) => id), after: day.flatMap(({ uncovered }) => uncovered ?? []).map(({ id }) => id) };
  };

  it('shows before the meeting what the call has left open, and nothing of it once the meeting has covered it', async () => {
    expect(await open(['today', 'case', 'deciders', 'next-topic'])).toEqual({
      before: ['today', 'case', 'deciders', 'next-topic'],
      after: [],
    });
  });

  it('is a share of what the process requires, of the call and the meeting together, and of whoever met; by how it ended once it has', async () => {
    const names = ['flow-covered', 'flow-covered-won', 'flow-covered-lost'];
    const covered = events(['today', 'case', 'next-topic']);
    expect(await kpisOf(covered, at(4), names)).toEqual(['flow-covered: 3/4', 'flow-covered-won: 0/0', 'flow-covered-lost: 0/0']);
    const sold = [...covered, opened('lead-a', 'deal-a', at(9, '15:00')), won('lead-a', 'deal-a', at(12), 100)];
    expect(await kpisOf(sold, at(13), names, 'rep')).toEqual(['flow-covered rep-1: 3/4', 'flow-covered-won rep-1: 3/4']);
    const gone = [...covered, returned('lead-a', at(9, '15:00'))];
    expect(await kpisOf(gone, at(13), names)).toEqual(['flow-covered: 3/4', 'flow-covered-won: 0/0', 'flow-covered-lost: 3/4']);
  });
});

describe('a "no" without a revision', () => {
  const events = [opened('lead-a', 'deal-a', at(1)), quoted('lead-a', 'deal-a', at(2)), answered('lead-a', 'deal-a', at(3), 'no')];
  const revise = 'decision deal-a: revise, the answer was no, and nothing was offered since, 06-03 10:00';

  it('stands in the day until the proposal is revised or the deal is lost; it is no loss before', async () => {
    for (const day of [3, 10, 30]) expect(shown(await dayOf(events, at(day, '12:00')))).toEqual([revise]);
    const names = ['quotes', 'quote-revisions', 'win-rate', 'loss-rate'];
    expect(await kpisOf(events, at(10), names)).toEqual(['quotes: 1', 'quote-revisions: 0', 'win-rate: 0/0', 'loss-rate: 0/0']);

    const revised = [...events, quoted('lead-a', 'deal-a', at(11), 2)];
    // It is quoted again; when to hear of it is not agreed.
    expect(shown(await dayOf(revised, at(12)))).toEqual(['no-next-step deal-a: plan, nothing is planned or agreed, 06-11 10:00']);
    const sold = [...revised, won('lead-a', 'deal-a', at(15), 900_000)];
    expect(await kpisOf(sold, at(16), names)).toEqual(['quotes: 1', 'quote-revisions: 1', 'win-rate: 1/1', 'loss-rate: 0/1']);

    const gone = [...events, lost('lead-a', 'deal-a', at(11))];
    expect(await dayOf(gone, at(12))).toEqual([]);
    expect(await kpisOf(gone, at(16), names)).toEqual(['quotes: 1', 'quote-revisions: 0', 'win-rate: 0/1', 'loss-rate: 1/1']);
  });
});

describe('a fact that contradicts another', () => {
  const events = [
    opened('lead-a', 'deal-a', at(1)),
    won('lead-a', 'deal-a', at(5), 900_000, 'rep-1'),
    won('lead-a', 'deal-a', at(6), 700_000, 'rep-2'),
  ];

  it('is recorded and asked about; the last one counts, once, for whoever reported it', async () => {
    expect(await noticesOf(events)).toEqual(['lead-a: deal deal-a was won for different amounts: 700000 JPY and 900000 JPY']);
    expect(await kpisOf(events, at(10), ['wins', 'amount-won'], 'rep')).toEqual(['wins rep-2: 1', 'amount-won rep-2: 700000']);
    for (const rep of ['rep-1', 'rep-2']) expect(await dayOf(events, at(10), rep)).toEqual([]);
  });

  it('that a deal is lost after it was won takes the win away, until somebody tells otherwise', async () => {
    const contradicted = [...events.slice(0, 2), lost('lead-a', 'deal-a', at(7))];
    expect(await noticesOf(contradicted)).toHaveLength(1);
    expect(await kpisOf(contradicted, at(10), ['wins', 'loss-rate'])).toEqual(['wins: 0', 'loss-rate: 1/1']);
    expect(await boardOfJune(contradicted, at(10))).toContain('wins 0');
  });
});
