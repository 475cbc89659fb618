import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type EventData, type EventType } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection, LeadSearch, listLeads } from '@leadlog/lead';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection, type ReadModelView } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';

const LEADS = 1_500;

describe('searching leads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-search-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const sources = [fromCode(leadsProjection({ timezone: 'Asia/Tokyo' }) as Projection)];
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
  const models = new LiveReadModels(store);
  const search = new LeadSearch();
  let read = 0;
  /** Counts the documents asked for. */
  const texts = async (): Promise<ReadModelView> => {
    const view = await models.view('leads');
    return Object.assign(Object.create(view) as ReadModelView, { many: (keys: string[]) => ((read += keys.length), view.many(keys)) });
  };
  const found = async (q: string): Promise<string[]> => ((await search.find(await texts(), q)) ?? ['all of them']).sort();
  let at = Date.parse('2026-06-01T10:00:00+09:00');
  async function record<Type extends EventType>(...events: [Type, Partial<EventData[Type]>][]): Promise<string[]> {
    const made = events.map(([type, data]) => recorded(type, data, { at: (at += 60_000) }));
    await log.appendMany(made.map(asAppend));
    await models.reached(['leads'], await log.head(), 300_000);
    return made.map(({ id }) => id);
  }
  beforeAll(() => engine.start());
  afterAll(async () => {
    await engine.stop();
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });

  it('finds words in name, mail, company, department and title, whatever their width and case', async () => {
    await record(
      ['LeadCaptured', { leadId: 'lead-1', profile: { name: '青山 晴香', company: 'ミナトセイキ', title: 'Director' } }],
      ['LeadCaptured', { leadId: 'lead-2', profile: { name: '白川 透', company: 'ミナトセイキ', email: 'Toru@minato.example' } }],
      ['LeadCaptured', { leadId: 'lead-3', channel: 'form', profile: {} }],
    );
    expect(await found('ﾐﾅﾄ')).toEqual(['lead-1', 'lead-2']);
    expect(await found('ＤＩＲＥＣＴＯＲ')).toEqual(['lead-1']);
    expect(await found('ミナト　toru@')).toEqual(['lead-2']);
    expect(await found('青山 白川')).toEqual([]);
    expect(await found('トセ')).toEqual(['lead-1', 'lead-2']);
    // Not across two fields, nor two leads.
    expect(await found('香ミ')).toEqual([]);
    expect(await found(' 　 ')).toEqual(['all of them']);
  });

  it('reads the texts once, and then those that have changed', async () => {
    await record(
      ...Array.from({ length: LEADS }, (_, n): ['LeadCaptured', Partial<EventData['LeadCaptured']>] => [
        'LeadCaptured',
        { leadId: `many-${n}`, channel: 'form', profile: { name: `試験${n}`, company: 'ほげ商事' } },
      ]),
    );
    expect(await found('試験77')).toEqual(['many-77', ...Array.from({ length: 10 }, (_, n) => `many-77${n}`)].sort());
    read = 0;
    expect(await found('nobody')).toEqual([]);
    await record(
      ...Array.from({ length: 5 }, (_, n): ['WebPageViewed', Partial<EventData['WebPageViewed']>] => [
        'WebPageViewed',
        { leadId: `many-${n}` },
      ]),
    );
    expect(await found('nobody')).toEqual([]);
    expect(read).toBe(0);
    await record(['ProfileUpdated', { leadId: 'many-5', changes: { name: '改名後' } }]);
    expect(await found('改名後')).toEqual(['many-5']);
    expect(read).toBeLessThan(20);
    expect(await found('試験5')).not.toContain('many-5');
  });

  it('knows of merges, their reversal, voided events and erasure', async () => {
    await record(
      ['LeadCaptured', { leadId: 'here', profile: { name: 'Kept' } }],
      ['LeadCaptured', { leadId: 'there', profile: { department: 'Moved away' } }],
    );
    const [merge] = await record(['LeadsMerged', { leadId: 'there', mergedId: 'there', survivorId: 'here' }]);
    expect(await found('moved')).toEqual(['here']);
    expect(await found('kept moved')).toEqual(['here']);
    await record(['MergeReverted', { leadId: 'there', mergeEventId: merge! }]);
    expect(await found('moved')).toEqual(['there']);
    const [update] = await record(['ProfileUpdated', { leadId: 'here', changes: { title: 'Mistaken' } }]);
    expect(await found('mistaken')).toEqual(['here']);
    await record(['TouchpointInvalidated', { leadId: 'here', targetEventId: update!, reason: 'test' }]);
    expect(await found('mistaken')).toEqual([]);
    await record(['ProfileUpdated', { leadId: 'there', changes: { name: 'Gone' } }]);
    expect(await found('gone moved')).toEqual(['there']);
    await record(['PersonalDataErased', { leadId: 'there' }]);
    expect(await found('gone')).toEqual([]);
    expect(await found('moved')).toEqual(['there']);
  });

  it.each(['recent', 'captured'] as const)('gives pages in the order of the list, of few and of many found: %s', async (sort) => {
    const view = await models.view('leads');
    for (const q of ['ほげ商事', '試験1']) {
      const ids = (await search.find(await texts(), q))!;
      const all = (await view.list(sort, { direction: 'descending', limit: 10_000 }))
        .map(({ key }) => key)
        .filter((key) => ids.includes(key));
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await listLeads(view, { sort, limit: 130, cursor }, ids);
        seen.push(...page.items.map(({ leadId }) => leadId));
        if ((cursor = page.cursor) === undefined) break;
      }
      expect(seen).toEqual(all);
    }
  });

  it('finds what a look at every text finds', async () => {
    const piece = fc.constantFrom('aa', 'aab', 'ab', 'b', '青', '青山', '山', 'ｶﾞ', 'ガ', 'É', ' ');
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 30 }),
        fc.array(text, { minLength: 1, maxLength: 5 }),
        async (names, queries) => {
          const mark = `round${(round += 1)}x`;
          await record(
            ...names.map((name, n): ['LeadCaptured', Partial<EventData['LeadCaptured']>] => [
              'LeadCaptured',
              { leadId: `${mark}-${n}`, profile: { name: `${name} ${mark}` } },
            ]),
          );
          const normal = (one: string): string => one.normalize('NFKC').toLowerCase();
          for (const q of queries) {
            const words = normal(`${q} ${mark}`).split(/\s+/u).filter(Boolean);
            const expected = names.flatMap((name, n) =>
              words.every((word) => `${normal(name)} ${mark}`.includes(word)) ? [`${mark}-${n}`] : [],
            );
            expect(await found(`${q} ${mark}`)).toEqual(expected.sort());
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
