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
import { dealsProjection, type DealState } from '@leadlog/sales';
import { tellingOf, timeOfTelling, untold } from './deal-parties';

const projection = dealsProjection();
const fold = (...events: RecordedEvent[]): DealState =>
  events.reduce((state, event) => projection.evolve(state, event), projection.initial('d'));
const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;

describe('read model deals', () => {
  const opened = recorded('DealOpened', { dealId: 'd', repId: 'rep-1' }, { at: day(1) });
  const quote = (revision: number, at: string) =>
    recorded('QuoteSubmitted', { dealId: 'd', quoteId: 'q', revision, amount: { value: revision, currency: 'JPY' } }, { at });
  const lost = recorded('DealLost', { dealId: 'd' }, { at: day(8) });
  const won = recorded('DealWon', { dealId: 'd' }, { at: day(9) });

  it('lists an open deal by the time it was opened, for all and for its rep, and a closed one by its outcome', () => {
    expect(projection.lists!(fold(opened), 'd')).toEqual({ open: Date.parse(day(1)), 'rep:rep-1': Date.parse(day(1)) });
    expect(projection.lists!(fold(won, opened), 'd')).toEqual({ closed: Date.parse(day(9)) });
  });

  it('is the same whatever arrived first: the last quote, the last answer', () => {
    const events = [opened, quote(1, day(2)), quote(2, day(5)), lost, won];
    expect(fold(...[...events].reverse())).toEqual(fold(...events));
    expect(fold(...events)).toMatchObject({
      outcome: { state: 'won' },
      quoted: { revision: 2 },
      quotes: [{ id: 'q', at: Date.parse(day(2)) }],
    });
  });
});

/** Deals in every state, the answer of one in the log before its opening, and another answered twice. */
function history(): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (let n = 0; n < 12; n += 1) {
    const dealId = `deal-${n}`;
    const steps: RecordedEvent[] = [
      recorded('DealOpened', { dealId, repId: `rep-${n % 3}` }, { at: day(1 + n) }),
      recorded('ProductProposed', { dealId, productIds: [`p-${n % 2}`, 'p-9'] }, { at: day(2 + n) }),
      recorded(
        'QuoteSubmitted',
        { dealId, quoteId: `q-${n}`, revision: 1, amount: { value: 1_000 + n, currency: 'JPY' } },
        { at: day(3 + n) },
      ),
    ];
    if (n % 3 === 1) steps.push(recorded('DealWon', { dealId, amount: { value: 900 + n, currency: 'JPY' } }, { at: day(5 + n) }));
    if (n % 3 === 2) steps.push(recorded('DealLost', { dealId }, { at: day(6 + n) }));
    if (n === 5) steps.push(recorded('DealWon', { dealId }, { at: day(9 + n) }));
    const { id: targetEventId, stream: targetStream } = steps.at(-1)!;
    if (n % 4 === 0) steps.push(recorded('DealFactVoided', { dealId, targetEventId, targetStream }));
    events.push(...(n === 7 ? steps.reverse() : steps));
  }
  return events;
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-deals-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('deals', async () => ({
  projection: dealsProjection() as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));

describe('leads of a deal are told', () => {
  const opened = recorded('DealOpened', { leadId: 'opener', dealId: 'd', repId: 'rep-1' }, { at: day(1) });
  const met = recorded('MeetingHeld', { leadId: 'visited', meetingId: 'm', dealId: 'd' }, { at: day(2) });
  const won = recorded('DealWon', { leadId: 'opener', dealId: 'd' }, { at: day(9) });
  const toldOf = (...events: RecordedEvent[]): object[] => untold('d', fold(...events));

  it('how it ended, also where only their meetings name it', () => {
    expect(toldOf(opened, met)).toEqual([]);
    expect(toldOf(won, met, opened)).toMatchObject([{ leadId: 'visited', state: 'won', closedWith: 'opener' }]);
    const told = recorded('DealShared', {
      leadId: 'visited',
      dealId: 'd',
      opened: true,
      state: 'won',
      closedWith: 'opener',
      closedAt: day(9),
    });
    expect(toldOf(opened, met, won, told)).toEqual([]);
  });

  it('again that it is open, once the outcome is voided, and again of the same outcome after that', () => {
    const what = { leadId: 'visited', dealId: 'd', opened: true, closedAt: day(9), closedWith: 'opener', state: 'won' as const };
    const told = recorded('DealShared', what);
    const [open] = untold('d', fold(opened, met, told));
    expect(open).toMatchObject({ leadId: 'visited', state: 'open' });
    const toldOpen = recorded('DealShared', { ...open, closedAt: undefined, closedWith: undefined });
    const [again] = untold('d', fold(opened, met, told, toldOpen, won));
    expect(again).toMatchObject({ leadId: 'visited', state: 'won', closedWith: 'opener' });
    const tellings = [[], [told], [told, toldOpen]].map((events) => tellingOf(again!, fold(opened, met, ...events).parties));
    expect(new Set(tellings.map(String)).size).toBe(3);
  });

  it('that an outcome is taken back, also where nothing but a meeting is left of the deal', () => {
    const what = { leadId: 'visited', dealId: 'd', opened: true, closedAt: day(9), closedWith: 'opener', state: 'won' as const };
    const left = fold(met, recorded('DealShared', what));
    const [open] = untold('d', left);
    expect(open).toMatchObject({ leadId: 'visited', state: 'open', opened: false });
    expect(timeOfTelling(open!, left)).toBe(Date.parse(day(9)));
  });
});
