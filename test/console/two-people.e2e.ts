import type { Browser, Page } from 'playwright-core';
import { linkFor, openPage, signIn, startBrowser, type Look } from '../support/browser';
import { demoData } from '../support/demo-data';
import { postJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { handedTo, type Handed } from '../support/hot-leads';

const ENGLISH: Look = { language: 'en', theme: 'light', size: 'desktop' };
/** Sooner than anything that is looked at now and then. */
const BY_ITSELF = { timeout: 40_000 };
const REP = 'rep-01';
const NAMES = ['雨宮 一花', '小野寺 航', '榊原 澪', '篠田 凪'] as const;

describe('two people at once', () => {
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

  const decide = async ({ handoffId }: Handed, what: 'accept' | 'reject', body: object) =>
    expect(await postJson(`${engine.url}/v1/handoffs/${handoffId}/${what}`, body)).toMatchObject({ status: 200 });

  /** Of the lead, as its page shows it. */
  const isShown = (page: Page, state: string) => page.getByRole('main').getByText(state, { exact: true }).first().waitFor(BY_ITSELF);

  it('what one does appears at the other, in every tab, also after the engine was away, and what somebody is typing stays', async () => {
    const [first, second, third, fourth] = (await handedTo(engine.url, REP, NAMES)) as [Handed, Handed, Handed, Handed];
    const { page, context, wrong } = await openPage(browser, ENGLISH, engine.url);
    await signIn(page, await linkFor(engine, { name: 'Rep', role: 'rep', repId: REP }));
    await page.goto(`${engine.url}/leads/${first.leadId}`);
    await isShown(page, 'Handed off');
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByRole('tab', { name: 'Plan' }).click();
    const typed = page.getByRole('textbox', { name: 'What to do' });
    await typed.fill('send the drawing of the');
    const tab = await context.newPage();
    await tab.goto(`${engine.url}/inbox`);
    const line = (name: string) => tab.getByRole('listitem').filter({ hasText: name });
    for (const name of NAMES) await line(name).waitFor();

    // Each on its own, so that neither was read because of the other.
    await decide(first, 'accept', { repId: REP });
    await isShown(page, 'Accepted');
    await decide(second, 'reject', { repId: REP, reason: 'badTiming' });
    await line(NAMES[1]).waitFor({ state: 'detached', ...BY_ITSELF });
    expect(await typed.inputValue()).toBe('send the drawing of the');

    const { port } = new URL(engine.url);
    await engine.kill();
    engine = await startEngine(folder, { PORT: port });
    await untilReady(engine.url);
    await decide(third, 'reject', { repId: REP, reason: 'badTiming' });
    await line(NAMES[2]).waitFor({ state: 'detached', ...BY_ITSELF });
    expect(await typed.inputValue()).toBe('send the drawing of the');

    // The tab that read for all goes: the next one reads.
    await page.close();
    await decide(fourth, 'reject', { repId: REP, reason: 'badTiming' });
    await line(NAMES[3]).waitFor({ state: 'detached', ...BY_ITSELF });
    expect(wrong.filter((one) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|status of 50/.test(one))).toEqual([]);
    await context.close();
  });
});
