import type { Page } from 'playwright-core';
import { linkFor, openPage, signIn, withKeyboard, withPointer, type Hand, type Look, type Somebody } from '../support/browser';
import { consoleAtWork } from '../support/console-at-work.testing';
import { until } from '../support/until.testing';
import { getJson } from '../support/engine-process';

const JAPANESE: Look = { language: 'ja', theme: 'light', size: 'desktop' };
const ENGLISH: Look = { language: 'en', theme: 'dark', size: 'desktop' };
const PHONE: Look = { language: 'en', theme: 'light', size: 'phone' };

describe('who tunes, asks and operates', () => {
  const at = consoleAtWork();

  async function as(somebody: Somebody, look: Look, work: (page: Page, hand: Hand) => Promise<void>, handOf = withKeyboard): Promise<void> {
    const { page, context, wrong } = await openPage(at.browser, look, at.engine.url);
    page.setDefaultTimeout(120_000);
    await signIn(page, await linkFor(at.engine, somebody));
    await work(page, handOf(page)).catch((error: unknown) => {
      throw new Error(`the page said: ${wrong.join('\n') || 'nothing'}`, { cause: error });
    });
    // That a question or a draft was wrong is told by the answer; a browser tells it in the console, too. What replaces a selection it would write
    // with the style of what was there, which the policy of the page forbids.
    expect(wrong.filter((one) => !/status of (400|422)|Applying inline style/.test(one))).toEqual([]);
    await context.close();
  }

  const models = () =>
    getJson<{ items: { modelId: string; main: boolean; live: { version: string }; published: { handoffs?: string }[] }[] }>(
      `${at.engine.url}/v1/models`,
    ).then(({ items }) => items.find(({ main }) => main)!);

  it('marketing changes a rule, sees the error in its line, tries it, publishes it silently and rolls back, with a keyboard alone', async () => {
    const { modelId, live } = await models();
    const { text } = await getJson<{ text: string }>(`${at.engine.url}/v1/models/${modelId}`);
    const points = /^(.*\bpoints: )(\d+)/m.exec(text)!;
    const line = text.slice(0, points.index).split('\n').length;
    await as({ name: '企画 花子', role: 'marketing' }, JAPANESE, async (page, { press, write }) => {
      await page.goto(`${at.engine.url}/studio`);
      const editor = page.getByRole('textbox', { name: 'スコアモデル' });
      await write(editor, text.replace(points[0], `${points[1]}"many"`));
      await page
        .getByText(new RegExp(`^${line} 行`))
        .first()
        .waitFor();
      expect(await page.getByRole('button', { name: '公開', exact: true }).isDisabled()).toBe(true);
      await write(editor, text.replace(points[0], `${points[1]}${Number(points[2]) + 1}`));
      await page.getByText(/^バージョン/).waitFor();
      await press(page.getByRole('button', { name: '誰がホットになるか' }));
      await page.getByText(/^ホットになる \d+ 件/).waitFor();
      await page.getByRole('img').first().locator('svg').waitFor();
      // What was typed is still there, and charts go quietly.
      await press(page.getByRole('tab', { name: 'モデル', exact: true }));
      await press(page.getByRole('button', { name: '公開', exact: true }));
      await press(page.getByRole('group', { name: '公開' }).getByRole('button', { name: '公開', exact: true }));
      await page.getByText(/を公開しました/).waitFor();
      // What is typed and saved nowhere is asked about before it is lost.
      await write(editor, `${text}\n`);
      await press(page.getByRole('link', { name: '引き渡し' }));
      await press(page.getByRole('dialog', { name: '保存せずに移動しますか' }).getByRole('button', { name: 'キャンセル' }));
      await press(page.getByRole('button', { name: '変更を破棄' }));
      const published = await until(() => models().then((now) => (now.live.version !== live.version ? now : undefined)));
      expect(published.published.at(-1)).toMatchObject({ handoffs: 'silent' });
      await press(page.getByRole('tab', { name: '履歴' }));
      await press(page.getByRole('button', { name: '前のバージョンに戻す…' }));
      await press(page.getByRole('dialog').getByRole('button', { name: '前のバージョンに戻す', exact: true }));
      await page.getByText(/に戻ります/).waitFor();
    });
    await until(() => models().then((now) => now.live.version === live.version));
  });

  it('an analyst asks in SQL, is told what is wrong, and keeps the answer as a file, with a keyboard alone', async () => {
    await as({ name: 'Analyst', role: 'analyst' }, ENGLISH, async (page, { press, write }) => {
      await page.goto(`${at.engine.url}/reports?tab=sql`);
      const editor = page.getByRole('textbox', { name: 'SQL over the whole history' });
      const ask = async (sql: string) => {
        await write(editor, sql);
        await page.keyboard.press('Control+Enter');
      };
      await ask('SELECT nothing FROM calls');
      await page
        .getByRole('alert')
        .getByText(/nothing/)
        .first()
        .waitFor();
      await ask("SELECT count(*) AS calls, '架電' AS what FROM calls");
      await page.getByText(/^1 row in/).waitFor();
      const [{ calls } = { calls: -1 }] = await asked<{ calls: number }>('SELECT count(*) AS calls FROM calls');
      await page.getByRole('grid').or(page.getByRole('table')).getByText(calls.toLocaleString('en-GB'), { exact: true }).waitFor();
      const [file] = await Promise.all([page.waitForEvent('download'), press(page.getByRole('button', { name: 'CSV' }))]);
      expect(file.suggestedFilename()).toBe('leadlog.csv');
    });
  });

  it.each([
    ['on a phone', PHONE, withPointer],
    ['with a keyboard alone', ENGLISH, withKeyboard],
  ] as const)('an owner %s makes a key, sees it once and revokes it, and has a projection built anew', async (_how, look, handOf) => {
    const name = `a form on the web, ${look.size}`;
    const generation = `cards.${await generationOf('cards').then((live) => Number(live.split('.')[1]) + 1)}`;
    const work = async (page: Page, { press, write }: Hand): Promise<void> => {
      // As on a page without TLS.
      await page.addInitScript('delete Navigator.prototype.clipboard');
      await page.goto(`${at.engine.url}/operations?part=keys`);
      await press(page.getByRole('button', { name: 'Make a key' }));
      await write(page.getByRole('textbox', { name: 'What it is for' }), name);
      await press(page.getByRole('button', { name: 'Make a key' }));
      const key = await page.getByText(/^ll_/).innerText();
      const send = () => fetch(`${at.engine.url}/v1/schemas`, { headers: { authorization: `Bearer ${key}` } });
      expect((await send()).status).toBe(200);
      await press(page.getByRole('button', { name: 'Copy' }));
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      await press(page.getByRole('button', { name: 'I have kept it' }));
      expect(await page.getByText(key).count()).toBe(0);
      await press(page.getByRole('button', { name: `Revoke: ${name}` }));
      const dialog = page.getByRole('dialog', { name: `Revoke the key “${name}”?` });
      await press(dialog.getByRole('button', { name: 'Revoke', exact: true }));
      await page.getByText(`${name} is revoked`).waitFor();
      expect((await send()).status).toBe(401);

      // What was copied and is pasted where an id is asked for is not sent.
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await press(page.getByRole('tab', { name: 'Audit' }));
      const actor = page.getByRole('searchbox', { name: 'Key or person' });
      await write(actor, '');
      await page.keyboard.press('ControlOrMeta+V');
      await until(async () => (await actor.inputValue()) === key.slice(3, 13));
      await page.getByText('Nothing like this').waitFor();
      expect(asked.filter((url) => url.includes(key.slice(14)))).toEqual([]);

      await press(page.getByRole('tab', { name: 'Projections' }));
      await press(page.getByRole('button', { name: 'Actions for cards' }));
      await press(page.getByRole('menuitem', { name: 'Rebuild' }));
      await page.getByText('cards is built anew').waitFor();
      await page.getByText(`(${generation})`).waitFor();
    };
    await as({ name: `Owner ${look.size}`, role: 'owner' }, look, work, handOf);
  });

  const generationOf = (projection: string): Promise<string> =>
    getJson<{ items: { name: string; generation: string }[] }>(`${at.engine.url}/v1/projections`).then(
      ({ items }) => items.find(({ name }) => name === projection)!.generation,
    );

  async function asked<Row>(sql: string): Promise<Row[]> {
    const response = await fetch(`${at.engine.url}/v1/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
    });
    const { columns, rows } = (await response.json()) as { columns: { name: string }[]; rows: unknown[][] };
    return rows.map((cells) => Object.fromEntries(columns.map(({ name }, place) => [name, cells[place]])) as Row);
  }
});
