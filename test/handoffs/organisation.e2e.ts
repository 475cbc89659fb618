import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leadlog } from '../support/leadlog.testing';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { until } from '../support/until.testing';

interface Inbox {
  items: { leadId: string; handoffId: string; repId?: string; teamId?: string; state: string }[];
}

describe('who has a lead, as the organisation has it', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let sent = 0;

  beforeAll(async () => {
    const always =
      '{ mon: 00:00-24:00, tue: 00:00-24:00, wed: 00:00-24:00, thu: 00:00-24:00, fri: 00:00-24:00, sat: 00:00-24:00, sun: 00:00-24:00 }';
    const organisation = join(folder, 'organisation.yaml');
    writeFileSync(
      organisation,
      `
calendar: { timezone: Asia/Tokyo, country: none, hours: ${always} }
teams: [{ id: inside, kind: inside }, { id: field, kind: field }]
reps:
  - { id: rep-a, team: inside, capacity: 1 }
  - { id: rep-b, team: inside, capacity: 1 }
  - { id: rep-c, team: field }
  - { id: rep-d, team: inside, leftOn: 2020-01-01 }
`,
    );
    engine = await startEngine(folder, { LEADLOG_ORGANISATION: organisation });
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  async function makeHot(leadId: string): Promise<void> {
    const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    for (const [type, time, data] of [
      ['LeadCaptured', at(60), { channel: 'form', profile: { name: '青山 晴香', title: '部長', company: '株式会社みなと精機' } }],
      ['InquiryReceived', at(2), { kind: 'demo' }],
      ['InquiryReceived', at(1), { kind: 'quote' }],
    ] as const) {
      const event = { specversion: '1.0', id: `e${(sent += 1)}`, source: '/test', type, subject: leadId, time, data };
      expect((await postJson(`${engine.url}/v1/events`, event, 'application/cloudevents+json')).status).toBe(201);
    }
  }
  /** Decisions are made by reactions: asked again, behind the head of the log each time, until it is so. */
  const inInbox = (leadId: string, more: Partial<Inbox['items'][number]> = {}) =>
    until(async () => {
      const { position } = await getJson<{ position: string }>(`${engine.url}/v1/log/head`);
      const { items } = await getJson<Inbox>(`${engine.url}/v1/inbox?after=${position}`);
      return items.find((item) => item.leadId === leadId && Object.entries(more).every(([name, value]) => Object(item)[name] === value));
    });

  it('goes to the inside team, is given to others over HTTP, and on the command line with all that they have', async () => {
    await makeHot('lead-1');
    const { repId, teamId } = await inInbox('lead-1');
    expect([teamId, ['rep-a', 'rep-b'].includes(repId!)]).toEqual(['inside', true]);
    const assign = `${engine.url}/v1/handoffs/lead-1.1/assign`;
    const given = { id: 'given-1', repId: 'rep-c', reason: '訪問へ' };
    expect(await postJson(assign, given)).toMatchObject({ status: 200, body: { leadId: 'lead-1', repeated: false } });
    expect(await postJson(assign, given)).toMatchObject({ status: 200, body: { repeated: true } });
    await inInbox('lead-1', { repId: 'rep-c', teamId: 'field', state: 'handed-off' });

    for (const [body, status, errors] of [
      [
        { repId: 'rep-c', reason: 'x' },
        409,
        [{ pointer: '/repId', expected: 'a representative other than the one who has lead-1.1', got: 'rep-c' }],
      ],
      [{ repId: 'rep-e', reason: 'x' }, 422, [{ pointer: '/repId', got: '"rep-e"' }]],
      [{ repId: 'rep-d', reason: 'x' }, 422, [{ pointer: '/repId', expected: 'a representative who works here' }]],
      [{ repId: 'rep-a' }, 400, [{ pointer: '/reason' }]],
    ] as const)
      expect(await postJson(assign, body)).toMatchObject({ status, body: { errors } });
    expect(await postJson(`${engine.url}/v1/handoffs/none/assign`, { repId: 'rep-a', reason: 'x' })).toMatchObject({ status: 404 });
    expect(await postJson(`${engine.url}/v1/reps/rep-e/hand-over`, { reason: 'x' })).toMatchObject({
      status: 404,
      body: { errors: [{ pointer: '/id' }] },
    });
    expect(await postJson(`${engine.url}/v1/reps/rep-a/hand-over`, { to: 'rep-d', reason: 'x' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/to' }] },
    });

    const cli = (...args: string[]) => leadlog(engine.url, 'handoff', ...args);
    expect(await cli('assign', 'lead-1.1', '--to', 'rep-d', '--reason', 'x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('who left on 2020-01-01') as string,
    });
    expect(await cli('assign', 'lead-1.1', '--to', 'rep-a', '--reason', '戻す')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^lead-1\.1 is now with rep-a \(position \d+\)\n$/) as string,
    });
    const { code, out } = await cli('hand-over', 'rep-a', '--reason', '休職', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      {
        repId: 'rep-a',
        items: [{ handoffId: 'lead-1.1', leadId: 'lead-1', repId: 'rep-b', teamId: 'inside' }],
        position: expect.any(String) as string,
      },
    ]);
    expect((await cli('hand-over', 'rep-b', '--to', 'rep-c', '--reason', '休職')).out).toMatch(/lead-1\.1 +│ lead-1 +│ rep-c +│ field/);
    expect((await cli('hand-over', 'rep-b', '--reason', '休職')).out).toMatch(/^rep-b has no open handoffs/);
    await inInbox('lead-1', { repId: 'rep-c' });
    expect(JSON.stringify(await getJson(`${engine.url}/v1/leads/lead-1/timeline`))).toContain(
      '担当 rep-b に割り当て（余力に応じて）（休職）',
    );
  });

  it('waits while nobody has room, visibly, and goes to the first who has', async () => {
    for (const lead of ['lead-2', 'lead-3']) {
      await makeHot(lead);
      await inInbox(lead);
    }
    const [one, other] = [await inInbox('lead-2'), await inInbox('lead-3')];
    expect([one.repId, other.repId].sort()).toEqual(['rep-a', 'rep-b']);
    await makeHot('lead-4');
    const waiting = await until(async () => {
      const { items } = await getJson<{ items: { leadId: string; since: string }[] }>(`${engine.url}/v1/inbox/waiting`);
      return items.find(({ leadId }) => leadId === 'lead-4');
    });
    expect(await getJson(`${engine.url}/v1/leads/lead-4`)).toMatchObject({ state: 'hot', waitingSince: waiting.since });
    expect((await leadlog(engine.url, 'inbox', '--waiting')).out).toMatch(/lead-4 +│ +│ hot +│ 青山 晴香/);
    expect((await leadlog(engine.url, 'leads', 'show', 'lead-4')).out).toMatch(/waiting since +│? *\d{4}-/);

    expect((await postJson(`${engine.url}/v1/handoffs/lead-2.1/assign`, { repId: 'rep-c', reason: '訪問へ' })).status).toBe(200);
    await inInbox('lead-4', { repId: one.repId!, handoffId: 'lead-4.1' });
  });
});
