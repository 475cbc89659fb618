import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leadlog, leadlog as calledWith } from '../support/leadlog.testing';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { until } from '../support/until.testing';

interface Explained {
  axes: { axis: string; sum: number; score: number }[];
  contributions: { axis: string; points: number }[];
  tier: string;
}
interface InboxAnswer {
  items: { leadId: string; handoffId: string; repId?: string; state: string; tier: string }[];
}

describe('the life of a lead, over HTTP', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let sent = 0;

  beforeAll(async () => {
    // The one that comes with Leadlog, but for who may not be written to.
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      readFileSync('libs/handoff/policies/standard.yaml', 'utf8').replace('consent: warn', 'consent: { post: withhold, others: warn }'),
    );
    engine = await startEngine(folder, { LEADLOG_POLICY: policy });
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await engine.stop();
    remove();
  });

  async function tell(type: string, subject: string, data: object, minutesAgo = 0): Promise<{ eventId: string; position: string }> {
    const time = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const event = { specversion: '1.0', id: `e${(sent += 1)}`, source: '/test', type, subject, time, data };
    const { status, body } = await postJson<{ eventId: string; position: string }>(
      `${engine.url}/v1/events`,
      event,
      'application/cloudevents+json',
    );
    expect([type, status, body]).toEqual([type, 201, body]);
    return body;
  }
  const capture = (leadId: string) =>
    tell('LeadCaptured', leadId, { channel: 'form', profile: { name: '青山 晴香', title: '部長', company: '株式会社みなと精機' } }, 60);
  const interest = async (leadId: string) => {
    await tell('InquiryReceived', leadId, { kind: 'demo' });
    return tell('InquiryReceived', leadId, { kind: 'quote' });
  };
  const why = (leadId: string, position: string, at: string) =>
    getJson<Explained>(`${engine.url}/v1/leads/${leadId}/why?after=${position}&at=${encodeURIComponent(at)}`);
  const score = ({ axes }: Explained) => axes.map(({ axis, score: points }) => [axis, points]);

  /** Decisions are made by reactions: asked again, behind the head of the log each time, until it is so. */
  const eventually = <T>(ask: (after: string) => Promise<T | undefined>) =>
    until(async () => ask((await getJson<{ position: string }>(`${engine.url}/v1/log/head`)).position));
  const inInbox = (leadId: string, state: string, not?: string) =>
    eventually(async (after) =>
      (await getJson<InboxAnswer>(`${engine.url}/v1/inbox?after=${after}`)).items.find(
        (item) => item.leadId === leadId && item.state === state && item.repId !== undefined && item.handoffId !== not,
      ),
    );

  it('hot, handed off once with its dossier, accepted, returned, and after a new act handed to the same rep', async () => {
    await capture('lead-a');
    await interest('lead-a');
    const first = await inInbox('lead-a', 'handed-off');
    expect(first).toMatchObject({ handoffId: 'lead-a.1', tier: 'hot' });

    const dossier = await getJson<{
      frozen: { hash: string; dossier: { inquiries: unknown[]; becameHot: { causes: unknown[] } } }[];
      now: object;
    }>(`${engine.url}/v1/leads/lead-a/dossier`);
    expect(dossier.frozen).toHaveLength(1);
    expect(dossier.frozen[0]!.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(dossier.frozen[0]!.dossier.inquiries).toHaveLength(2);
    expect(dossier.frozen[0]!.dossier.becameHot.causes.length).toBeGreaterThan(0);

    const handoff = `${engine.url}/v1/handoffs/lead-a.1`;
    const accept = { id: 'accept-1', repId: first.repId };
    expect(await postJson(`${handoff}/accept`, accept)).toMatchObject({ status: 200, body: { repeated: false } });
    expect(await postJson(`${handoff}/accept`, accept)).toMatchObject({ status: 200, body: { repeated: true } });
    expect(await postJson(`${handoff}/accept`, { ...accept, repId: 'rep-99', takeOver: true })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/repId', expected: `"${first.repId}", as recorded under this id`, got: '"rep-99"' }] },
    });
    expect(await postJson(`${handoff}/reject`, { repId: first.repId, reason: 'badFit' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('expected a handoff that is waiting for an answer') as string },
    });
    expect(await postJson(`${handoff}/reject`, { repId: first.repId, reason: 'bored' })).toMatchObject({ status: 400 });
    expect(await postJson(`${engine.url}/v1/handoffs/lead-a.7/accept`, { repId: first.repId })).toMatchObject({ status: 409 });
    await inInbox('lead-a', 'accepted');

    const giveBack = { id: 'return-1', reason: '来期に再検討', repId: first.repId };
    expect(await postJson(`${engine.url}/v1/leads/lead-a/return`, giveBack)).toMatchObject({ status: 200 });
    expect(await postJson(`${engine.url}/v1/leads/lead-a/return`, giveBack)).toMatchObject({ status: 200, body: { repeated: true } });
    expect(await postJson(`${engine.url}/v1/leads/lead-a/return`, { ...giveBack, reason: '競合' })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/reason', expected: '"来期に再検討", as recorded under this id', got: '"競合"' }] },
    });
    const { position } = await interest('lead-a');
    await getJson(`${engine.url}/v1/inbox?after=${position}`);
    const second = await inInbox('lead-a', 'handed-off', first.handoffId);
    expect(second).toMatchObject({ handoffId: 'lead-a.2', repId: first.repId });
  });

  it('a handoff is answered by the rep who has it, or taken over; a win may be told before its opening', async () => {
    await capture('lead-d');
    await interest('lead-d');
    const { repId } = await inInbox('lead-d', 'handed-off');
    const handoff = `${engine.url}/v1/handoffs/lead-d.1`;
    const errors = [{ pointer: '/repId', expected: `${repId}, who has lead-d.1, or takeOver: true to take it over`, got: 'rep-99' }];
    expect(await postJson(`${handoff}/accept`, { repId: 'rep-99' })).toMatchObject({ status: 409, body: { errors } });
    expect(await postJson(`${handoff}/reject`, { repId: 'rep-99', reason: 'noNeed' })).toMatchObject({ status: 409, body: { errors } });
    expect(await postJson(`${engine.url}/v1/leads/lead-d/return`, { repId: 'rep-99', reason: 'x' })).toMatchObject({
      status: 409,
      body: { errors },
    });
    const fact = {
      specversion: '1.0',
      id: 'sfa-1',
      source: '/sfa',
      type: 'HandoffAccepted',
      time: new Date().toISOString(),
      data: { leadId: 'lead-d', handoffId: 'lead-d.1', repId: 'rep-99' },
    };
    expect(await postJson(`${engine.url}/v1/events`, fact, 'application/cloudevents+json')).toMatchObject({
      status: 422,
      body: { errors: [{ ...errors[0], pointer: '/data/repId' }] },
    });

    const other = repId === 'rep-02' ? 'rep-01' : 'rep-02';
    expect(await postJson(`${handoff}/accept`, { repId: other, takeOver: true })).toMatchObject({ status: 200 });
    const taken = await inInbox('lead-d', 'accepted');
    expect(taken).toMatchObject({ repId: other, teamId: other === 'rep-02' ? 'inside-2' : 'inside-1', takenOverFrom: repId });
    expect(JSON.stringify(await getJson(`${engine.url}/v1/leads/lead-d/timeline`))).toContain(`${other} が引き取り`);

    await tell('DealLost', 'lead-d', { dealId: 'old', reason: 'price', declaredBy: 'rep' }, 60 * 24 * 700);
    await tell('DealOpened', 'lead-d', { dealId: 'old', repId: other }, 60 * 24 * 720);
    await tell('DealOpened', 'lead-d', { dealId: 'new', repId: other });
    expect((await inInbox('lead-d', 'in-deal')).handoffId).toBe('lead-d.1');
    await tell('DealWon', 'lead-d', { dealId: 'second', amount: { value: 1, currency: 'JPY' }, signedAt: new Date().toISOString() });
    const { position } = await tell('DealOpened', 'lead-d', { dealId: 'second', repId: other, handoffId: 'lead-d.1' });
    const { items } = await getJson<InboxAnswer>(`${engine.url}/v1/inbox?after=${position}`);
    expect(items.filter(({ leadId }) => leadId === 'lead-d')).toEqual([]);
  });

  it('a lead that refuses a channel waits, or is handed off with a warning, as the policy says; granted again, it is handed off at once', async () => {
    for (const [leadId, ...channels] of [['lead-n'], ['lead-o', 'post'], ['lead-p', 'phone'], ['lead-q', 'post', 'phone']] as const) {
      await capture(leadId);
      for (const channel of channels) await tell('ConsentChanged', leadId, { channel, status: 'withdrawn' }, 30);
      await interest(leadId);
    }
    expect(await inInbox('lead-p', 'handed-off')).toMatchObject({ handoffId: 'lead-p.1', consentWithdrawn: [{ channel: 'phone' }] });
    await inInbox('lead-n', 'handed-off');
    // Hot later than those that wait, and with sales: they have been looked at.
    await capture('lead-r');
    await interest('lead-r');
    await inInbox('lead-r', 'handed-off');
    for (const leadId of ['lead-o', 'lead-q']) {
      expect(await getJson(`${engine.url}/v1/leads/${leadId}`)).toMatchObject({
        state: 'hot',
        tier: 'hot',
        consent: { post: { status: 'withdrawn' } },
      });
      expect((await getJson<{ now: { warnings: string[] } }>(`${engine.url}/v1/leads/${leadId}/dossier`)).now.warnings).toContainEqual(
        expect.stringContaining('consent for post was withdrawn'),
      );
      expect((await calledWith(engine.url, 'leads', 'show', leadId)).out).toMatch(/do not use.*post/);
    }
    process.env.COLUMNS = '400';
    const { out } = await calledWith(engine.url, 'inbox');
    delete process.env.COLUMNS;
    expect(out).toMatch(/lead +│ do not use /);
    expect(out).toMatch(/lead-p +│ phone /);
    expect(out).not.toMatch(/lead-[oq]/);

    // An older withdrawal that is told late changes nothing of it.
    for (const leadId of ['lead-o', 'lead-q']) await tell('ConsentChanged', leadId, { channel: 'post', status: 'granted' });
    await tell('ConsentChanged', 'lead-o', { channel: 'post', status: 'withdrawn' }, 50);
    expect(await inInbox('lead-o', 'handed-off')).toMatchObject({ handoffId: 'lead-o.1', consentWithdrawn: [] });
    expect(await inInbox('lead-q', 'handed-off')).toMatchObject({ handoffId: 'lead-q.1', consentWithdrawn: [{ channel: 'phone' }] });
  });

  it('a handoff is answered on the command line as over HTTP, with the same refusals', async () => {
    const leadlog = (...args: string[]) => calledWith(engine.url, 'handoff', ...args);
    for (const lead of ['lead-g', 'lead-h']) await capture(lead);
    await tell('ConsentChanged', 'lead-g', { channel: 'phone', status: 'withdrawn' });
    await interest('lead-g');
    await interest('lead-h');
    const [{ repId }, { repId: second }] = [await inInbox('lead-g', 'handed-off'), await inInbox('lead-h', 'handed-off')];
    const overHttp = (await postJson<{ detail: string }>(`${engine.url}/v1/handoffs/lead-g.1/accept`, { repId: 'rep-99' })).body.detail;
    for (const verb of [
      ['accept', 'lead-g.1'],
      ['reject', 'lead-g.1', '--reason', 'badFit'],
      ['return', 'lead-g', '--reason', '来期'],
    ]) {
      const { code, err } = await leadlog(...verb, '--rep', 'rep-99');
      expect([code, err]).toEqual([1, expect.stringContaining(overHttp)]);
    }
    expect(await leadlog('accept', 'lead-g.1')).toMatchObject({ code: 2, err: expect.stringContaining('--rep') as string });
    expect(await leadlog('reject', 'lead-g.1', '--rep', repId!, '--reason', 'bored')).toMatchObject({
      code: 2,
      err: expect.stringContaining('badFit') as string,
    });
    expect(await leadlog('accept', 'nobody', '--rep', repId!)).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected the id of a handoff') as string,
    });

    expect(await leadlog('accept', 'lead-g.1', '--rep', repId!, '--id', 'cli-1')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^lead-g\.1 is accepted by .* \(position \d+\)$/m) as string,
    });
    expect(await leadlog('accept', 'lead-g.1', '--rep', repId!, '--id', 'cli-1')).toMatchObject({
      code: 0,
      out: expect.stringContaining('had been said before') as string,
    });
    // The channel that is refused is said in the inbox, and in the dossier as it was sent.
    expect(await inInbox('lead-g', 'accepted')).toMatchObject({ repId, consentWithdrawn: [{ channel: 'phone' }] });
    const { frozen } = await getJson<{ frozen: { dossier: { warnings: string[] } }[] }>(`${engine.url}/v1/leads/lead-g/dossier`);
    expect(frozen[0]!.dossier.warnings).toEqual([expect.stringContaining('consent for phone was withdrawn')]);

    const other = repId === 'rep-02' ? 'rep-01' : 'rep-02';
    expect((await leadlog('take-over', 'lead-g.1', '--rep', other)).code).toBe(0);
    expect(await inInbox('lead-g', 'accepted')).toMatchObject({ repId: other, takenOverFrom: repId });
    expect(
      (await leadlog('return', 'lead-g', '--rep', other, '--reason', '来期に再検討', '--revisit-on', '2027-04-01', '--json')).code,
    ).toBe(0);
    expect((await leadlog('reject', 'lead-h.1', '--rep', second!, '--reason', 'badFit', '--note', '対象外')).code).toBe(0);
    await eventually(async (after) =>
      (await getJson<InboxAnswer>(`${engine.url}/v1/inbox?after=${after}`)).items.some(({ leadId }) =>
        ['lead-g', 'lead-h'].includes(leadId),
      )
        ? undefined
        : true,
    );
  });

  it('a deal that was opened with one person and won with another is won for both', async () => {
    for (const lead of ['lead-e', 'lead-f']) await capture(lead);
    await interest('lead-e');
    const { repId } = await inInbox('lead-e', 'handed-off');
    await tell('DealOpened', 'lead-e', { dealId: 'joint', repId });
    await inInbox('lead-e', 'in-deal');
    await tell('DealWon', 'lead-f', { dealId: 'joint', amount: { value: 1, currency: 'JPY' }, signedAt: new Date().toISOString() });
    await eventually(async (after) =>
      (await getJson<InboxAnswer>(`${engine.url}/v1/inbox?after=${after}`)).items.some(({ leadId }) => leadId === 'lead-e')
        ? undefined
        : true,
    );
    for (const lead of ['lead-e', 'lead-f']) expect(await getJson(`${engine.url}/v1/leads/${lead}`)).toMatchObject({ state: 'won' });
    expect(JSON.stringify(await getJson(`${engine.url}/v1/leads/lead-e/timeline`))).toContain('案件 joint は lead-f で受注');
  });

  it('a call told again is one call in the timeline, the counts and SQL', async () => {
    await capture('lead-g');
    const call = { callId: 'call-1', repId: 'rep-01', startedAt: new Date().toISOString(), seconds: 10 };
    const { eventId: refused } = await tell('CallCompleted', 'lead-g', { ...call, outcome: 'refused' }, 10);
    const { position, eventId } = await tell('CallCompleted', 'lead-g', { ...call, outcome: 'reached' }, 10);
    const { items } = await getJson<{ items: { type: string }[] }>(`${engine.url}/v1/leads/lead-g/timeline?after=${position}`);
    expect(items.filter(({ type }) => type === 'CallCompleted')).toMatchObject([
      { eventId, data: { outcome: 'reached' }, toldAgain: [{ eventId: refused, data: { outcome: 'refused' } }] },
    ]);
    expect(await getJson(`${engine.url}/v1/leads/lead-g?after=${position}`)).toMatchObject({ counts: { CallCompleted: 1 } });
    const sql = { sql: "SELECT outcome FROM touchpoints WHERE lead = 'lead-g' AND type = 'CallCompleted'" };
    expect(await postJson(`${engine.url}/v1/sql`, sql)).toMatchObject({ status: 200, body: { rows: [['reached']] } });
  });

  it('an invalidated touchpoint, a merge and its reversal give the score of a history in which it had been so from the start', async () => {
    for (const lead of ['lead-b', 'lead-c', 'twin-b']) await capture(lead);
    const page = { url: 'https://www.leadlog.example/price', category: 'price', dwellMs: 20_000 };
    await tell('WebPageViewed', 'lead-b', page, 30);
    await tell('WebPageViewed', 'lead-c', page, 30);
    const bot = await tell('InquiryReceived', 'lead-b', { kind: 'demo' }, 20);
    const voided = await tell('TouchpointInvalidated', 'lead-b', { targetEventId: bot.eventId, reason: 'bot' });
    const at = new Date(Date.now() + 60_000).toISOString();
    const alone = await why('lead-b', voided.position, at);
    const asIf = await why('lead-c', voided.position, at);
    for (const [index, [axis, points]] of score(alone).entries()) {
      // The two histories differ by the milliseconds between their requests.
      expect([axis, Math.abs((points as number) - (score(asIf)[index]![1] as number)) < 1e-4]).toEqual([axis, true]);
    }
    for (const { axis, sum } of alone.axes) {
      const parts = alone.contributions.filter((part) => part.axis === axis).reduce((total, part) => total + part.points, 0);
      expect(Math.abs(parts - sum)).toBeLessThan(1e-9);
    }

    await tell('WebPageViewed', 'twin-b', page, 10);
    const merged = await postJson<{ position: string }>(`${engine.url}/v1/leads/lead-b/merge`, { mergedId: 'twin-b' });
    expect(merged.status).toBe(200);
    const together = await why('lead-b', merged.body.position, at);
    expect(together.contributions.filter((part) => part.points > 10 && part.axis === 'engagement')).toHaveLength(2);
    expect(await getJson(`${engine.url}/v1/leads/twin-b?after=${merged.body.position}`)).toMatchObject({
      leadId: 'lead-b',
      mergedLeadIds: ['twin-b'],
    });
    expect(await postJson(`${engine.url}/v1/leads/twin-b/merge`, { mergedId: 'lead-b' })).toMatchObject({ status: 409 });

    expect(await postJson(`${engine.url}/v1/leads/deal-lead/unmerge`, { mergedId: 'twin-b' })).toMatchObject({
      status: 409,
      body: {
        errors: [
          { pointer: '/mergedId', expected: 'a lead that is merged into deal-lead', got: '"twin-b", whose latest merge was into lead-b' },
        ],
      },
    });
    const apart = await postJson<{ position: string }>(`${engine.url}/v1/leads/lead-b/unmerge`, { mergedId: 'twin-b' });
    expect(apart.status).toBe(200);
    expect(score(await why('lead-b', apart.body.position, at))).toEqual(score(alone));
  });

  it('two leads of one address are a possible duplicate until they are kept apart or merged, and the command line does both', async () => {
    const given = (leadId: string, name: string) =>
      tell('LeadCaptured', leadId, { channel: 'form', profile: { name, company: '株式会社みなと精機', email: 'info@minato.example' } }, 60);
    await given('twin-1', '青山 晴香');
    const second = await given('twin-2', '白川 透');
    expect(second).toMatchObject({ notices: [expect.stringContaining('if they are the same person, merge twin-2 into it')] });
    type List = { items: { identity: object; leads: { leadId: string }[] }[]; position: string };
    const list = async (query = '') =>
      (
        await getJson<List>(
          `${engine.url}/v1/leads/duplicates?after=${(await getJson<{ position: string }>(`${engine.url}/v1/log/head`)).position}${query}`,
        )
      ).items;
    const who = (items: List['items']) => items.map(({ leads }) => leads.map(({ leadId }) => leadId));
    expect(await list()).toMatchObject([
      {
        identity: { email: 'info@minato.example' },
        leadsInAll: 2,
        leads: [{ leadId: 'twin-1', profile: { name: '青山 晴香', company: '株式会社みなと精機' } }, { leadId: 'twin-2' }],
      },
    ]);
    const shown = await leadlog(engine.url, 'leads', 'duplicates');
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('info@minato.example') });
    expect(shown.out).toContain('twin-1');

    const apart = { id: 'apart-1', otherId: 'twin-2', reason: '同じ代表アドレス', repId: 'rep-07' };
    expect(await postJson(`${engine.url}/v1/leads/twin-1/keep-apart`, { otherId: 'nobody' })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/otherId', expected: 'a lead with at least one recorded event' }] },
    });
    expect(await postJson(`${engine.url}/v1/leads/twin-1/keep-apart`, { otherId: 'twin-1' })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/otherId', expected: expect.stringContaining('not merged with twin-1') as string }] },
    });
    expect(await postJson(`${engine.url}/v1/leads/twin-1/keep-apart`, apart)).toMatchObject({
      status: 200,
      body: { leadId: 'twin-1', repeated: false },
    });
    expect(await postJson(`${engine.url}/v1/leads/twin-1/keep-apart`, apart)).toMatchObject({ status: 200, body: { repeated: true } });
    expect(await list()).toEqual([]);
    for (const [leadId, other] of [
      ['twin-1', 'twin-2'],
      ['twin-2', 'twin-1'],
    ] as const) {
      expect(await getJson(`${engine.url}/v1/leads/${leadId}/timeline?lane=seller`)).toMatchObject({
        items: [
          { type: 'LeadsKeptApart', actor: { kind: 'rep', id: 'rep-07' }, summary: { en: `Kept apart from ${other} (同じ代表アドレス)` } },
        ],
      });
    }
    expect(await tell('ProfileUpdated', 'twin-2', { changes: { email: 'info@minato.example' } })).not.toHaveProperty('notices');

    // Of whom only a deal tells.
    await tell('DealOpened', 'deal-twin', { dealId: 'deal-twin', repId: 'rep-07' });
    expect(await postJson(`${engine.url}/v1/leads/twin-1/merge`, { mergedId: 'deal-twin' })).toMatchObject({
      status: 200,
      body: { leadId: 'twin-1' },
    });

    await given('twin-3', '青山 晴香');
    expect(who(await list('&kind=email'))).toEqual([['twin-1', 'twin-2', 'twin-3']]);
    expect(await leadlog(engine.url, 'leads', 'merge', 'twin-1', 'twin-3')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^twin-3 is part of twin-1 \(position \d+\)\n$/),
    });
    expect(await list('&lead=twin-3')).toEqual([]);
    await leadlog(engine.url, 'leads', 'unmerge', 'twin-1', 'twin-3');
    for (const other of ['twin-1', 'twin-2'])
      expect(await leadlog(engine.url, 'leads', 'keep-apart', 'twin-3', other, '--reason', '別人')).toMatchObject({ code: 0 });
    expect(await list()).toEqual([]);
    expect(await leadlog(engine.url, 'leads', 'keep-apart', 'twin-3', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('recorded event, got "nobody"') as string,
    });
    expect(await fetch(`${engine.url}/v1/leads/duplicates?kind=phone`)).toMatchObject({ status: 400 });
  });

  it('an address of many is settled as a whole, and stays so whoever gives it later', async () => {
    const given = (n: number) => tell('LeadCaptured', `desk-${n}`, { channel: 'form', profile: { email: 'reception@minato.example' } }, 60);
    for (let n = 0; n < 25; n += 1) await given(n);
    const list = async () =>
      (
        await getJson<{ items: { identity: object; leadsInAll: number }[] }>(
          `${engine.url}/v1/leads/duplicates?after=${(await getJson<{ position: string }>(`${engine.url}/v1/log/head`)).position}`,
        )
      ).items;
    expect(await list()).toMatchObject([{ identity: { email: 'reception@minato.example' }, leadsInAll: 25 }]);
    const keepApart = (body: object) => postJson(`${engine.url}/v1/leads/duplicates/keep-apart`, body);
    expect(await keepApart({ identity: { email: 'nobody@minato.example' } })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/identity' }] },
    });
    expect(await keepApart({ identity: { email: 'reception@' } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/identity/email' }] },
    });
    expect(await keepApart({ identity: { mail: 'reception@minato.example' } })).toMatchObject({ status: 422 });
    const command = { id: 'desk', identity: { email: '<Reception@Minato.example>' }, reason: '受付', repId: 'rep-07' };
    expect(await keepApart(command)).toMatchObject({
      status: 200,
      body: { identity: { email: 'reception@minato.example' }, repeated: false },
    });
    expect(await keepApart(command)).toMatchObject({ status: 200, body: { repeated: true } });
    expect(await given(25)).not.toHaveProperty('notices');
    expect(await list()).toEqual([]);

    for (const n of [1, 2]) await tell('VisitorIdentified', `desk-${n}`, { visitorId: 'kiosk', method: 'login' });
    expect(await list()).toMatchObject([{ identity: { visitorId: 'kiosk' } }]);
    expect(await leadlog(engine.url, 'leads', 'keep-apart', '--identity', 'visitor:kiosk')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^leads that give kiosk are kept apart \(position \d+\)\n$/),
    });
    expect(await list()).toEqual([]);
    expect(await leadlog(engine.url, 'leads', 'keep-apart', 'desk-1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected two leads, or --identity'),
    });
    expect(await leadlog(engine.url, 'leads', 'keep-apart', '--identity', 'desk-1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('visitor:<id>'),
    });
  });
});
