import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { CloudEvent } from '@leadlog/simulation';
import { linkFor, openPage, signIn, startBrowser } from '../test/support/browser';
import { postJson, startEngine, temporaryFolder, untilReady } from '../test/support/engine-process';
import { recordEvents } from './history';
import { quantile, round, type Bench } from './result';

const LEADS = 100_000;
const DAY = 86_400_000;
const SCROLLED_MS = 5_000;
const TURNS = 10;
const TOLD = 20;

/**
 * What somebody meets who opens the console, in Debian's Chromium without a window and without a graphics card, on the same machine as the engine:
 * what is loaded first, how soon a screen is there after a press, how a long list scrolls, and how soon one sees what another did. Beside it what
 * the design asks for.
 */
export const runConsole: Bench = async () => {
  const { folder, remove } = temporaryFolder();
  try {
    await recordEvents(folder, people());
    const engine = await startEngine(folder);
    const browser = await startBrowser();
    try {
      await untilReady(engine.url);
      const version = browser.version();
      const { page } = await openPage(browser, { language: 'ja', theme: 'light', size: 'desktop' }, engine.url);
      const first = await firstLoad(page, engine.url, await linkFor(engine, { name: '担当', role: 'owner' }));
      const screens = await screensOf(page);
      const scrolled = await scroll(page, engine.url);
      const told = await seenBy(page, engine.url);
      return {
        name: 'console',
        workload: `${LEADS} leads; ${screens.paths.length} screens pressed ${TURNS} times each, a list scrolled for ${SCROLLED_MS / 1_000} s, ${TOLD} acts of somebody else; Chromium ${version}`,
        figures: {
          'first load, kB': round(first.bytes / 1_000, 1),
          'first load, ms': round(first.ms),
          'a screen, median ms': round(quantile(screens.times, 0.5)),
          'a screen, slowest ms': round(screens.times.at(-1)!),
          'the slowest': screens.slowest,
          'list, frames a second': round(scrolled.framesPerSecond, 1),
          'list, frames over 50 ms': scrolled.long,
          'list, rows scrolled by': scrolled.rows,
          'seen by another, median ms': round(quantile(told, 0.5)),
          'seen by another, slowest ms': round(told.at(-1)!),
        },
        baseline: {
          'first load, kB': 200,
          'first load, ms': 1_000,
          'a screen, slowest ms': 100,
          'list, frames a second': 60,
          'seen by another, slowest ms': 1_000,
        },
        ratio: round(200_000 / first.bytes),
      };
    } finally {
      await browser.close();
      await engine.stop();
    }
  } finally {
    remove();
  }
};

function* people(): Iterable<CloudEvent> {
  for (let n = 0; n < LEADS; n += 1) {
    const leadId = `lead-${n}`;
    yield {
      specversion: '1.0',
      id: `console-${n}`,
      source: '/crm',
      type: 'LeadCaptured',
      subject: leadId,
      time: new Date(Date.now() - 60 * DAY + n).toISOString(),
      data: { leadId, channel: 'form', profile: { name: `試験${n}`, company: `株式会社${n % 5_000}` } },
    } as CloudEvent;
  }
}

/** Until the list of leads is there, with nothing kept from before; bytes as they came over the wire, without answers of the API. */
async function firstLoad(page: Page, url: string, link: string): Promise<{ bytes: number; ms: number }> {
  await signIn(page, link);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.clearBrowserCache');
  const assets = new Set<string>();
  let bytes = 0;
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (!new URL(response.url).pathname.startsWith('/v1/')) assets.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (assets.has(requestId)) bytes += encodedDataLength;
  });
  const began = performance.now();
  await page.goto(`${url}/leads`, { waitUntil: 'commit' });
  await page
    .getByRole('main')
    .getByText(`試験${LEADS - 1}`, { exact: true })
    .first()
    .waitFor();
  const ms = performance.now() - began;
  // What the screen loads beside its list; the stream of changes never comes to rest.
  await sleep(2_000);
  await session.detach();
  return { bytes, ms };
}

/** Run in the page, whose types are not those of a program. */
const pressed = (path: string): string => `new Promise((done) => {
  const before = document.querySelector('h1');
  const began = performance.now();
  document.querySelector('nav a[href="${path}"]').click();
  const look = () => {
    const now = document.querySelector('h1');
    if (now !== null && now !== before) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})`;
const SCROLLED = `new Promise((done) => {
  const frames = [];
  const began = performance.now();
  const from = window.scrollY;
  const step = (now) => {
    frames.push(now);
    window.scrollBy(0, 120);
    if (now - began < ${SCROLLED_MS}) requestAnimationFrame(step);
    else done({ frames, distance: window.scrollY - from });
  };
  requestAnimationFrame(step);
})`;

/** From the press on its name to its heading, as the page itself measures it; what a screen loads when it is opened first is there by then. */
async function screensOf(page: Page): Promise<{ paths: string[]; times: number[]; slowest: string }> {
  const links = page.getByRole('navigation').first().getByRole('link');
  await links.first().waitFor();
  const paths: string[] = [];
  for (const link of await links.all()) paths.push((await link.getAttribute('href'))!);
  for (const path of paths) {
    await page.evaluate(pressed(path));
    await sleep(1_500);
  }
  const measured: { path: string; ms: number }[] = [];
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const path of paths) {
      measured.push({ path, ms: await page.evaluate<number>(pressed(path)) });
      await sleep(100);
    }
  measured.sort((a, b) => a.ms - b.ms);
  return { paths, times: measured.map(({ ms }) => ms), slowest: measured.at(-1)!.path };
}

/** Down the list of all leads without a rest, page after page as they come. */
async function scroll(page: Page, url: string): Promise<{ framesPerSecond: number; long: number; rows: number }> {
  await page.goto(`${url}/leads`);
  await page
    .getByRole('main')
    .getByText(`試験${LEADS - 1}`, { exact: true })
    .first()
    .waitFor();
  await sleep(1_000);
  const { frames, distance } = await page.evaluate<{ frames: number[]; distance: number }>(SCROLLED);
  const gaps = frames.slice(1).map((at, place) => at - frames[place]!);
  return {
    framesPerSecond: (1_000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0),
    long: gaps.filter((gap) => gap > 50).length,
    rows: Math.round(distance / 44),
  };
}

/** From sending what somebody did to the moment at which the page of the lead shows one more of it. */
async function seenBy(page: Page, url: string): Promise<number[]> {
  await page.goto(`${url}/leads/lead-7`);
  await page.getByRole('heading', { level: 1, name: '試験7' }).waitFor();
  await sleep(2_000);
  const times: number[] = [];
  for (let n = 0; n < TOLD; n += 1) {
    const shown = () => page.getByRole('main').innerText();
    const before = await shown();
    const began = performance.now();
    const event = {
      specversion: '1.0',
      id: `told-${n}`,
      source: '/somebody',
      type: 'WebPageViewed',
      subject: 'lead-7',
      time: new Date().toISOString(),
      data: { leadId: 'lead-7', url: `https://www.leadlog.example/${n}`, category: 'product', dwellMs: 9_000 },
    };
    const { status } = await postJson(`${url}/v1/events`, event, 'application/cloudevents+json');
    if (status !== 201) throw new Error(`expected 201, got ${status}`);
    while ((await shown()) === before) await sleep(5);
    times.push(performance.now() - began);
    await sleep(1_500);
  }
  return times.sort((a, b) => a - b);
}
