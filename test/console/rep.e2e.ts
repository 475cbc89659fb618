import type { Page } from 'playwright-core';
import { linkFor, openPage, signIn, withKeyboard, withPointer, type Hand, type Look } from '../support/browser';
import { consoleAtWork } from '../support/console-at-work.testing';
import { handedTo, type Handed } from '../support/hot-leads';
import { until } from '../support/until.testing';
import { getJson, postJson } from '../support/engine-process';

interface Recorded {
  type: string;
  data: { outcome?: string; seconds?: number };
  metadata: { actor: { kind: string; id: string } };
}

const REP = 'rep-01';
/** What was planned with both, so that the day has it. */
const WHAT = '資料の感想を聞く';

interface Way {
  how: string;
  look: Look;
  handOf: (page: Page) => Hand;
  names: readonly [first: string, second: string];
  record: string;
  outcomes: { noAnswer: string; busy: string };
  recorded(outcome: string): string;
  away: string;
}

const WAYS: readonly Way[] = [
  {
    how: 'with a phone',
    look: { language: 'ja', theme: 'light', size: 'phone' },
    handOf: withPointer,
    names: ['真壁 千尋', '戸川 律'],
    record: '記録',
    outcomes: { noAnswer: '不在', busy: '話し中' },
    recorded: (outcome) => `架電（${outcome}）を記録しました`,
    away: 'Leadlog から応答がありません',
  },
  {
    how: 'with a keyboard alone',
    look: { language: 'en', theme: 'dark', size: 'desktop' },
    handOf: withKeyboard,
    names: ['岩倉 蒼', '水城 凛'],
    record: 'Record',
    outcomes: { noAnswer: 'No answer', busy: 'Busy' },
    recorded: (outcome) => `Recorded: Call (${outcome})`,
    away: 'Leadlog does not answer',
  },
];

describe('a representative', () => {
  const at = consoleAtWork();

  const callsOf = async (leadId: string): Promise<Recorded[]> =>
    (await getJson<{ items: Recorded[] }>(`${at.engine.url}/v1/log/streams/activity-${leadId}`)).items.filter(
      ({ type }) => type === 'CallCompleted',
    );

  it.each(WAYS)('$how records a call in two steps, and what they did while the engine was away, once', async (way) => {
    const { look, handOf, names, record, outcomes, recorded, away } = way;
    const [first, second] = (await handedTo(at.engine.url, REP, names)) as [Handed, Handed];
    for (const { handoffId } of [first, second])
      expect((await postJson(`${at.engine.url}/v1/handoffs/${handoffId}/accept`, { repId: REP })).status).toBe(200);
    for (const { leadId } of [first, second]) {
      const data = { actionId: `plan-${leadId}`, template: WHAT, dueAt: new Date().toISOString(), reason: '約束した' };
      const activities = [{ type: 'NextActionPlanned', time: new Date().toISOString(), data }];
      expect((await postJson(`${at.engine.url}/v1/leads/${leadId}/activities`, { repId: REP, activities })).status).toBe(200);
    }
    const before = { first: await callsOf(first.leadId), second: await callsOf(second.leadId) };

    const { page, context } = await openPage(at.browser, look, at.engine.url);
    const { press } = handOf(page);
    await signIn(page, await linkFor(at.engine, { name: '担当', role: 'rep', repId: REP }));
    const rowOf = (name: string) => page.getByRole('button', { name: `${record}: ${name}: ${WHAT}` });
    await press(rowOf(names[0]));
    await press(page.getByRole('button', { name: outcomes.noAnswer, exact: true }));
    await page.getByText(recorded(outcomes.noAnswer)).waitFor();
    const after = await callsOf(first.leadId);
    expect(after.slice(before.first.length)).toMatchObject([
      { data: { outcome: 'noAnswer' }, metadata: { actor: { kind: 'rep', id: REP } } },
    ]);
    // Nobody has measured it.
    expect(after.at(-1)!.data).not.toHaveProperty('seconds');

    await press(rowOf(names[1]));
    await at.engine.kill();
    await press(page.getByRole('button', { name: outcomes.busy, exact: true }));
    await page.getByText(away).waitFor();
    await at.startAgain();
    await page.getByText(recorded(outcomes.busy)).waitFor();
    await page.getByText(away).waitFor({ state: 'detached' });
    expect((await callsOf(second.leadId)).slice(before.second.length)).toMatchObject([{ data: { outcome: 'busy' } }]);
    await context.close();
  });

  it('finds a lead of theirs by a few letters, from anywhere', async () => {
    const name = '鳴海 玲';
    const [{ leadId }] = (await handedTo(at.engine.url, REP, [name])) as [Handed];
    const { page, context } = await openPage(at.browser, { language: 'ja', theme: 'dark', size: 'desktop' }, at.engine.url);
    await signIn(page, await linkFor(at.engine, { name: '担当', role: 'rep', repId: REP }));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('ControlOrMeta+K');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.insertText(name);
    const found = page.getByRole('menuitem', { name });
    await found.waitFor();
    await until(async () => {
      if ((await found.getAttribute('data-focused')) !== null) return true;
      await page.keyboard.press('ArrowDown');
      return false;
    });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name }).waitFor();
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/leads/${leadId}`);
    await context.close();
  });
});
