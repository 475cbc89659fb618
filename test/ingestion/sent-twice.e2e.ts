import { simulate } from '@leadlog/simulation';
import { getJson, startEngine, temporaryFolder } from '../support/engine-process';

// Long enough ago that nobody is warm any more: no decision comes in between.
const to = new Date('2025-10-01T00:00:00+09:00');
const from = new Date(to.getTime() - 28 * 86_400_000);

describe('a history that is sent again', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('changes nothing and is reported as duplicates, also after a restart', async () => {
    const body = [...simulate({ seed: 5, from, to, accounts: 30, reps: 4 })].map((event) => `${JSON.stringify(event)}\n`).join('');
    let engine = await startEngine(folder);
    const first = await send(engine.url, body);
    expect(first).toMatchObject({ rejected: 0 });
    const before = await seen(engine.url);

    expect(await send(engine.url, body)).toEqual({ accepted: 0, duplicates: first.accepted + first.duplicates, rejected: 0 });
    expect(await seen(engine.url)).toEqual(before);

    expect(await engine.stop()).toBe(0);
    engine = await startEngine(folder);
    expect(await send(engine.url, body)).toEqual({ accepted: 0, duplicates: first.accepted + first.duplicates, rejected: 0 });
    expect(await seen(engine.url)).toEqual(before);
    await engine.stop();
  });

  it('is one event, told of a visitor before a restart and of his address after it', async () => {
    const asked = (identity: object) =>
      `${JSON.stringify({ specversion: '1.0', id: 'asked-once', source: '/web', type: 'InquiryReceived', time: from.toISOString(), data: { identity, kind: 'demo' } })}\n`;
    let engine = await startEngine(folder);
    expect(await send(engine.url, asked({ visitorId: 'visitor-of-once' }))).toEqual({ accepted: 1, duplicates: 0, rejected: 0 });
    await engine.stop();
    engine = await startEngine(folder);
    expect(await send(engine.url, asked({ email: 'once@example.jp' }))).toEqual({ accepted: 0, duplicates: 1, rejected: 0 });
    await engine.stop();
  });
});

async function send(url: string, body: string): Promise<{ accepted: number; duplicates: number; rejected: number }> {
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
  const { accepted, duplicates, rejected } = JSON.parse((await response.text()).trim().split('\n').at(-1)!) as {
    accepted: number;
    duplicates: number;
    rejected: number;
  };
  return { accepted, duplicates, rejected };
}

/** What users see, with scores at a fixed time; all of it as of the head of the log. */
async function seen(url: string): Promise<unknown> {
  const { position } = await getJson<{ position: string }>(`${url}/v1/log/head`);
  const after = `after=${position}&timeout=60000`;
  const { items } = await getJson<{ items: { leadId: string; profile: object; lastActivityAt?: string }[] }>(
    `${url}/v1/leads?limit=50&${after}`,
  );
  const leads = items.map(({ leadId, profile, lastActivityAt }) => ({ leadId, profile, lastActivityAt }));
  const why = await Promise.all(leads.slice(0, 5).map(({ leadId }) => getJson(`${url}/v1/leads/${leadId}/why?at=2099-01-01T00:00:00Z`)));
  const kpis = await getJson<{ items: unknown }>(`${url}/v1/kpis?by=rep&from=2025-09-01&to=2025-10-01&${after}`).then(
    (table) => table.items,
  );
  return { position, leads, why, kpis };
}
