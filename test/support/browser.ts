import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
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
