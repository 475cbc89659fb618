import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';

interface Board {
  period: string;
  steps: { step: string; actual: number; target: number | null; conversion: number | null }[];
  position: string;
}

describe('targets and the joint board', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let position: string;
  beforeAll(async () => {
    engine = await startEngine(folder, { LEADLOG_ORGANISATION: resolve('libs/organisation/organisations/standard.yaml') });
    const at = (day: number): string => `2025-05-${String(day).padStart(2, '0')}T10:00:00+09:00`;
    const event = (type: string, id: string, time: string, data: object, subject = 'h.aoyama@minato-seiki.example') => ({
      specversion: '1.0',
      source: 'spec',
      id,
      type,
      time,
      subject,
      data,
    });
    const events = [
      event('LeadCaptured', '1', at(1), { channel: 'form', origin: 'web', profile: { email: 'h.aoyama@minato-seiki.example' } }),
      event('DealWon', '2', at(20), { dealId: 'd-1', signedAt: at(20), amount: { value: 500_000, currency: 'JPY' } }),
      {
        ...event('CallCompleted', '3', at(7), { callId: 'c-1', repId: 'rep-02', startedAt: at(7), seconds: 60, outcome: 'reached' }),
        actorkind: 'rep',
        actorid: 'rep-02',
        actorteam: 'inside-2',
      },
    ];
    const { body } = await postJson<{ position: string }>(`${engine.url}/v1/events`, events, 'application/cloudevents-batch+json');
    expect(body).toMatchObject({ accepted: 3 });
    ({ position } = body);
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });
  const put = async (body: object) => {
    const response = await fetch(`${engine.url}/v1/targets`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      body: (await response.json()) as { position: string; repeated: boolean; errors: { pointer: string }[] },
    };
  };
  const cli = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/leadlog', '--url', engine.url, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...OWNED },
    });
    return { status, stdout, stderr };
  };

  it('open to what they count, of which there is as much as they say', async () => {
    interface Facts {
      items: { leadId?: string; adds: number; of: Record<string, unknown> }[];
      total: number;
      sum: number;
    }
    const { steps } = await getJson<{ steps: { kpi: string; actual: number; currency?: string }[] }>(
      `${engine.url}/v1/board?period=2025-05&after=${position}`,
    );
    const opened = async (query: string) => getJson<Facts>(`${engine.url}/v1/kpis/${query}from=2025-05-01&to=2025-06-01`);
    expect(steps.length).toBeGreaterThan(8);
    for (const { kpi, actual, currency } of steps) {
      const { items, total, sum } = await opened(`${kpi}/facts?${currency ? `currency=${currency}&` : ''}`);
      expect({ kpi, sum, listed: items.length }).toEqual({ kpi, sum: actual, listed: total });
    }
    expect((await opened('wins/facts?')).items).toMatchObject([{ adds: 1, leadId: expect.any(String) as string, of: { deal: 'd-1' } }]);
    expect((await opened('reach-rate/facts?part=denominator&by=rep&group=rep-02&')).items).toMatchObject([
      { adds: 1, of: { call: 'c-1' } },
    ]);
    expect((await opened('calls/facts?by=rep&group=rep-01&')).total).toBe(0);
    for (const [query, pointer] of [
      ['limit=0', '/limit'],
      ['cursor=x', '/cursor'],
      ['part=open', '/part'],
      ['by=mode', '/by'],
    ] as const)
      expect(await (await fetch(`${engine.url}/v1/kpis/calls/facts?${query}`)).json()).toMatchObject({ errors: [{ pointer }] });
  });

  it('are set by the API and by the command line, are counted, and stand on the board', async () => {
    expect(await put({ scope: 'joint', kpi: 'smiles', period: '2025-05', value: 4 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/kpi' }] },
    });
    expect((await put({ scope: 'rep', kpi: 'wins', period: '2025-05', value: 4 })).body.errors).toMatchObject([{ pointer: '/scopeId' }]);
    const set = await put({ scope: 'joint', kpi: 'wins', period: '2025-05', value: 4 });
    expect(set).toMatchObject({ status: 200, body: { repeated: false } });
    expect(await put({ scope: 'joint', kpi: 'wins', period: '2025-05', value: 4 })).toMatchObject({
      body: { position: set.body.position, repeated: true },
    });

    const told = cli('--json', 'targets', 'set', 'amount-won', '2000000', '--period', '2025-Q2', '--currency', 'JPY');
    expect(told).toMatchObject({ status: 0, stderr: '' });
    const { position: last } = JSON.parse(told.stdout) as { position: string };

    const { items } = await getJson<{ items: object[] }>(`${engine.url}/v1/targets?scope=joint&after=${last}`);
    expect(items).toMatchObject([
      { scope: 'joint', scopeId: 'company', kpi: 'wins', period: '2025-05', value: 4, actual: 1, progress: 0.25 },
      { kpi: 'amount-won', period: '2025-Q2', currency: 'JPY', value: 2_000_000, actual: 500_000, progress: 0.25 },
    ]);
    const board = await getJson<Board>(`${engine.url}/v1/board?period=2025-05&after=${position}`);
    // Of 22 days from Monday to Friday, two are holidays in Japan.
    expect(board).toMatchObject({ workingDays: 20, elapsedShare: 1 });
    expect(board.steps.filter(({ actual }) => actual > 0)).toMatchObject([
      { step: 'leads', actual: 1, target: null },
      { step: 'wins', actual: 1, target: 4 },
      { step: 'amount', actual: 500_000, target: null, conversion: null },
    ]);
    expect(JSON.parse(cli('--json', 'board', '2025-05').stdout)).toEqual(board);
    expect(cli('board', '2025').stdout).toMatch(/^2025: \d+ of \d+ working days\n[^]*wins/);
    expect(cli('board', '2025-05-01')).toMatchObject({ status: 1, stderr: expect.stringContaining('expected a month (2026-11)') });
    expect(cli('targets', 'list', '--kpi', 'wins').stdout).toContain('company');
  });

  it('calls are split by what the team is in the organisation, now and as of a moment', async () => {
    const moment = encodeURIComponent(new Date().toISOString());
    for (const asked of [`after=${position}`, `asOf=${moment}`])
      for (const [by, group] of Object.entries({ kind: 'inside', employer: 'agency' })) {
        const url = `${engine.url}/v1/kpis?kpi=calls&by=${by}&from=2025-05-01&to=2025-06-01&${asked}`;
        expect((await getJson<{ items: object[] }>(url)).items).toMatchObject([{ group, value: 1 }]);
      }
  });

  it('KPIs are compared with the period before, by quarters and fiscal years, as of now and as of then', async () => {
    const asked = 'kpi=wins&period=fiscal-year&from=2024-04-01&to=2026-04-01&compare=previous';
    const now = await getJson<{ items: object[]; position: string }>(`${engine.url}/v1/kpis?${asked}&after=${position}`);
    expect(now.items).toMatchObject([
      { period: '2024', value: 0, previous: 0, change: 0 },
      { period: '2025', value: 1, previous: 0, change: 1 },
    ]);
    const asOf = encodeURIComponent(new Date().toISOString());
    expect((await getJson<{ items: object[] }>(`${engine.url}/v1/kpis?${asked}&asOf=${asOf}`)).items).toEqual(now.items);
  });
});
