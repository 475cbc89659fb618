import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog, RecordedEvent } from '@leadlog/event-log';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection } from '@leadlog/lead';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { parseModel } from '../model/parse-model';
import { why, whyUnder } from './score-queries';
import { scoresSource } from './scores.projection';
import type { Contribution } from './why';

const TOUCHPOINTS = 1_200;
const model = parseModel(readFileSync(join(__dirname, '../models/engagement.yaml'), 'utf8'));

describe('why of a lead with more than a thousand touchpoints', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-why-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const engine = new ProjectionEngine({
    log,
    store,
    sources: [scoresSource(model), fromCode(leadsProjection({ timezone: 'Asia/Tokyo' }) as Projection)],
    decode,
    clock: Date.now,
  });
  const models = new LiveReadModels(store);
  let read = 0;
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
  const at = (hour: number): number => Date.parse('2026-03-01T00:00:00+09:00') + hour * 3_600_000;
  const now = at(TOUCHPOINTS / 4);
  const page = async (limit: number, cursor?: string) =>
    (await whyUnder(models, counting, { leadId: 'lead-1', limit, cursor }, now, 'Asia/Tokyo'))!;
  const shown = ({ occurredAt, ruleId, raw, points, capped }: Contribution) => JSON.stringify([occurredAt, ruleId, raw, points, capped]);

  beforeAll(async () => {
    await engine.start();
    const events: RecordedEvent[] = [
      recorded('LeadCaptured', { leadId: 'lead-1', profile: { title: '部長', email: 'a@example.com' } }, { at: at(0) }),
    ];
    for (let n = 0; n < TOUCHPOINTS; n += 1) {
      // Many at one moment, and more a day than their cap lets count; every third of a lead that is merged into it.
      const of = { leadId: n % 3 ? 'lead-1' : 'lead-2' };
      const when = { at: at(Math.floor(((n * 7) % TOUCHPOINTS) / 4)) };
      if (n % 5) events.push(recorded('WebPageViewed', { ...of, category: n % 2 ? 'price' : 'product', dwellMs: 20_000 }, when));
      else events.push(recorded(n % 2 ? 'ContentDownloaded' : 'EmailOpened', of, when));
    }
    events.push(recorded('TouchpointInvalidated', { leadId: 'lead-1', targetEventId: events[2]!.id, reason: 'bot' }));
    events.push(recorded('LeadsMerged', { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' }));
    await log.appendMany(events.map(asAppend));
    await models.reached(['scores', 'leads'], await log.head(), 300_000);
  });
  afterAll(async () => {
    await engine.stop();
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });

  it('comes page by page, and all pages together are what a look at the whole history gives', async () => {
    const { contributions: expected, ...rest } = (await why(await models.view('scores'), log, 'lead-1', now))!;
    expect(expected.some(({ capped }) => capped)).toBe(true);
    const all: Contribution[] = [];
    let pages = 0;
    for (let cursor: string | undefined; ; pages += 1) {
      const { contributions, cursor: next, ...others } = await page(90, cursor);
      expect(others).toEqual(rest);
      all.push(...contributions);
      if ((cursor = next) === undefined) break;
    }
    expect(pages).toBeGreaterThan(3);
    expect(all.map(shown).sort()).toEqual(expected.map(shown).sort());
    expect(new Set(all.map(({ eventId, ruleId }) => `${eventId} ${ruleId}`)).size).toBe(all.length);
    const happened = all.flatMap(({ occurredAt, type }) => (type === undefined ? [] : [occurredAt!]));
    expect(happened).toEqual(happened.toSorted((a, b) => b - a));
    for (const { axis, sum } of rest.axes)
      expect(all.filter((one) => one.axis === axis).reduce((total, { points }) => total + points, 0)).toBeCloseTo(sum, 9);
  });

  it('reads what came since, and the events of the page', async () => {
    await page(20);
    const later = Array.from({ length: 30 }, (_, n) =>
      recorded('WebPageViewed', { leadId: 'lead-1', category: 'product' }, { at: at(TOUCHPOINTS) + n * 60_000 }),
    );
    await log.appendMany(later.map(asAppend));
    await models.reached(['scores'], await log.head(), 300_000);
    read = 0;
    expect((await page(20)).contributions.length).toBeGreaterThanOrEqual(20);
    expect(read).toBeLessThanOrEqual(30 + 20);
  });

  it('at a past time has pages too', async () => {
    const past = { leadId: 'lead-1', at: at(100), by: 'occurred' as const };
    const first = (await whyUnder(models, log, { ...past, limit: 50 }, now, 'Asia/Tokyo'))!;
    const second = (await whyUnder(models, log, { ...past, limit: 1_000, cursor: first.cursor }, now, 'Asia/Tokyo'))!;
    const { contributions } = (await why(await models.view('scores'), log, 'lead-1', now, at(100), 'occurred'))!;
    expect([...first.contributions, ...second.contributions].map(shown).sort()).toEqual(contributions.map(shown).sort());
    await expect(whyUnder(models, log, { leadId: 'lead-1', limit: 5, cursor: 'nonsense' }, now, 'Asia/Tokyo')).rejects.toThrow(
      'cursor: expected a cursor from an earlier page',
    );
  });
});
