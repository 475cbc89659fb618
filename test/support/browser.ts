import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import type { EngineProcess } from './engine-process';
import { AS_OWNER } from './owner-key';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const PACKAGES = ['chromium', 'fonts-noto-cjk'];
/** Part of every system that has the others run. */
const OF_THE_SYSTEM = /^(libc6|libc-bin|libc-dev-bin|dpkg|debconf|base-files|bash|coreutils)_/;

/** A Chromium without a window, for the tests of one file. */
export async function startBrowser(): Promise<Browser> {
  const { program, env } = chromiumProgram();
  // Whoever runs tests as root, or in a container, has no sandbox to offer; it opens pages of ours alone.
  return chromium.launch({
    executablePath: program,
    env,
    chromiumSandbox: false,
    args: ['--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

export interface Look {
  language: 'ja' | 'en';
  theme: 'light' | 'dark';
  size: 'desktop' | 'phone';
}

export const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;

/** A person whom the engine knows; representatives say which they are. */
export interface Somebody {
  name: string;
  role: 'rep' | 'marketing' | 'manager' | 'analyst' | 'operator' | 'owner';
  repId?: string;
}

/** The address that signs them in, once. */
export async function linkFor({ url }: Pick<EngineProcess, 'url'>, { name, role, repId }: Somebody): Promise<string> {
  const ask = async <Answer>(path: string, body?: object): Promise<Answer> => {
    const headers = { ...AS_OWNER, ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const { personId } = await ask<{ personId: string }>('/v1/people', { name, role, repId });
  return (await ask<{ link: string }>(`/v1/people/${personId}/link`)).link;
}

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** What it said in the console, failed with, or asked of other origins. */
  wrong: string[];
}

/** A page of a browser that knows nobody yet. */
export async function openPage(browser: Browser, { language, theme, size }: Look, origin: string): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    locale: language === 'ja' ? 'ja-JP' : 'en-GB',
    colorScheme: theme,
    reducedMotion: 'reduce',
    ...(size === 'phone' && { hasTouch: true, isMobile: true }),
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`failed: ${error.message}`));
  // That somebody is not signed in, and what is away while it starts, is told by the answer; a browser tells it in the console, too.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/status of (401|503)/.test(message.text()))
      wrong.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (asked !== origin && protocol !== 'data:' && protocol !== 'blob:') wrong.push(`asked ${request.url()}`);
  });
  return { page, context, wrong };
}

/** Opens the link and signs in, as a person does. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.locator('#sign-in').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** How somebody works with a page. */
export interface Hand {
  press(target: Locator): Promise<void>;
  /** In the place of what is there. */
  write(target: Locator, text: string): Promise<void>;
}

export const withPointer = (page: Page): Hand => ({
  press: (target) => target.click(),
  write: async (target, text) => {
    await target.click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(text);
  },
});

/** Tab goes to what is wanted, arrows go within lists, menus and rows of tabs, Enter presses it. */
export function withKeyboard(page: Page): Hand {
  const reach = async (target: Locator): Promise<void> => {
    const role = await target.getAttribute('role');
    if (role === 'tab') {
      await focusBy(page, 'Tab', target.locator('xpath=ancestor::*[@role="tablist"]'));
      await focusBy(page, 'ArrowRight', target);
    } else await focusBy(page, role === 'option' || role?.startsWith('menuitem') ? 'ArrowDown' : 'Tab', target);
  };
  return {
    press: async (target) => {
      await reach(target);
      // A tab is chosen as soon as it has the focus.
      await page.keyboard.press('Enter');
    },
    write: async (target, text) => {
      await reach(target);
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.insertText(text);
    },
  };
}

/** No screen has so many places for the focus. */
const MOST_STEPS = 400;

/** Presses a key until the focus is there, as somebody does who sees where it is. */
async function focusBy(page: Page, key: 'Tab' | 'ArrowDown' | 'ArrowRight', target: Locator): Promise<void> {
  const withFocus = target.and(page.locator(':focus-within'));
  const passed: string[] = [];
  for (let step = 0; step <= MOST_STEPS; step++) {
    if ((await withFocus.count()) > 0) return;
    const { what, isEditor } = await page.evaluate<{ what: string; isEditor: boolean }>(FOCUSED);
    passed.push(what);
    // Tab writes in an editor; after Escape it leaves it.
    if (isEditor) await page.keyboard.press('Escape');
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not get to ${String(target)}; it went through ${[...new Set(passed)].join(' | ')}`);
}

/** Of editors, it is in their shadow. */
const FOCUSED = `(() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return { what: (active?.getAttribute('aria-label') ?? active?.textContent ?? '').trim().slice(0, 60), isEditor: active?.isContentEditable === true };
})()`;

/** The Chromium of this machine, else that of Debian's packages: installed by root, else unpacked into node_modules/.cache. */
export function chromiumProgram(): { program: string; env: Record<string, string> } {
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const found = installed(env.PATH);
  if (found) return { program: found, env };
  if (process.getuid?.() === 0) {
    // Lists of its own: a machine may have none, or old ones.
    execFileSync('apt-get', ['update'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], { stdio: ['ignore', 'ignore', 'pipe'] });
    return { program: installed(env.PATH)!, env };
  }
  const root = resolve(process.cwd(), 'node_modules/.cache/leadlog/chromium');
  if (!existsSync(root)) unpackDebianPackages(root);
  const libraries = ['usr/lib', 'lib'].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? [join(root, folder, entry.name)] : [],
        )
      : [],
  );
  return {
    program: join(root, 'usr/lib/chromium/chromium'),
    env: { ...env, LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: join(root, 'fonts.conf') },
  };
}

const installed = (path = ''): string | undefined =>
  path
    .split(':')
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

function unpackDebianPackages(root: string): void {
  const work = mkdtempSync(join(tmpdir(), 'leadlog-chromium-packages-'));
  const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    for (const name of ['lists/partial', 'cache/archives/partial', 'root']) mkdirSync(join(work, name), { recursive: true });
    writeFileSync(join(work, 'status'), '');
    // As if nothing were installed: then everything that it needs comes along.
    const own = [
      ...['-o', `Dir::State::Lists=${join(work, 'lists')}`, '-o', `Dir::Cache=${join(work, 'cache')}`],
      ...['-o', `Dir::State::status=${join(work, 'status')}`, '-o', 'Debug::NoLocking=1'],
    ];
    run('apt-get', ...own, 'update');
    run('apt-get', ...own, 'install', '-y', '--download-only', '--no-install-recommends', ...PACKAGES);
    for (const file of readdirSync(join(work, 'cache/archives')))
      if (file.endsWith('.deb') && !OF_THE_SYSTEM.test(file)) run('dpkg', '-x', join(work, 'cache/archives', file), join(work, 'root'));
    writeFileSync(
      join(work, 'root/fonts.conf'),
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${join(root, 'usr/share/fonts')}</dir><cachedir>${join(root, 'fonts-cache')}</cachedir></fontconfig>`,
    );
    mkdirSync(resolve(root, '..'), { recursive: true });
    // Whole or not at all, also when two test runs do it at once.
    const copy = `${root}.${process.pid}`;
    execFileSync('cp', ['-a', join(work, 'root'), copy]);
    if (existsSync(root)) rmSync(copy, { recursive: true });
    else renameSync(copy, root);
  } catch (error) {
    throw new Error(
      `the tests need Chromium on the PATH; it could not be got from Debian's packages here, so please install it (${(error as Error).message})`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
