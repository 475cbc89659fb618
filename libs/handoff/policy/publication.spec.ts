import { join } from 'node:path';
import {
  DocumentInForce,
  emptyHistory,
  proposeOnDocument,
  publishDocument,
  rollBackDocument,
  type DocumentHistory,
} from '@leadlog/documents';
import { type LeadAssigned, type LeadHandedOff } from '@leadlog/events';
import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { asAppend, recorded } from '@leadlog/events/recorded.testing';
import { SqliteJobs } from '@leadlog/jobs/sqlite/sqlite-jobs';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { alwaysAtWork } from '@leadlog/organisation';
import { type Reaction } from '@leadlog/projections';
import { deliveryReaction, handoffReactions } from '../handoff-reactions';
import { handoffsProjection } from '../handoffs.projection';
import { policyKind } from './read-policy';

const HOUR = 3_600_000;
const policy = (rep: string, hours: number, more: string) =>
  policyKind.read(`reps: [{ id: ${rep}, team: t }]\nsla: { accept: ${hours}h, contact: 24h }\n${more}`, 'policy.yaml', 'standard');
const destination = (name: string) => `destinations: [{ name: ${name}, url: 'http://127.0.0.1:9', secretEnv: S }]`;
const ofFile = { ...policy('rep-1', 4, `consent: withhold\n${destination('first')}`), id: 'standard' };
const published = policy('rep-2', 8, `consent: warn\n${destination('second')}`);

describe('a published handoff policy', () => {
  const files = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }), accountsProjection, handoffsProjection);
  const { log, readModels } = files;
  const jobs = SqliteJobs.open({ file: join(files.folder, 'jobs.db') });

  beforeAll(() => files.start());
  afterAll(async () => {
    await jobs.close();
    await files.end();
  });

  const writer = { log, clock: Date.now, actor: { kind: 'person' as const, id: 'api' } };
  const empty = () => emptyHistory(policyKind, 'standard');
  const hot = async (leadId: string, ...more: Parameters<typeof asAppend>[0][]) => {
    const captured = recorded('LeadCaptured', { leadId, channel: 'form', profile: { name: leadId } }, { at: Date.now() });
    await log.appendMany([captured, ...more, recorded('LeadTierChanged', { leadId, to: 'hot' }, { at: Date.now() })].map(asAppend));
    await folded();
  };
  const folded = async () => readModels.reached(['leads', 'accounts', 'handoffs'], await log.head(), 300_000);
  /** What a worker does that starts now: everything that stands on the lists of these reactions. */
  const work = async () => {
    const inForce = new DocumentInForce(log, policyKind, () => ofFile);
    await inForce.open();
    const drain = async (reactions: readonly Reaction[]) => {
      await folded();
      const view = await readModels.view('handoffs');
      for (const { list, react } of reactions)
        for (const { key, rank } of await view.list(list, { max: Date.now() })) await react(key, rank, view);
    };
    const timezone = 'Asia/Tokyo';
    const organisation = () => alwaysAtWork(inForce.now().content.reps, timezone);
    await drain(handoffReactions({ pauseOf: () => undefined, log, readModels, policy: inForce, organisation, clock: Date.now, timezone }));
    await drain([deliveryReaction(log, jobs, inForce, Date.now)]);
  };
  const decided = async (leadId: string) => {
    const events = [];
    for await (const page of log.readStream(`lead-${leadId}`)) events.push(...page);
    const handedOff = events.find(({ type }) => type === 'LeadHandedOff');
    if (!handedOff) return undefined;
    const { acceptBy, policyId, policyVersion } = handedOff.data as LeadHandedOff;
    const { repId } = events.find(({ type }) => type === 'LeadAssigned')!.data as LeadAssigned;
    return { hours: (Date.parse(acceptBy) - handedOff.occurredAt) / HOUR, policyId, policyVersion, repId };
  };
  const waiting = async () => {
    const queues = await Promise.all(['webhooks.first', 'webhooks.second'].map((queue) => jobs.list(queue, 'waiting')));
    return queues.map((page) => page.length);
  };

  it('decides what comes from then on, sends nothing again, and hands off nobody who was withheld', async () => {
    const withdrawn = recorded('ConsentChanged', { leadId: 'lead-w', channel: 'phone', status: 'withdrawn' }, { at: Date.now() });
    await hot('lead-w', withdrawn);
    await hot('lead-1');
    await work();
    const first = { hours: 4, policyId: 'standard', policyVersion: ofFile.version, repId: 'rep-1' };
    expect([await decided('lead-1'), await decided('lead-w'), await waiting()]).toEqual([first, undefined, [1, 0]]);

    await proposeOnDocument(writer, empty, (history: DocumentHistory) =>
      publishDocument(history, { what: published, insteadOf: ofFile, same: undefined }),
    );
    await work();
    expect([await decided('lead-1'), await decided('lead-w'), await waiting()]).toEqual([first, undefined, [1, 0]]);

    await hot('lead-2');
    await hot('lead-x', recorded('ConsentChanged', { leadId: 'lead-x', channel: 'phone', status: 'withdrawn' }, { at: Date.now() }));
    await work();
    const second = { hours: 8, policyId: 'standard', policyVersion: published.version, repId: 'rep-2' };
    expect([await decided('lead-2'), await decided('lead-x'), await waiting()]).toEqual([second, second, [1, 2]]);

    await proposeOnDocument(writer, empty, (history: DocumentHistory) =>
      rollBackDocument(history, { live: history.state.published.at(-1) }),
    );
    await hot('lead-3');
    await work();
    expect([await decided('lead-3'), await decided('lead-2'), await decided('lead-w'), await waiting()]).toEqual([
      first,
      second,
      undefined,
      [2, 2],
    ]);
  });

  it('is delivered for 20 days, so that nothing is delivered again when a job may be forgotten', async () => {
    const forgotten = SqliteJobs.open({ file: join(files.folder, 'forgotten.db') });
    const inForce = new DocumentInForce(log, policyKind, () => ofFile);
    await inForce.open();
    const view = await readModels.view('handoffs');
    const waitingAt = async (now: number) => {
      const { list, react } = deliveryReaction(log, forgotten, inForce, () => now);
      for (const { key, rank } of await view.list(list)) await react(key, rank, view);
      return (await forgotten.counts('webhooks.first')).waiting;
    };
    expect(await waitingAt(Date.now() + 20 * 24 * HOUR)).toBe(0);
    expect(await waitingAt(Date.now() + 19 * 24 * HOUR)).toBe(2);

    // By a policy of a later version of this program, which is left to that.
    const definition = { policy: 'standard', sla: { acceptWithin: 'a moon' } };
    const data = { policyId: 'standard', version: 'f'.repeat(64), definition };
    await log.appendMany([
      asAppend(recorded('HandoffPolicyPublished', data, { at: Date.now(), stream: 'policy-standard' })),
      asAppend(recorded('LeadHandedOff', { leadId: 'lead-l', handoffId: 'lead-l.1', policyVersion: data.version }, { at: Date.now() })),
    ]);
    await folded();
    await inForce.open();
    const now = Date.now();
    const { react } = deliveryReaction(log, forgotten, inForce, () => now);
    expect(await react('lead-l', 0, await readModels.view('handoffs'))).toEqual({ notBefore: now + 60_000 });
    expect((await forgotten.counts('webhooks.first')).waiting).toBe(2);
    await forgotten.close();
  });
});
