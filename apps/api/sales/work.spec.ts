import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SqliteEventLog } from '@leadlog/event-log/sqlite/sqlite-event-log';
import { decode, type LeadlogEvent } from '@leadlog/events';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { DescribedAnswers } from '../../../test/support/described-answers.testing';
import { projectionSources } from '../../setup/projections';
import { readSettings } from '../../setup/settings';
import { createOwnedApi } from '../../../test/support/owned-api.testing';

const NOW = Date.parse('2026-06-10T12:00:00+09:00');
const at = (day: number): string => `2026-06-${String(day).padStart(2, '0')}T10:00:00+09:00`;

let app: NestFastifyApplication;
let described: DescribedAnswers;
let told: (...events: LeadlogEvent[]) => Promise<void>;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadlog-work-'));
  const settings = readSettings({ LEADLOG_DATA: folder });
  const log = SqliteEventLog.open({ file: join(folder, 'log.db') });
  const store = SqliteReadModelStore.open({ file: join(folder, 'read-models.db') });
  const jobs = SqliteJobs.open({ file: join(folder, 'jobs.db') });
  const engine = new ProjectionEngine({ log, store, sources: projectionSources(settings), decode, clock: Date.now });
  await engine.start();
  const readModels = new LiveReadModels(store);
  told = async (...events) => {
    await log.appendMany(events.map(asAppend));
    await readModels.reached(['leads', 'handoffs', 'cards', 'sales-work', 'deal-leads', 'deals'], await log.head(), 300_000);
  };
  app = await createOwnedApi({ log, store, jobs, readModels, clock: () => NOW, settings, docs: false });
  described = new DescribedAnswers((await app.inject('/openapi.json')).json());
  closing.push(
    () => app.close(),
    () => engine.stop(),
    () => jobs.close(),
    () => store.close(),
    () => log.close(),
    () => rmSync(folder, { recursive: true }),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function ask<Answer>(url: string): Promise<Answer> {
  const { statusCode, body, headers } = await app.inject({ method: 'GET', url });
  described.check('GET', url.split('?')[0]!, { status: statusCode, type: String(headers['content-type']), body });
  return JSON.parse(body) as Answer;
}
type Items<Item> = { items: (Item & { leadId: string; dealId?: string; do: string })[] };
const dayOf = async (rep: string): Promise<string[]> =>
  (await ask<Items<{ section: string }>>(`/v1/reps/${rep}/day`)).items.map(
    (one) => `${one.section} ${one.dealId ?? one.leadId}: ${one.do}`,
  );

describe('what the API says of sales work', () => {
  it('is as if a voided event had never been', async () => {
    const deal = { leadId: 'lead-v', dealId: 'deal-v' };
    const better = recorded('QuoteSubmitted', { ...deal, quoteId: 'q', revision: 2 }, { at: at(4) });
    await told(
      recorded('DealOpened', { ...deal, repId: 'rep-v' }, { at: at(1) }),
      recorded('QuoteSubmitted', { ...deal, quoteId: 'q', revision: 1 }, { at: at(2) }),
      recorded('ClosingAnswered', { ...deal, answer: 'no' }, { at: at(3) }),
    );
    expect(await dayOf('rep-v')).toEqual(['decision deal-v: revise']);
    const offered = (revision: number) => ({ items: [{ dealId: 'deal-v', offered: { products: [], quote: { quoteId: 'q', revision } } }] });
    for (const url of ['/v1/reps/rep-v/day', '/v1/leads/lead-v/next', '/v1/deals?rep=rep-v'])
      expect(await ask(url)).toMatchObject(offered(1));
    await told(better);
    expect(await ask('/v1/reps/rep-v/day')).toMatchObject(offered(2));
    // Five days after the fourth: nobody has written when anybody works.
    expect(await dayOf('rep-v')).toEqual(['overdue deal-v: ask']);
    await told(
      recorded('TouchpointInvalidated', { leadId: 'lead-v', targetEventId: better.id, targetStream: better.stream }, { at: at(5) }),
    );
    expect(await dayOf('rep-v')).toEqual(['decision deal-v: revise']);
    expect(await ask('/v1/reps/rep-v/day')).toMatchObject(offered(1));
  });

  it('goes with a merge, and back with its reversal', async () => {
    const merge = recorded('LeadsMerged', { leadId: 'lead-n', survivorId: 'lead-m', mergedId: 'lead-n' }, { at: at(6) });
    await told(
      recorded('DealOpened', { leadId: 'lead-m', dealId: 'deal-m', repId: 'rep-m' }, { at: at(1) }),
      recorded(
        'AppointmentBooked',
        { leadId: 'lead-n', appointmentId: 'apt-n', repId: 'rep-m', scheduledAt: '2026-06-10T15:00:00+09:00' },
        { at: at(2) },
      ),
    );
    const apart = ['appointment lead-n: meet', 'overdue deal-m: book', 'overdue lead-n: confirm'];
    expect((await dayOf('rep-m')).sort()).toEqual(apart);
    await told(merge);
    // The appointment is about the deal that was open at the time.
    expect(await dayOf('rep-m')).toEqual(['overdue deal-m: confirm', 'appointment deal-m: meet']);
    expect(await ask('/v1/leads/lead-n/next')).toMatchObject({ leadId: 'lead-m', next: { do: 'confirm' }, items: [{ hasNextStep: true }] });
    await told(recorded('MergeReverted', { leadId: 'lead-n', mergeEventId: merge.id }, { at: at(7) }));
    expect((await dayOf('rep-m')).sort()).toEqual(apart);
  });

  it('keeps a deal whose handoff is open when duplicates are merged in whose own was rejected or returned later', async () => {
    const lead = (name: string) => ({ leadId: `lead-${name}`, handoffId: `lead-${name}.1` });
    const handedOff = (name: string, day: number) => [
      recorded(
        'LeadHandedOff',
        { ...lead(name), runId: `lead-${name}.run-1`, acceptBy: at(day + 1), contactBy: at(day + 2) },
        { at: at(day) },
      ),
      recorded('LeadAssigned', { ...lead(name), repId: `rep-${name}` }, { at: at(day) }),
    ];
    const openedBy = (name: string, day: number) =>
      recorded('DealOpened', { ...lead(name), dealId: `deal-${name}`, repId: `rep-${name}`, runId: undefined }, { at: at(day) });
    const merged = (name: string) =>
      recorded('LeadsMerged', { leadId: `lead-${name}`, survivorId: 'lead-p', mergedId: `lead-${name}` }, { at: at(6) });
    await told(
      ...handedOff('p', 1),
      openedBy('p', 2),
      recorded('NextActionPlanned', { leadId: 'lead-p', actionId: 'act-p', dueAt: at(9), template: 'call' }, { at: at(2) }),
      ...handedOff('q', 3),
      recorded('HandoffRejected', lead('q'), { at: at(4) }),
      ...handedOff('r', 3),
      openedBy('r', 4),
      recorded('LeadReturned', { ...lead('r'), runId: 'lead-r.run-1' }, { at: at(5) }),
    );
    const works = { p: ['overdue deal-p: call'], q: [], r: [] };
    for (const [name, work] of Object.entries(works)) expect([name, await dayOf(`rep-${name}`)]).toEqual([name, work]);
    for (const duplicate of ['q', 'r']) {
      await told(merged(duplicate));
      for (const [name, work] of Object.entries(works)) expect([name, await dayOf(`rep-${name}`)]).toEqual([name, work]);
    }
  });

  it('keeps what is planned and agreed in a run that goes on when a rejected duplicate is merged in, and nothing of that one', async () => {
    const handedOff = (leadId: string, day: number) => [
      recorded(
        'LeadHandedOff',
        { leadId, handoffId: `${leadId}.1`, runId: `${leadId}.run-1`, acceptBy: at(day + 1), contactBy: at(day + 2) },
        { at: at(day) },
      ),
      recorded('LeadAssigned', { leadId, handoffId: `${leadId}.1`, repId: 'rep-s' }, { at: at(day) }),
    ];
    const planned = (leadId: string, day: number) =>
      recorded(
        'NextActionPlanned',
        { leadId, actionId: `act-${leadId}`, dueAt: at(9), template: `見積の準備 ${leadId}` },
        { at: at(day), metadata: { actor: { kind: 'rep', id: 'rep-s' } } },
      );
    await told(
      ...handedOff('lead-s', 1),
      recorded('HandoffAccepted', { leadId: 'lead-s', handoffId: 'lead-s.1', repId: 'rep-s' }, { at: at(2) }),
      planned('lead-s', 3),
      recorded(
        'AppointmentBooked',
        { leadId: 'lead-s', appointmentId: 'apt-s', repId: 'rep-s', scheduledAt: '2026-06-10T15:00:00+09:00' },
        { at: at(3) },
      ),
      ...handedOff('lead-t', 2),
      planned('lead-t', 3),
      recorded('HandoffRejected', { leadId: 'lead-t', handoffId: 'lead-t.1', repId: 'rep-s' }, { at: at(4) }),
    );
    const day = ['overdue lead-s: 見積の準備 lead-s', 'appointment lead-s: meet'];
    expect(await dayOf('rep-s')).toEqual(day);
    await told(recorded('LeadsMerged', { leadId: 'lead-t', survivorId: 'lead-s', mergedId: 'lead-t' }, { at: at(6) }));
    expect(await dayOf('rep-s')).toEqual(day);
  });

  it('is described', async () => {
    const lead = { leadId: 'lead-d', handoffId: 'lead-d.1' };
    const acts = { leadId: 'lead-d', dealId: 'deal-d' };
    await told(
      recorded(
        'LeadCaptured',
        { leadId: 'lead-d', channel: 'form', profile: { name: '青山 晴香', company: '株式会社みなと精機' } },
        { at: at(1) },
      ),
      recorded('ConsentChanged', { leadId: 'lead-d', channel: 'email', status: 'withdrawn' }, { at: at(1) }),
      recorded('LeadHandedOff', { ...lead, runId: 'lead-d-run-1', acceptBy: at(2), contactBy: at(3) }, { at: at(1) }),
      recorded('LeadAssigned', { ...lead, repId: 'rep-d' }, { at: at(1) }),
    );
    const first = await ask<Items<object>>('/v1/reps/rep-d/day');
    expect(first).toMatchObject({ repId: 'rep-d', day: '2026-06-10', counts: { accept: 1 } });
    expect(first.items).toMatchObject([
      { section: 'accept', do: 'accept', dossier: '/v1/leads/lead-d/dossier', profile: { name: '青山 晴香' }, consentWithdrawn: ['email'] },
    ]);
    await told(
      recorded('HandoffAccepted', { ...lead, repId: 'rep-d' }, { at: at(2) }),
      recorded('DealOpened', { ...acts, ...lead, repId: 'rep-d' }, { at: at(3) }),
      recorded('DealStageChanged', { ...acts, from: 'a', to: '受注' }, { at: at(4) }),
      recorded('NextActionPlanned', { ...acts, actionId: 'act-d', dueAt: at(9), template: 'call' }, { at: at(4) }),
      recorded('InsightExchanged', { ...lead, kind: 'question', side: 'marketing', text: '？' }, { at: at(4) }),
    );
    expect(await dayOf('rep-d')).toEqual(['overdue deal-d: call', 'question lead-d: answer']);
    expect(await ask('/v1/leads/lead-d/next')).toMatchObject({
      items: [
        {
          stage: { id: 'order', difference: { en: 'SFA says Order, no quote was ever sent' } },
          next: { from: 'planned', actionId: 'act-d' },
        },
      ],
    });
    expect((await ask<Items<object>>('/v1/deals?rep=rep-d')).items).toMatchObject([
      { dealId: 'deal-d', repId: 'rep-d', hasNextStep: true },
    ]);
    expect((await ask<Items<object>>('/v1/deals?without=next-step')).items.map(({ dealId }) => dealId)).not.toContain('deal-d');
  });
});
