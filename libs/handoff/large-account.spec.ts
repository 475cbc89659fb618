import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentInForce } from '@leadlog/documents';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { alwaysAtWork } from '@leadlog/organisation';
import { fromCode, LiveReadModels, ProjectionEngine, type Projection } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { colleaguesOf, dossierOf, type Dossier } from './dossier';
import { handoffReactions } from './handoff-reactions';
import { handoffsProjection, TO_HAND_OFF } from './handoffs.projection';
import { policyKind } from './policy/read-policy';

const timezone = 'Asia/Tokyo';
const PEOPLE = 1_200;
const accountId = 'acc-large';
const NOW = Date.parse('2026-06-30T12:00:00+09:00');

describe('a lead of an account with more than a thousand people', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-account-'));
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const sources = [leadsProjection({ timezone }) as Projection, accountsProjection as Projection, handoffsProjection as Projection].map(
    fromCode,
  );
  const engine = new ProjectionEngine({ log, store, sources, decode, clock: Date.now });
  let read = 0;
  /** Counts what is asked of the store. */
  const counting = new Proxy(store, {
    get: (of, name: keyof SqliteReadModelStore) => {
      if (name === 'load') return (generation: string, keys: readonly string[]) => ((read += keys.length), of.load(generation, keys));
      if (name === 'list')
        return async (...asked: Parameters<typeof of.list>) =>
          await of.list(...asked).then((entries) => ((read += entries.length), entries));
      return typeof of[name] === 'function' ? (of[name] as () => unknown).bind(of) : of[name];
    },
  });
  const readModels = new LiveReadModels(counting);
  const ofSettings = {
    ...policyKind.read(readFileSync('libs/handoff/policies/standard.yaml', 'utf8'), 'standard.yaml', 'standard'),
    id: 'standard',
  };
  const policy = new DocumentInForce(log, policyKind, () => ofSettings);
  const organisation = alwaysAtWork(ofSettings.content.reps, timezone);

  beforeAll(async () => {
    await engine.start();
    const people = Array.from({ length: PEOPLE }, (_, n) => `p-${n}`);
    const at = (n: number): number => NOW - (PEOPLE - n) * 60_000;
    await log.appendMany(
      people.map((leadId, n) =>
        asAppend(recorded('LeadCaptured', { leadId, accountId, channel: 'form', profile: { name: leadId } }, { at: at(n) })),
      ),
    );
    const rep = ofSettings.content.reps[0]!;
    for (const event of [
      recorded('LeadHandedOff', { leadId: 'p-1199', accountId, handoffId: 'p-1199.1', runId: 'p-1199.run-1' }, { at: NOW - 2_000 }),
      recorded(
        'LeadAssigned',
        { leadId: 'p-1199', accountId, handoffId: 'p-1199.1', repId: rep.id, teamId: rep.team, method: 'weighted' },
        { at: NOW - 1_999 },
      ),
      recorded('LeadTierChanged', { leadId: 'p-7', to: 'hot' }, { at: NOW - 1_000 }),
    ]) {
      await log.appendMany([asAppend(event)]);
    }
    await readModels.reached(['leads', 'accounts', 'handoffs'], await log.head(), 300_000);
  });
  afterAll(async () => {
    await engine.stop();
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });

  it('is handed off by looking at those who acted last, with the number of the others', async () => {
    const view = await readModels.view('handoffs');
    const [due] = await view.list(TO_HAND_OFF);
    expect(due?.key).toBe('p-7');
    read = 0;
    expect(
      await handoffReactions({
        pauseOf: () => undefined,
        log,
        readModels,
        policy,
        organisation: () => organisation,
        clock: () => NOW,
        timezone,
      })[0]!.react('p-7', due!.rank, view),
    ).not.toBe('again');
    // Not those of the whole account, and none of them twice.
    expect(read).toBeLessThan(PEOPLE);

    const handedOff: unknown[] = [];
    for await (const page of log.readStream('lead-p-7'))
      handedOff.push(...page.filter(({ type }) => type !== 'LeadTierChanged').map(({ data }) => data));
    // Assigned to whoever has a colleague of the lead.
    expect(handedOff).toMatchObject([
      { dossier: { colleaguesInAll: PEOPLE - 1 }, policyId: 'standard', policyVersion: ofSettings.version },
      { repId: ofSettings.content.reps[0]!.id, method: 'accountOwner' },
    ]);
    expect((handedOff[0] as { dossier: Dossier }).dossier.colleagues).toHaveLength(50);
  });

  it('has those in its dossier who acted last, and what happened in the last 30 days of the calendar', async () => {
    const { people, inAll } = await colleaguesOf(readModels, 'p-1199');
    expect([inAll, people.slice(0, 3).map(({ leadId }) => leadId)]).toEqual([PEOPLE - 1, ['p-1198', 'p-1197', 'p-1196']]);
    const view = (at: string) => asAppend(recorded('WebPageViewed', { leadId: 'p-3', category: 'product' }, { at }));
    // The clocks of New York go back on the 5th of November: 30 days before the 20th begin when the 21st of October does.
    await log.appendMany([view('2017-10-21T00:00:00-04:00')]);
    await log.appendMany([view('2017-10-20T23:59:59-04:00')]);
    await readModels.reached(['leads'], await log.head(), 300_000);
    const dossier = await dossierOf(log, readModels, 'p-3', { now: Date.parse('2017-11-20T10:00:00-05:00'), timezone: 'America/New_York' });
    expect(dossier!.webAccess.map(({ at }) => at)).toEqual(['2017-10-21T04:00:00.000Z']);
  });
});
