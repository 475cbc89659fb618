import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';

interface Kpis {
  items: { group?: string; numerator: number; value: number | null; currency?: string }[];
  position: string;
}

describe('files as other systems export them, imported by a mapping alone', () => {
  const { folder, remove } = temporaryFolder();
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(folder);
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  async function leadlog(...args: string[]) {
    const child = spawn(process.execPath, ['bin/leadlog', ...args, '--url', engine.url], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...OWNED },
    });
    const [code, out, err] = await Promise.all([
      once(child, 'close').then(([ended]) => ended as number),
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code, out, err };
  }
  const imported = async (name: string) => {
    const { code, out, err } = await leadlog('import', `test/samples/${name}.csv`, '--mapping', `test/samples/${name}.yaml`, '--json');
    return { code, err, ...(JSON.parse(out) as object) };
  };
  const asked = async (...args: string[]) => JSON.parse((await leadlog(...args, '--json')).out) as Kpis;

  it('deals with their stages: won, lost and in progress; the KPIs have all of them at once', async () => {
    expect(await imported('deals')).toMatchObject({
      code: 0,
      accepted: 16,
      duplicates: 0,
      rejected: 0,
      rows: 7,
      withoutEvent: 1,
      err: expect.stringContaining('1 of 7 rows became no event') as string,
    });
    const span = ['--from', '2025-10-01', '--to', '2026-04-01'];
    const { items } = await asked('kpi', '--kpi', 'wins', '--by', 'rep', ...span);
    expect(Object.fromEntries(items.map(({ group, numerator }) => [group, numerator]))).toMatchObject({ Ada_King: 2, Ben_Ito: 1 });
    const { err } = await leadlog('kpi', '--kpi', 'wins', ...span);
    expect(err).toMatch(/^as of position \d+/);
  });

  it('a list of leads without dates, several events a row', async () => {
    expect(await imported('leads')).toMatchObject({ code: 0, accepted: 10, rejected: 0, rows: 4 });
    const { out } = await leadlog('timeline', 'ma-660737');
    expect(out.match(/WebPageViewed/g)).toHaveLength(3);
  });

  it('journeys of touchpoints, many a person; a wrong row keeps out no other', async () => {
    const journeys = await imported('journeys');
    expect(journeys).toMatchObject({
      code: 1,
      accepted: 6,
      rejected: 1,
      err: expect.stringContaining(
        'row 6: interaction: expected one of impression, which the mapping knows, got "impressoin" (nearest: impression)',
      ) as string,
    });
  });

  it('again, nothing is new', async () => {
    for (const name of ['deals', 'leads', 'journeys']) expect(await imported(name)).toMatchObject({ accepted: 0 });
  });
});
