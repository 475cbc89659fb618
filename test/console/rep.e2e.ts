import type { Browser } from 'playwright-core';
import { linkFor, openPage, signIn, startBrowser } from '../support/browser';
import { demoData } from '../support/demo-data';
import { handedTo, type Handed } from '../support/hot-leads';
import { getJson, postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';

interface Recorded {
  type: string;
  data: { outcome?: string; seconds?: number };
  metadata: { actor: { kind: string; id: string } };
}

const [FIRST, SECOND] = ['真壁 千尋', '戸川 律'] as const;
/** What was planned with both, so that the day has it. */
const WHAT = '資料の感想を聞く';

describe('a representative with a phone', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  let browser: Browser;
  beforeAll(async () => {
    await demoData(folder);
    [engine, browser] = await Promise.all([startEngine(folder), startBrowser()]);
    await untilReady(engine.url);
  });
  afterAll(async () => {
    await browser?.close();
    await engine?.stop();
    remove();
  });

  const callsOf = async (leadId: string): Promise<Recorded[]> =>
    (await getJson<{ items: Recorded[] }>(`${engine.url}/v1/log/streams/activity-${leadId}`)).items.filter(
      ({ type }) => type === 'CallCompleted',
    );

  it('records a call in two taps, and what they did while the engine was away, once', async () => {
    const repId = 'rep-01';
    const [first, second] = (await handedTo(engine.url, repId, [FIRST, SECOND])) as [Handed, Handed];
    for (const { handoffId } of [first, second])
      expect((await postJson(`${engine.url}/v1/handoffs/${handoffId}/accept`, { repId })).status).toBe(200);
    for (const { leadId } of [first, second]) {
      const data = { actionId: `plan-${leadId}`, template: WHAT, dueAt: new Date().toISOString(), reason: '約束した' };
      const activities = [{ type: 'NextActionPlanned', time: new Date().toISOString(), data }];
      expect((await postJson(`${engine.url}/v1/leads/${leadId}/activities`, { repId, activities })).status).toBe(200);
    }
    const before = { first: await callsOf(first.leadId), second: await callsOf(second.leadId) };

    const { page } = await openPage(browser, { language: 'ja', theme: 'light', size: 'phone' }, engine.url);
    await signIn(page, await linkFor(engine, { name: '担当', role: 'rep', repId }));
    const rowOf = (name: string) => page.getByRole('button', { name: `記録: ${name}: ${WHAT}` });
    await rowOf(FIRST).click();
    await page.getByRole('button', { name: '不在', exact: true }).click();
    await page.getByText('架電（不在）を記録しました').waitFor();
    const after = await callsOf(first.leadId);
    expect(after.slice(before.first.length)).toMatchObject([
      { data: { outcome: 'noAnswer' }, metadata: { actor: { kind: 'rep', id: repId } } },
    ]);
    // Nobody has measured it.
    expect(after.at(-1)!.data).not.toHaveProperty('seconds');

    const { port } = new URL(engine.url);
    await rowOf(SECOND).click();
    await engine.kill();
    await page.getByRole('button', { name: '話し中', exact: true }).click();
    await page.getByText('Leadlog から応答がありません').waitFor();
    engine = await startEngine(folder, { PORT: port });
    await page.getByText('架電（話し中）を記録しました').waitFor();
    await page.getByText('Leadlog から応答がありません').waitFor({ state: 'detached' });
    expect((await callsOf(second.leadId)).slice(before.second.length)).toMatchObject([{ data: { outcome: 'busy' } }]);
  });
});
