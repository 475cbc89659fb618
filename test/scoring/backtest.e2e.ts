import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '@leadlog/simulation';
import { leadlog } from '../support/leadlog.testing';
import { Tenant } from '../support/tenant.testing';

const MODEL = 'changing';
const DAY = 86_400_000;

const modelOf = (pagePoints: number, inquiry: number, model = MODEL, suggest = '') => `
model: ${model}
axes:
  engagement:
    rules:
      - { id: page, on: WebPageViewed, points: ${pagePoints}${suggest} }
      - { id: inquiry, on: InquiryReceived, points: ${inquiry} }
tiers:
  hot: { enter: { engagement: 60 }, leave: { engagement: 40 } }
`;

describe('backtests and suggestions on the started engine', () => {
  let tenant: Tenant;
  beforeEach(async () => {
    tenant = new Tenant();
    await tenant.start(modelOf(10, 50));
  });
  afterEach(async () => {
    await tenant.engine.stop();
    tenant.remove();
  });

  it('of a made-up company are told in plain language, kept, and compared', async () => {
    const to = Math.floor(Date.now() / DAY) * DAY;
    const events = [...simulate({ seed: 7, from: new Date(to - 130 * DAY), to: new Date(to), accounts: 500, reps: 30 })];
    for (let from = 0; from < events.length; from += 5_000) {
      const part = events
        .slice(from, from + 5_000)
        .map((event) => `${JSON.stringify(event)}\n`)
        .join('');
      const response = await fetch(`${tenant.engine.url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: part,
      });
      await response.text();
    }
    const draft = join(tenant.folder, 'draft.yaml');
    writeFileSync(draft, modelOf(1, 60));
    const past = ['--by', 'occurred', '--every', 'week'];
    await tenant.command('challenger/drafts', modelOf(3, 1, 'challenger'));
    const backtested = await leadlog(tenant.engine.url, 'model', 'backtest', draft, '--against', 'challenger', ...past);
    expect(backtested).toMatchObject({ code: 0, out: expect.stringMatching(/│ live .*\n│ challenger .*\n│ draft /) as string });
    expect(backtested.out).toMatch(/At \d+ cut-offs \d+ times a lead was eligible; \d+ of them \([\d.]+ %\) were a deal within 30 days\./);

    const out = join(tenant.folder, 'suggested.yaml');
    // What the history says of a page is more than nothing.
    writeFileSync(draft, modelOf(1, 60, MODEL, ', suggest: { max: 0.1 }'));
    const suggested = await leadlog(tenant.engine.url, 'model', 'suggest', draft, '--out', out, ...past);
    expect(suggested).toMatchObject({ code: 0, out: expect.stringContaining('Ten points double the odds.') as string });
    expect(suggested.out.split('\n').find((row) => row.startsWith('│ page '))).toMatch(
      /│ page +│ engagement +│ +1 │ +0\.1 │ +[\d.]+ to [\d.]+ +│ +\d+ │ +\d+ │ kept by max, history says [\d.]+ +│/,
    );
    expect(suggested.out).toMatch(
      /Kept by a sign or limit from the value found in the history: page at 0\.1 \(history: [\d.]+, [\d.]+ to [\d.]+\)\./,
    );
    expect(await leadlog(tenant.engine.url, 'model', 'validate', out)).toMatchObject({ code: 0 });

    const refused = await leadlog(tenant.engine.url, 'model', 'suggest', draft, '--outcome', 'accepted', ...past);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected at least 50 leads with the outcome "accepted"') as string,
    });
    const imported = await leadlog(tenant.engine.url, 'model', 'backtest', MODEL);
    expect(imported).toMatchObject({
      code: 1,
      err: expect.stringContaining('use the time of occurrence (by: occurred, or --by occurred)') as string,
    });

    const { out: trials } = await leadlog(tenant.engine.url, 'model', 'trials', MODEL, '--json');
    const { items } = JSON.parse(trials) as { items: { kind: string; state: string; figures?: { auc: number } }[] };
    expect(items.map(({ kind, state }) => [kind, state])).toEqual([
      ['backtest', 'failed'],
      ['suggest', 'failed'],
      ['suggest', 'done'],
      ['backtest', 'done'],
    ]);
    for (const { figures } of items.slice(2)) expect(figures!.auc).toBeGreaterThan(0.4);
  });
});
