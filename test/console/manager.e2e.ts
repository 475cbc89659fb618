import type { Page } from 'playwright-core';
import { linkFor, openPage, signIn, type Look } from '../support/browser';
import { consoleAtWork } from '../support/console-at-work.testing';
import { getJson } from '../support/engine-process';
import { until } from '../support/until.testing';

const JAPANESE: Look = { language: 'ja', theme: 'light', size: 'desktop' };
const ENGLISH_PHONE: Look = { language: 'en', theme: 'dark', size: 'phone' };

interface BoardAnswer {
  steps: { kpi: string; currency?: string; actual: number | null; target: number | null }[];
}

describe('a manager', () => {
  const at = consoleAtWork();

  async function asManager(look: Look, work: (page: Page) => Promise<void>): Promise<void> {
    const { page, context, wrong } = await openPage(at.browser, look, at.engine.url);
    page.setDefaultTimeout(120_000);
    await signIn(page, await linkFor(at.engine, { name: '部長', role: 'manager' }));
    await work(page);
    // A browser says of an editor whose text is replaced that it wanted to style it, which the policy of the page forbids.
    expect(wrong.filter((one) => !/Applying inline style/.test(one))).toEqual([]);
    await context.close();
  }

  const year = String(new Date().getFullYear());
  const board = () => getJson<BoardAnswer>(`${at.engine.url}/v1/board?period=${year}`);

  it('sets a target, and opens a number of the board down to what it counts, on a phone', async () => {
    await asManager(ENGLISH_PHONE, async (page) => {
      await page.goto(`${at.engine.url}/board?period=${year}`);
      await page.getByRole('button', { name: 'Set targets' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: /^Won/ }).first().fill('120');
      await dialog.getByRole('button', { name: 'Save 1 target' }).click();
      await page.getByText('1 target is set').waitFor();
      const wins = await until(async () => (await board()).steps.find(({ kpi, target }) => kpi === 'wins' && target === 120));

      await page.getByRole('button', { name: /^Won: show the/ }).click();
      const behind = page.getByRole('dialog');
      await behind.getByText(new RegExp(`^${wins.actual} entr(y|ies), as of`)).waitFor();
      const listed = () => behind.getByRole('region', { name: 'One by one' }).getByRole('listitem').count();
      for (let more = behind.getByRole('button', { name: /more/i }); (await more.count()) > 0;) await more.click();
      expect(await listed()).toBe(wins.actual);
    });
  });

  it('changes the process, sees what differs, publishes it, and takes it back', async () => {
    const { items } = await getJson<{ items: { id: string; inUse?: boolean }[] }>(`${at.engine.url}/v1/processes`);
    const { id: processId } = items.find(({ inUse }) => inUse)!;
    const inForce = () => getJson<{ text: string; version: string }>(`${at.engine.url}/v1/processes/${processId}`);
    const { text, version } = await inForce();
    const within = /within: (\d+)(bh|bd|h|d)\b/.exec(text)!;
    await asManager(JAPANESE, async (page) => {
      await page.goto(`${at.engine.url}/process`);
      await page.getByRole('tab', { name: '編集' }).click();
      await page.getByRole('textbox', { name: '営業プロセスの本文' }).click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(text.replace(within[0], `within: ${Number(within[1]) + 1}${within[2]}`));
      await page.getByText(/^問題ありません/).waitFor();
      await page.getByRole('button', { name: '公開…' }).click();
      await page.getByRole('dialog').getByText('変更点').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: '公開する' }).click();
      await page.getByText(/が有効になりました$/).waitFor();
      expect((await inForce()).version).not.toBe(version);

      await page.getByRole('tab', { name: '履歴' }).click();
      await page.getByRole('button', { name: '前のバージョンに戻す…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: '前のバージョンに戻す' }).click();
      await page.getByText(/に戻しました$/).waitFor();
      expect((await inForce()).version).toBe(version);
    });
  });
});
