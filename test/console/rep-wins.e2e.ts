import type { Page } from 'playwright-core';
import { linkFor, openPage, signIn } from '../support/browser';
import { consoleAtWork } from '../support/console-at-work.testing';
import { getJson } from '../support/engine-process';
import { handedTo, type Handed } from '../support/hot-leads';
import { until } from '../support/until.testing';

const REP = 'rep-01';
const NAME = '桐谷 沙羅';

describe('a representative at a desk', () => {
  const at = consoleAtWork();

  it('accepts a hot lead, reads why, calls, books and holds the meeting, quotes and wins', async () => {
    const [{ leadId }] = (await handedTo(at.engine.url, REP, [NAME])) as [Handed];
    const { page, context, wrong } = await openPage(at.browser, { language: 'en', theme: 'light', size: 'desktop' }, at.engine.url);
    page.setDefaultTimeout(120_000);
    await signIn(page, await linkFor(at.engine, { name: 'Rep', role: 'rep', repId: REP }));
    await page.goto(`${at.engine.url}/day`);
    await page.getByRole('button', { name: `Accept: ${NAME}` }).click();
    await page.getByText(`Accepted: ${NAME}`).waitFor();

    await page.goto(`${at.engine.url}/leads/${leadId}`);
    await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
    await page.getByText(/^By model /).waitFor();

    const recording = await recorder(page);
    await recording.getByRole('button', { name: 'Reached', exact: true }).click();
    await recording.getByRole('group', { name: 'Next appointment' }).getByRole('button').nth(1).click();
    await record(page, 'Recorded: Call');

    const meeting = await recorder(page, 'Meeting');
    await record(page, 'Recorded: Meeting', meeting);

    const opening = await recorder(page, 'Deal');
    await opening.getByRole('textbox', { name: 'Amount (yen)' }).fill('2,400,000');
    await record(page, 'Recorded: Open a deal', opening);
    await until(async () => (await timelineOf(leadId)).includes('DealOpened'));

    const quoting = await recorder(page, 'Deal');
    await quoting.getByRole('button', { name: 'Quote sent' }).click();
    await quoting.getByRole('textbox', { name: 'Amount (yen)' }).fill('2400000');
    await record(page, 'Recorded: Quote sent', quoting);

    const closing = await recorder(page, 'Deal');
    await closing.getByRole('button', { name: 'Their answer' }).click();
    await closing.getByRole('button', { name: 'Yes: won' }).click();
    await closing.getByRole('textbox', { name: 'Amount (yen)' }).fill('2400000');
    await record(page, 'Recorded: Yes: won', closing);

    await until(async () => (await getJson<{ state: string }>(`${at.engine.url}/v1/leads/${leadId}`)).state === 'won');
    // What is won is nobody's to work on, and the page says so instead of showing what was.
    await page.getByText('This lead is not with you any more').waitFor();
    expect(await timelineOf(leadId)).toEqual(
      expect.arrayContaining(['CallCompleted', 'AppointmentBooked', 'MeetingHeld', 'DealOpened', 'QuoteSubmitted', 'DealWon']),
    );
    expect(wrong.filter((one) => !/status of 403/.test(one))).toEqual([]);
    await context.close();
  });

  /** The form on the page of the lead, as it is opened anew. */
  async function recorder(page: Page, kind?: 'Meeting' | 'Deal') {
    await page.getByRole('button', { name: 'Record', exact: true }).first().click();
    const form = page.getByRole('region', { name: 'Record' });
    if (kind) await form.getByRole('tab', { name: kind }).click();
    return form;
  }

  async function record(page: Page, said: string, form = page.getByRole('region', { name: 'Record' })): Promise<void> {
    await form.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByText(said).first().waitFor();
    await form.waitFor({ state: 'detached' });
  }

  const timelineOf = async (leadId: string): Promise<string[]> =>
    (await getJson<{ items: { type: string }[] }>(`${at.engine.url}/v1/leads/${leadId}/timeline?limit=100`)).items.map(({ type }) => type);
});
