import type { Page } from 'playwright-core';
import { linkFor, openPage, signIn, type Look } from '../support/browser';
import { consoleAtWork } from '../support/console-at-work.testing';
import { postJson, untilReady } from '../support/engine-process';
import { handedTo, type Handed } from '../support/hot-leads';

const ENGLISH: Look = { language: 'en', theme: 'light', size: 'desktop' };
/** Sooner than anything that is looked at now and then. */
const BY_ITSELF = { timeout: 40_000 };
const REP = 'rep-01';
const NAMES = ['雨宮 一花', '小野寺 航', '榊原 澪', '篠田 凪'] as const;

describe('two people at once', () => {
  const at = consoleAtWork();

  const decide = async ({ handoffId }: Handed, what: 'accept' | 'reject', body: object) =>
    expect(await postJson(`${at.engine.url}/v1/handoffs/${handoffId}/${what}`, body)).toMatchObject({ status: 200 });

  /** Of the lead, as its page shows it. */
  const isShown = (page: Page, state: string) => page.getByRole('main').getByText(state, { exact: true }).first().waitFor(BY_ITSELF);

  it('what one does appears at the other, in every tab, also after the engine was away, and what somebody is typing stays', async () => {
    const [first, second, third, fourth] = (await handedTo(at.engine.url, REP, NAMES)) as [Handed, Handed, Handed, Handed];
    const { page, context, wrong } = await openPage(at.browser, ENGLISH, at.engine.url);
    await signIn(page, await linkFor(at.engine, { name: 'Rep', role: 'rep', repId: REP }));
    await page.goto(`${at.engine.url}/leads/${first.leadId}`);
    await isShown(page, 'Handed off');
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByRole('tab', { name: 'Plan' }).click();
    const typed = page.getByRole('textbox', { name: 'What to do' });
    await typed.fill('send the drawing of the');
    const tab = await context.newPage();
    await tab.goto(`${at.engine.url}/inbox`);
    const line = (name: string) => tab.getByRole('listitem').filter({ hasText: name });
    for (const name of NAMES) await line(name).waitFor();

    // Each on its own, so that neither was read because of the other.
    await decide(first, 'accept', { repId: REP });
    await isShown(page, 'Accepted');
    await decide(second, 'reject', { repId: REP, reason: 'badTiming' });
    await line(NAMES[1]).waitFor({ state: 'detached', ...BY_ITSELF });
    expect(await typed.inputValue()).toBe('send the drawing of the');

    expect(wrong).toEqual([]);
    await at.engine.kill();
    await at.startAgain();
    await untilReady(at.engine.url);
    await decide(third, 'reject', { repId: REP, reason: 'badTiming' });
    await line(NAMES[2]).waitFor({ state: 'detached', ...BY_ITSELF });
    expect(await typed.inputValue()).toBe('send the drawing of the');

    // The tab that read for all goes: the next one reads.
    await page.close();
    await decide(fourth, 'reject', { repId: REP, reason: 'badTiming' });
    await line(NAMES[3]).waitFor({ state: 'detached', ...BY_ITSELF });
    // What was under way when it was killed has failed in one way or another.
    expect(wrong.filter((one) => !/^error: Failed to load resource: (net::ERR_|.*status of 50)/.test(one))).toEqual([]);
    await context.close();
  });
});
