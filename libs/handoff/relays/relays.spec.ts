import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { tellRelay } from '@leadlog/lead';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { foldedView } from '@leadlog/projections/folded-view.testing';
import { projectionContract } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import type { RelaysState } from './relay-facts';
import { listRelays } from './relay-queries';
import { relaysOf } from './relay-standing';
import { TellRelay, TellRelayHandler } from './relays.handlers';
import { relaysProjection } from './relays.projection';

const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;
const fold = (events: readonly RecordedEvent[]): RelaysState =>
  events.reduce((state, event) => relaysProjection.evolve(state, event), relaysProjection.initial('lead-1'));
const about = { leadId: 'lead-1', appointmentId: 'a-1' };

const booked = (n: number) =>
  recorded('AppointmentBooked', { ...about, repId: 'inside', dealId: 'd-1', sourceCallId: undefined }, { at: day(n) });
const relayed = (n: number, fromRepId = 'inside', toRepId = 'field') =>
  recorded('AppointmentRelayed', { ...about, fromRepId, toRepId }, { at: day(n) });
const accepted = (n: number, repId = 'field', takeOver?: true) => recorded('RelayAccepted', { ...about, repId, takeOver }, { at: day(n) });
const rejected = (n: number, repId = 'field') => recorded('RelayRejected', { ...about, repId, reason: 'no time' }, { at: day(n) });
const met = (n: number, meetingId = `m-${n}`) =>
  recorded('MeetingHeld', { ...about, meetingId, dealId: undefined, startedAt: day(n) }, { at: day(n) });
const won = (n: number) => recorded('DealWon', { leadId: 'lead-1', dealId: 'd-1' }, { at: day(n) });

const toldOfDeal = (n: number, closed?: number) =>
  recorded(
    'DealShared',
    {
      leadId: 'lead-1',
      dealId: 'd-1',
      opened: true,
      state: closed === undefined ? 'open' : 'won',
      closedWith: closed === undefined ? undefined : 'another',
      closedAt: closed === undefined ? undefined : day(closed),
    },
    { at: day(n) },
  );

describe('a relay', () => {
  it('is won with another lead, as this one is told, until it is told otherwise', () => {
    const events = [booked(1), relayed(2), accepted(3), met(8), toldOfDeal(20, 20)];
    expect(relaysOf(fold(events))).toMatchObject([{ deal: { dealId: 'd-1', state: 'won', at: Date.parse(day(20)) } }]);
    const takenBack = [...events, toldOfDeal(21)];
    expect(relaysOf(fold(takenBack)).map(({ deal }) => deal)).toEqual([undefined]);
    expect(fold(takenBack.toReversed())).toEqual(fold(takenBack));
  });

  it.each<[string, RecordedEvent[], object[]]>([
    ['waits', [booked(1), relayed(2)], [{ state: 'waiting', fromRepId: 'inside', repId: 'field' }]],
    [
      'is accepted, held and won',
      [booked(1), relayed(2), accepted(3), met(8), won(20)],
      [{ state: 'accepted', held: { meetingId: 'm-8' }, deal: { dealId: 'd-1', state: 'won' } }],
    ],
    [
      'is of the one who took it over',
      [booked(1), relayed(2), accepted(3, 'other', true)],
      [{ state: 'accepted', toRepId: 'field', repId: 'other' }],
    ],
    ['has no part in a meeting of before', [booked(1), met(2), relayed(3), accepted(4)], [{ state: 'accepted' }]],
    [
      'is followed by the next, which has the meeting',
      [booked(1), relayed(2), rejected(3), relayed(4, 'inside', 'third'), accepted(5, 'third'), met(8)],
      [
        { state: 'rejected', reason: 'no time' },
        { state: 'accepted', repId: 'third', held: { meetingId: 'm-8' } },
      ],
    ],
    [
      'is answered by a clock that is slow: as soon as it was told',
      [booked(1), relayed(4), accepted(3)],
      [{ state: 'accepted', at: Date.parse(day(4)), answeredAt: Date.parse(day(4)) }],
    ],
  ])('%s, in whatever order it is told', (_, events, relays) => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        const told = relaysOf(fold(shuffled));
        expect(told).toMatchObject(relays);
        expect(told.filter(({ held }) => held)).toHaveLength(relays.filter((one) => 'held' in one).length);
      }),
      { numRuns: 20 },
    );
  });
});

it('lists what is asked for, a part of the leads at a time, until it has looked at all of them', async () => {
  const events = Array.from({ length: 2_500 }, (_, n) => {
    const of = { ...about, leadId: `lead-${n}` };
    const relay = recorded('AppointmentRelayed', { ...of, fromRepId: 'inside', toRepId: 'field' }, { at: day(2) });
    return [
      recorded('AppointmentBooked', { ...of, repId: 'inside' }, { at: day(1) }),
      relay,
      ...(n % 1_000 === 7 ? [recorded('RelayRejected', { ...of, repId: 'field', reason: 'no time' }, { at: day(3) })] : []),
    ];
  }).flat();
  const views = { relays: foldedView(relaysProjection, events), leads: foldedView(relaysProjection, []) };
  const pages: string[][] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await listRelays(views, { state: 'rejected', limit: 50, cursor });
    pages.push(page.items.map(({ leadId }) => leadId));
    cursor = page.cursor;
  }
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.flat().sort()).toEqual(['lead-1007', 'lead-2007', 'lead-7']);
});

describe('telling of a relay', () => {
  it('is refused, with reasons, in any other order and to anybody else', async () => {
    const log = SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });
    const tell = async (event: RecordedEvent) => {
      const answer = await tellRelay(log, 'lead-1', asAppend(event).events[0]!, 'inside');
      return answer.ok
        ? answer.repeated
          ? 'repeated'
          : 'recorded'
        : `${answer.pointer ?? ''} expected ${answer.expected}, got ${answer.got}`;
    };
    expect(await tell(accepted(1))).toBe(' expected a relay that waits for an answer, got a-1, which nobody has relayed');
    expect(await tell(relayed(1, 'field', 'third'))).toBe('/data/fromRepId expected inside, who has a-1, got field');
    expect(await tell(relayed(1, 'inside', 'inside'))).toBe('/data/toRepId expected another representative than inside, got inside');
    const first = relayed(2);
    expect([await tell(first), await tell(first)]).toEqual(['recorded', 'repeated']);
    expect(await tell(relayed(2, 'inside', 'third'))).toBe(
      ' expected an appointment that is not being relayed, got a-1, relayed to field, who has not answered',
    );
    expect(await tell(accepted(3, 'rep-99'))).toBe(
      '/data/repId expected field, to whom a-1 was relayed, or takeOver: true to take it over, got rep-99',
    );
    expect(await tell(rejected(3))).toBe('recorded');
    expect(await tell(accepted(4))).toBe(' expected a relay that waits for an answer, got a-1, which inside has');
    expect([await tell(relayed(5)), await tell(accepted(6, 'third', true))]).toEqual(['recorded', 'recorded']);
    expect(await tell(relayed(7))).toBe('/data/fromRepId expected third, who has a-1, got inside');
    expect(await tell(relayed(7, 'third', 'field'))).toBe('recorded');
    await log.close();
  });

  it('goes on as if what was voided had not been told', async () => {
    const log = SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });
    const tell = (event: RecordedEvent) => tellRelay(log, 'lead-1', asAppend(event).events[0]!, 'inside');
    const isVoid = ({ id }: RecordedEvent) =>
      log.appendMany([
        asAppend(recorded('TouchpointInvalidated', { leadId: 'lead-1', targetEventId: id, reason: 'test' }, { stream: 'activity-lead-1' })),
      ]);
    const [wrong, right, answer] = [relayed(2, 'inside', 'rep-99'), relayed(3), accepted(4)];
    expect(await tell(wrong)).toMatchObject({ ok: true });
    await isVoid(wrong);
    expect([await tell(right), await tell(answer)]).toMatchObject([{ ok: true }, { ok: true }]);
    await isVoid(answer);
    expect(await tell(rejected(5))).toMatchObject({ ok: true });
    await log.close();
  });

  it('is recorded once under one id, under which nothing else can be told', async () => {
    const log = SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) });
    const store = SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) });
    const sources = [fromCode(relaysProjection as Projection)];
    const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
    await engine.start();
    const other = { leadId: 'lead-1', appointmentId: 'a-2' };
    await log.appendMany([booked(1), recorded('AppointmentBooked', { ...other, repId: 'inside' }, { at: day(1) })].map(asAppend));
    const handler = new TellRelayHandler(log, new LiveReadModels(store), () => Date.parse(day(2)));
    const actor = { kind: 'rep', id: 'inside', by: 'key-1' } as const;
    const relay = (appointmentId: string, toRepId = 'field') =>
      handler.execute(
        new TellRelay(appointmentId, { type: 'AppointmentRelayed', data: { fromRepId: 'inside', toRepId }, id: 'once', actor }),
      );
    expect(await relay('a-1')).toMatchObject({ ok: true, repeated: false });
    expect(await relay('a-1')).toMatchObject({ ok: true, repeated: true });
    const refused = (name: string, known: string, got: string) => ({
      leadId: 'lead-1',
      ok: false,
      pointer: `/data/${name}`,
      expected: `"${known}", as recorded under this id`,
      got: `"${got}"`,
    });
    expect(await relay('a-1', 'third')).toEqual(refused('toRepId', 'field', 'third'));
    expect(await relay('a-2')).toEqual(refused('appointmentId', 'a-1', 'a-2'));
    await engine.stop();
    await store.close();
    await log.close();
  });
});

function history(): RecordedEvent[] {
  const of = (n: number) => ({ leadId: `lead-${n}`, appointmentId: `a-${n}` });
  const events = Array.from({ length: 8 }, (_, n) => [
    recorded('AppointmentBooked', { ...of(n), repId: 'inside', dealId: `d-${n}` }, { at: day(1) }),
    recorded('AppointmentRelayed', { ...of(n), fromRepId: 'inside', toRepId: `field-${n % 2}` }, { at: day(2) }),
    ...(n % 3 ? [recorded('RelayAccepted', { ...of(n), repId: `field-${n % 2}` }, { at: day(3) })] : []),
    ...(n % 4 ? [recorded('MeetingHeld', { ...of(n), meetingId: `m-${n}`, startedAt: day(9) }, { at: day(9) })] : []),
  ]).flat();
  const merge = recorded('LeadsMerged', { leadId: 'lead-4', mergedId: 'lead-4', survivorId: 'lead-5' });
  const voided = events.find(({ type }) => type === 'RelayAccepted')!;
  return [
    ...events,
    recorded('TouchpointInvalidated', { leadId: (voided.data as { leadId: string }).leadId, targetEventId: voided.id, reason: 'test' }),
    merge,
    recorded('LeadsMerged', { leadId: 'lead-0', mergedId: 'lead-0', survivorId: 'lead-1' }),
    recorded('MergeReverted', { leadId: 'lead-4', mergeEventId: merge.id }),
  ];
}

let folder: string;
let files = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leadlog-relays-'))));
afterAll(() => rmSync(folder, { recursive: true }));

projectionContract('relays', async () => ({
  projection: relaysProjection as Projection,
  decode,
  history: history().map(asAppend),
  openLog: async () => SqliteEventLog.open({ file: join(folder, `log-${files++}.db`) }),
  openStore: async () => SqliteReadModelStore.open({ file: join(folder, `read-models-${files++}.db`) }),
}));
