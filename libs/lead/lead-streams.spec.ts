import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, laneOf, leadStream, ownEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, timelineOf } from '@leadlog/lead';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';

const timezone = 'Asia/Tokyo';
const TOUCHPOINTS = 1_300;

describe('the timeline of a lead with more than a thousand touchpoints', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-streams-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const engine = new ProjectionEngine({
    log,
    store,
    sources: [fromCode(leadsProjection({ timezone }) as Projection)],
    decode,
    clock: Date.now,
  });
  const models = new LiveReadModels(store);
  let read = 0;
  /** Counts the events that are read. */
  const counting = new Proxy(log as EventLog, {
    get: (of, name: keyof EventLog) =>
      name === 'readStream'
        ? async function* (...asked: Parameters<EventLog['readStream']>) {
            for await (const page of of.readStream(...asked)) {
              read += page.length;
              yield page;
            }
          }
        : (of[name] as () => unknown).bind(of),
  });
  const at = (minute: number): number => Date.parse('2026-06-01T10:00:00+09:00') + minute * 60_000;
  const tell = async (...events: RecordedEvent[]): Promise<void> => {
    await log.appendMany(events.map(asAppend));
    await models.reached(['leads'], await log.head(), 300_000);
  };
  const page = async (cursor?: string, limit = 100) =>
    (await timelineOf(counting, await models.view('leads'), 'lead-1', { timezone, limit, cursor }))!;
  beforeAll(() => engine.start());
  afterAll(async () => {
    await engine.stop();
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });

  it('is read page by page: what has been looked at is not read again, late events stand where they belong', async () => {
    // In no order of business time.
    const minutes = Array.from({ length: TOUCHPOINTS }, (_, n) => (n * 7) % TOUCHPOINTS);
    await tell(
      ...minutes.map((minute) =>
        recorded('WebPageViewed', { leadId: 'lead-1', url: `https://www.leadlog.example/${minute}` }, { at: at(minute) }),
      ),
    );
    await page();
    expect(read).toBeGreaterThanOrEqual(TOUCHPOINTS);

    const seen: string[] = [];
    let most = 0;
    for (let cursor: string | undefined; ;) {
      read = 0;
      const { entries, cursor: next } = await page(cursor);
      most = Math.max(most, read);
      seen.push(...entries.map(({ occurredAt }) => occurredAt));
      if ((cursor = next) === undefined) break;
    }
    expect(seen).toEqual(Array.from({ length: TOUCHPOINTS }, (_, n) => new Date(at(TOUCHPOINTS - 1 - n)).toISOString()));
    expect(most).toBeLessThanOrEqual(TOUCHPOINTS);

    const late = recorded('ContentDownloaded', { leadId: 'lead-1' }, { at: at(TOUCHPOINTS - 1.5) });
    await tell(late, recorded('TouchpointInvalidated', { leadId: 'lead-1', targetEventId: late.id, reason: 'bot' }, { at: at(-1) }));
    read = 0;
    const { entries } = await page(undefined, 3);
    expect(entries.map(({ eventId, voided }) => [eventId === late.id, voided?.reason])).toEqual([
      [false, undefined],
      [true, 'bot'],
      [false, undefined],
    ]);
    expect(read).toBeLessThan(40);
  });

  it('has a lane for what the engine decides, which is not that of the rep', async () => {
    const decided = ownEvent({
      id: recorded('LeadTierChanged').id,
      type: 'LeadTierChanged',
      data: { ...(recorded('LeadTierChanged').data as object), leadId: 'lead-1' },
      at: at(5_000),
      by: 'scoring',
    });
    await log.append(leadStream('lead-1'), [decided], { expected: 'any' });
    await tell(
      recorded(
        'HandoffAccepted',
        { leadId: 'lead-1' },
        { at: at(5_001), metadata: { actor: { kind: 'rep', id: 'rep-1' }, source: 'leadlog/api' } },
      ),
    );
    for (const [lane, types] of [
      ['engine', ['LeadTierChanged']],
      ['seller', ['HandoffAccepted', 'TouchpointInvalidated']],
    ] as const) {
      const found = await timelineOf(counting, await models.view('leads'), 'lead-1', { timezone, lane });
      expect(found!.entries.map((entry) => [entry.type, entry.lane])).toEqual(types.map((type) => [type, lane]));
    }
  });

  it.each([
    ['LeadAssigned', { kind: 'system', id: 'handoff' }, 'leadlog/handoff', 'engine'],
    ['LeadsMerged', { kind: 'system', id: 'identity' }, 'leadlog/identity', 'engine'],
    ['LeadsMerged', { kind: 'person', id: 'api' }, 'leadlog/api', 'seller'],
    ['CallCompleted', { kind: 'system', id: 'cti' }, '/cti', 'seller'],
    ['WebPageViewed', { kind: 'integration', id: 'web' }, '/web', 'customer'],
  ] as const)('%s by %j of %s stands in the lane %s', (type, actor, source, lane) => {
    expect(laneOf(recorded(type, {}, { metadata: { actor: { ...actor }, source, ...(lane === 'customer' && { initiator: lane }) } }))).toBe(
      lane,
    );
  });
});
