import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { linkFor, openPage, signIn, type Look } from '../support/browser';
import { consoleAtWork } from '../support/console-at-work.testing';

/** Every screen, and its name in both languages. `as`: who sees it; a rep sees their own. */
const SCREENS: readonly { path: string; as: 'rep' | 'owner'; en: string; ja: string }[] = [
  { path: '/day', as: 'rep', en: 'Day', ja: '今日の仕事' },
  { path: '/day?rep=rep-04', as: 'owner', en: 'Day', ja: '今日の仕事' },
  { path: '/inbox', as: 'rep', en: 'Inbox', ja: '引き渡し' },
  { path: '/inbox?state=waiting', as: 'owner', en: 'Inbox', ja: '引き渡し' },
  { path: '/leads', as: 'rep', en: 'Leads', ja: 'リード' },
  { path: '/leads?tier=hot', as: 'owner', en: 'Leads', ja: 'リード' },
  { path: '/cards', as: 'rep', en: 'Cards', ja: '名刺' },
  { path: '/cards', as: 'owner', en: 'Cards', ja: '名刺' },
  { path: '/cards?tab=outcomes', as: 'owner', en: 'Cards', ja: '名刺' },
  { path: '/cards?tab=import', as: 'owner', en: 'Cards', ja: '名刺' },
  { path: '/board', as: 'owner', en: 'Board', ja: '共同ボード' },
  { path: '/kpis', as: 'owner', en: 'KPIs', ja: '指標' },
  { path: '/kpis?by=rep', as: 'owner', en: 'KPIs', ja: '指標' },
  { path: '/kpis?tab=time&by=kind', as: 'owner', en: 'KPIs', ja: '指標' },
  { path: '/kpis?tab=hours', as: 'owner', en: 'KPIs', ja: '指標' },
  { path: '/process', as: 'owner', en: 'Process', ja: '営業プロセス' },
  { path: '/process?of=organisation', as: 'owner', en: 'Process', ja: '営業プロセス' },
  { path: '/process?of=policy&view=history', as: 'owner', en: 'Process', ja: '営業プロセス' },
  { path: '/process?view=edit', as: 'owner', en: 'Process', ja: '営業プロセス' },
  { path: '/studio', as: 'owner', en: 'Studio', ja: 'スコア設計' },
  { path: '/studio?tab=history', as: 'owner', en: 'Studio', ja: 'スコア設計' },
  { path: '/reports?report=funnel-by-origin', as: 'owner', en: 'Reports', ja: '分析' },
  { path: '/reports?tab=sql', as: 'owner', en: 'Reports', ja: '分析' },
  { path: '/operations', as: 'owner', en: 'Operations', ja: '運用' },
  { path: '/operations?part=jobs', as: 'owner', en: 'Operations', ja: '運用' },
  { path: '/operations?part=keys', as: 'owner', en: 'Operations', ja: '運用' },
  { path: '/operations?part=people', as: 'owner', en: 'Operations', ja: '運用' },
  { path: '/operations?part=audit', as: 'owner', en: 'Operations', ja: '運用' },
  { path: '/gallery', as: 'owner', en: 'Gallery', ja: '部品' },
];

const LOOKS: readonly Look[] = [
  { language: 'ja', theme: 'light', size: 'desktop' },
  { language: 'en', theme: 'dark', size: 'desktop' },
  { language: 'ja', theme: 'dark', size: 'phone' },
  { language: 'en', theme: 'light', size: 'phone' },
];

const PICTURES = resolve('.cache/console-pictures');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

describe('every screen of the console', () => {
  const at = consoleAtWork();
  beforeAll(() => void mkdirSync(PICTURES, { recursive: true }));

  it.each(LOOKS.flatMap((look) => (['rep', 'owner'] as const).map((role) => ({ role, ...look }))))(
    'is to be read by everybody, asks nobody else and says nothing in the console: $role, $language, $theme, $size',
    async ({ role, ...look }) => {
      const found: string[][] = [];
      const { page, context, wrong } = await openPage(at.browser, look, at.engine.url);
      await signIn(
        page,
        await linkFor(at.engine, { name: `${role} ${look.language} ${look.size}`, role, ...(role === 'rep' && { repId: 'rep-04' }) }),
      );
      for (const { path, as, ...names } of SCREENS) {
        if (as !== role) continue;
        await page.goto(`${at.engine.url}${path}`);
        await page.getByRole('heading', { level: 1, name: names[look.language], exact: true }).waitFor();
        await settled(page);
        const name = `${path.slice(1).replace(/\W+/g, '-')}-${look.language}-${look.theme}-${look.size}`;
        await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
        const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        found.push(
          ...(await findings(page)).map((one) => [path, one]),
          ...(wider === 0 ? [] : [[path, `wider than the screen by ${wider}`]]),
          ...wrong.splice(0).map((one) => [path, one]),
        );
      }
      await context.close();
      expect(found).toEqual([]);
    },
  );

  it('says how to sign in to whoever is not, and opens the page of the link afterwards', async () => {
    const { page, context } = await openPage(at.browser, { language: 'ja', theme: 'light', size: 'phone' }, at.engine.url);
    await page.goto(`${at.engine.url}/day`);
    await page.getByRole('heading', { level: 1, name: 'Leadlog にサインイン' }).waitFor();
    expect(await findings(page)).toEqual([]);
    await signIn(page, await linkFor(at.engine, { name: '真壁 悠斗', role: 'rep', repId: 'rep-03' }));
    await page.getByRole('heading', { level: 1, name: '今日の仕事' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/day');
    await context.close();
  });
});

/** Nothing is being loaded any more. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.locator('[role=status] + [aria-hidden=true]').waitFor({ state: 'detached' });
}

/** What axe finds: rule, element, and why. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`);
}
