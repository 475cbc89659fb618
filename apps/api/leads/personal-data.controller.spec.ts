import { engineOnFiles } from '@leadlog/events/engine-on-files.testing';
import { recorded } from '@leadlog/events/recorded.testing';
import { leadsProjection } from '@leadlog/lead';
import { apiOnFiles } from '../../../test/support/owned-api.testing';
import type { ConsentHistory, PersonalData } from './personal-data.answers';

const engine = engineOnFiles(leadsProjection({ timezone: 'Asia/Tokyo' }));
let api: Awaited<ReturnType<typeof apiOnFiles>>;

const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T10:00:00+09:00`;
const from = (source: string) => ({ metadata: { source } });

const withdrawn = recorded('ConsentChanged', { channel: 'email', status: 'withdrawn' }, { at: day(5), ...from('/mail') });
const byMistake = recorded('ConsentChanged', { leadId: 'lead-2', channel: 'phone', status: 'withdrawn' }, { at: day(6) });
const call = { leadId: 'lead-1', callId: 'call-1', outcome: 'reached' as const, needs: ['夜間の停止'] };
const policy = {
  policy: 'standard',
  reps: [{ id: 'rep-1', team: 'inside-1' }],
  sla: { accept: '4h', contact: '24h' },
  destinations: [{ name: 'crm', url: 'https://crm.example/hook', secretEnv: 'CRM_SECRET' }],
};
const handoff = { leadId: 'lead-2', handoffId: 'lead-2.1' };

beforeAll(async () => {
  await engine.start();
  await engine.tell(
    recorded('HandoffPolicyPublished', { policyId: 'standard', version: 'v1', definition: policy }),
    recorded(
      'LeadCaptured',
      { leadId: 'lead-1', accountId: 'acc-1', profile: { name: '青山 晴香', title: '課長' } },
      { at: day(1), ...from('/web') },
    ),
    recorded('LeadCaptured', { leadId: 'lead-2', accountId: 'acc-1', profile: { name: 'Haruka' } }, { at: day(2), ...from('/fair') }),
    recorded('ProfileUpdated', { leadId: 'lead-1', changes: { name: '青山 晴香', title: '部長' } }, { at: day(3), ...from('/crm') }),
    recorded('ConsentChanged', { channel: 'email', status: 'granted' }, { at: day(1) }),
    withdrawn,
    byMistake,
    recorded('TouchpointInvalidated', { leadId: 'lead-2', targetEventId: byMistake.id, reason: 'test' }, { at: day(7) }),
    recorded('CallCompleted', call, { at: day(8) }),
    recorded('CallCompleted', { ...call, needs: ['夜間の停止', '予算'] }, { at: day(9) }),
    recorded('LeadHandedOff', { ...handoff, runId: 'lead-2.run-1', policyId: 'standard', policyVersion: 'v1' }, { at: day(10) }),
    recorded('LeadAssigned', { ...handoff, repId: 'rep-1', method: 'weighted' }, { at: day(10) }),
    recorded('HandoffSlaBreached', { ...handoff, step: 'accept', dueAt: day(11), notify: ['chat'] }, { at: day(11) }),
    recorded('LeadAssigned', { ...handoff, repId: 'rep-2', method: 'manual', reason: '休暇' }, { at: day(12) }),
    recorded('LeadHandedOff', {
      leadId: 'lead-9',
      handoffId: 'lead-9.1',
      runId: 'lead-9.run-1',
      dossier: { colleagues: [{ leadId: 'lead-2', name: 'Haruka' }, { leadId: 'lead-3' }] },
    }),
    recorded('LeadCaptured', { leadId: 'lead-5', profile: { name: '小川' } }, { at: day(1) }),
    recorded(
      'LeadHandedOff',
      { leadId: 'lead-5', handoffId: 'lead-5.1', runId: 'lead-5.run-1', policyId: 'standard', policyVersion: 'of-settings' },
      { at: day(2) },
    ),
    recorded('LeadsMerged', { leadId: 'lead-2', mergedId: 'lead-2', survivorId: 'lead-1' }, { at: day(13) }),
  );
  api = await apiOnFiles(engine);
});
afterAll(async () => {
  await api.close();
  await engine.end();
});

const ask = async <Answer>(url: string): Promise<Answer> => (await api.app.inject({ method: 'GET', url })).json<Answer>();

describe('consent', () => {
  it('is that of the person by channel, with every change of it, those that were voided too', async () => {
    const { leadId, now, items } = await ask<ConsentHistory>('/v1/leads/lead-2/consent');
    expect(leadId).toBe('lead-1');
    expect(now).toEqual({ email: { status: 'withdrawn', since: new Date(day(5)).toISOString() } });
    expect(items.map(({ channel, status }) => `${channel} ${status}`)).toEqual(['phone withdrawn', 'email withdrawn', 'email granted']);
    expect(items[0]).toMatchObject({ eventId: byMistake.id, mergedLeadId: 'lead-2', voided: { reason: 'test' } });
    expect(items[1]).toMatchObject({ eventId: withdrawn.id, source: '/mail' });
    expect(items[1]).not.toHaveProperty('voided');
  });
});

describe('the data of a person', () => {
  it('are the same under the id of a merged lead', async () => {
    const [one, other] = await Promise.all(['lead-1', 'lead-2'].map((id) => ask<PersonalData>(`/v1/leads/${id}/personal-data`)));
    expect(other).toEqual(one);
    expect(one).toMatchObject({ leadId: 'lead-1', known: { mergedLeadIds: ['lead-2'] } });
  });

  it('say what is known now, and who said so', async () => {
    const { known } = await ask<PersonalData>('/v1/leads/lead-1/personal-data');
    expect(known!.profile.map(({ field, value, source, personal }) => [field, value, source, personal])).toEqual([
      ['name', '青山 晴香', '/crm', true],
      ['title', '部長', '/crm', false],
    ]);
  });

  it('say which systems outside were told, and in whose dossiers the person stands', async () => {
    const { known } = await ask<PersonalData>('/v1/leads/lead-1/personal-data');
    expect(known!.told.map(({ what, destinations }) => [what, destinations])).toEqual([
      ['handoff.assigned', ['crm']],
      ['handoff.breached', ['chat']],
      ['lead.handed_off', ['crm']],
    ]);
    expect(known!.inDossiersOf).toMatchObject([{ leadId: 'lead-9', handoffId: 'lead-9.1', data: { name: 'Haruka' } }]);
  });

  it('do not name those of a policy that was published after the settings had decided', async () => {
    const { known } = await ask<PersonalData>('/v1/leads/lead-5/personal-data');
    expect(known!.told).toMatchObject([{ what: 'lead.handed_off', destinations: [] }]);
  });

  it('are every event, also what was voided or told again, page by page too, each with its personal part', async () => {
    const { items } = await ask<PersonalData>('/v1/leads/lead-1/personal-data');
    expect(items).toHaveLength(14);
    expect(items.filter(({ type }) => type === 'CallCompleted').map(({ personal }) => personal)).toEqual([
      { needs: ['夜間の停止', '予算'] },
      { needs: ['夜間の停止'] },
    ]);
    expect(items.find(({ eventId }) => eventId === byMistake.id)).toMatchObject({ voided: { reason: 'test' }, mergedLeadId: 'lead-2' });
    expect(items.find(({ type }) => type === 'LeadsMerged')).not.toHaveProperty('personal');
    const paged: PersonalData['items'] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const page: PersonalData = await ask<PersonalData>(`/v1/leads/lead-1/personal-data?limit=3${next}`);
      expect(page.known === undefined).toBe(next !== '');
      paged.push(...page.items);
      next = page.nextCursor === undefined ? undefined : `&cursor=${page.nextCursor}`;
    }
    expect(paged).toEqual(items);
  });

  it.each(['consent', 'personal-data'])('nobody has of somebody unknown: %s', async (what) => {
    expect((await api.app.inject({ method: 'GET', url: `/v1/leads/nobody/${what}` })).statusCode).toBe(404);
  });
});
