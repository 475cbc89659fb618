import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import type { Projection } from '@leadlog/projections';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { answerRatesOf, bestHourBetween } from './best-hour';
import { salesWork } from './sales-work.projection';
import { hourCell } from './work-facts';

const TOKYO = 'Asia/Tokyo';
const projection = salesWork({ timezone: TOKYO });
const at = (day: number, hour = 10): string => `2026-06-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00+09:00`;
const listsOf = (...events: RecordedEvent[]): Record<string, number> => ({
  ...projection.lists!(
    events.reduce((state, event) => projection.evolve(state, event), projection.initial('lead-1')),
    'lead-1',
  ),
});

describe('read model sales-work', () => {
  const opened = recorded('DealOpened', { dealId: 'd', repId: 'rep-1' }, { at: at(1) });
  const booked = recorded('AppointmentBooked', { appointmentId: 'a', repId: 'rep-2', scheduledAt: at(5) }, { at: at(1) });
  const planned = recorded(
    'NextActionPlanned',
    { actionId: 'p', dueAt: at(3) },
    { at: at(1), metadata: { actor: { kind: 'rep', id: 'rep-3' } } },
  );

  it('lists a lead for whoever has a deal, an appointment or a plan with it, until that is over', () => {
    expect(listsOf(opened, booked, planned)).toEqual({
      'deals:rep-1': Date.parse(at(1)),
      'appointments:rep-2': Date.parse(at(5)),
      'planned:rep-3': Date.parse(at(3)),
    });
    const lost = recorded('DealLost', { dealId: 'd' }, { at: at(6) });
    const held = recorded('MeetingHeld', { meetingId: 'm', appointmentId: 'a', repIds: ['rep-2'], startedAt: at(5) }, { at: at(5) });
    const done = recorded('NextActionCompleted', { actionId: 'p' }, { at: at(3) });
    expect(listsOf(opened, booked, planned, lost, held, done)).toEqual({});
    const shared = { dealId: 'd', opened: false, closedWith: 'lead-2', closedAt: at(6) };
    expect(listsOf(opened, recorded('DealShared', { ...shared, state: 'won' }))).toEqual({});
    expect(listsOf(booked, recorded('AppointmentChanged', { appointmentId: 'a', status: 'cancelled' }, { at: at(4) }))).toEqual({});
  });
});

describe('what is over leaves the lists', () => {
  const actor = { kind: 'rep', id: 'rep-1' } as const;
  const opened = recorded('DealOpened', { dealId: 'd', repId: 'rep-1' }, { at: at(2) });
  const planned = (data: object) =>
    recorded('NextActionPlanned', { actionId: 'p', dueAt: at(9), ...data }, { at: at(2), metadata: { actor } });
  const both = ['deals:rep-1', 'planned:rep-1'];
  const called = (day: number) => recorded('CallCompleted', { callId: 'c', startedAt: at(day) }, { at: at(day) });
  const ended = (type: 'HandoffRejected' | 'LeadReturned' | 'LeadDisqualified', day: number, leadId?: string) =>
    recorded(type, { ...(leadId !== undefined && { leadId }) }, { at: at(day) });

  it.each<[string, RecordedEvent[], string[]]>([
    ['with the run', [opened, planned({}), ended('LeadReturned', 3)], []],
    ['with the run that is rejected', [planned({}), ended('HandoffRejected', 3)], []],
    ['with the lead', [opened, planned({}), ended('LeadDisqualified', 3)], []],
    ['but not with the run before', [opened, planned({}), ended('LeadReturned', 1)], both],
    ['nor with that of a duplicate', [opened, planned({}), ended('LeadReturned', 3, 'lead-2')], both],
    ['with its deal', [planned({ dealId: 'e' }), recorded('DealLost', { dealId: 'e' }, { at: at(3) })], []],
    ['once the verb is done', [planned({ template: 'call' }), called(3)], []],
    ['but not by what was done before', [planned({ template: 'call' }), called(1)], ['planned:rep-1']],
    ['nor by another verb', [planned({ template: 'meet' }), called(3)], ['planned:rep-1']],
  ])('%s', (_, events, lists) => {
    expect(Object.keys(listsOf(...events)).sort()).toEqual(lists);
    expect(Object.keys(listsOf(...[...events].reverse())).sort()).toEqual(lists);
  });
});

describe('the best hour', () => {
  it('is the one at which calls are answered most often; a few calls do not make one the best', () => {
    // Mondays at 10: half of many are answered; at 15: the only one; Tuesdays at 11: few of many.
    const rates = answerRatesOf([
      [hourCell('called', 1, 10), 100],
      [hourCell('answered', 1, 10), 50],
      [hourCell('called', 1, 15), 1],
      [hourCell('answered', 1, 15), 1],
      [hourCell('called', 2, 11), 100],
      [hourCell('answered', 2, 11), 10],
    ]);
    // 2026-06-01 is a Monday.
    const best = (from: string, until: string): string =>
      new Date(bestHourBetween(Date.parse(from), Date.parse(until), rates, TOKYO)).toISOString();
    expect(best(at(1, 8), at(3, 18))).toBe(new Date(at(1)).toISOString());
    expect(best(at(1, 11), at(3, 18))).toBe(new Date(at(1, 15)).toISOString());
    expect(best(at(1, 16), at(3, 18))).toBe(new Date(at(2, 11)).toISOString());
    expect(best(at(2, 12), at(3, 18))).toBe(new Date(at(3, 18)).toISOString());
  });
});

function history(): RecordedEvent[] {
  return [0, 1, 2, 3, 4, 5].flatMap((n) => {
    const leadId = `lead-${n}`;
    const dealId = `deal-${n % 3}`;
    const actor = { kind: 'rep', id: `rep-${n % 2}` } as const;
    const steps: RecordedEvent[] = [
      recorded('CallCompleted', { leadId, callId: `c-${n}`, startedAt: at(1 + n), outcome: n % 2 ? 'reached' : 'busy' }, { at: at(1 + n) }),
      recorded('AppointmentBooked', { leadId, appointmentId: `a-${n}`, repId: actor.id, scheduledAt: at(9 + n) }, { at: at(2 + n) }),
      recorded('DealOpened', { leadId, dealId, repId: actor.id }, { at: at(3 + n) }),
      recorded('DealStageChanged', { leadId, dealId, to: `stage-${n}` }, { at: at(4 + n) }),
      recorded('QuoteSubmitted', { leadId, dealId, quoteId: `q-${n}`, revision: 1 }, { at: at(5 + n) }),
      recorded('ClosingAnswered', { leadId, dealId, answer: 'undecided', decideBy: '2026-07-01' }, { at: at(6 + n) }),
      recorded('NextActionPlanned', { leadId, actionId: `p-${n}`, dueAt: at(9 + n) }, { at: at(7 + n), metadata: { actor } }),
      recorded('InsightExchanged', { leadId, handoffId: `h-${n}`, kind: 'question', text: '？' }, { at: at(8 + n) }),
    ];
    if (n === 4) steps.push(recorded('NextActionCompleted', { leadId, actionId: 'p-4' }, { at: at(13) }));
    return n === 2 ? steps.reverse() : steps;
  });
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-sales-work-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('sales-work', async () => ({
  projection: projection as Projection,
  decode,
  history: [
    ...history().map(asAppend),
    asAppend(recorded('LeadsMerged', { leadId: 'lead-1', survivorId: 'lead-0', mergedId: 'lead-1' }, { at: at(20) })),
  ],
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
