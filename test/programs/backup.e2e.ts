import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { getJson, startEngine, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { OWNED } from '../support/owner-key';
import { historyLines, sendStream } from '../support/sent-lines.testing';

interface Kpis {
  items: { kpi: string; numerator: number }[];
}

/** On files: a log in EventStoreDB has backups of its own. */
describe('an engine on files, looked after', () => {
  const { folder, remove } = temporaryFolder();
  const data = join(folder, 'data');
  let engine: EngineProcess;
  beforeAll(async () => {
    engine = await startEngine(data);
    await sendStream(engine.url, historyLines(20261128, 1_500, 100));
  });
  afterAll(async () => {
    await engine?.stop();
    remove();
  });

  async function leadlog(env: Record<string, string>, ...args: string[]) {
    const child = spawn(process.execPath, ['bin/leadlog', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...OWNED, LEADLOG_DATA: data, LEADLOG_URL: engine.url, ...env },
    });
    const [code, out, err] = await Promise.all([
      once(child, 'close').then(([ended]) => ended as number),
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code, out, err };
  }

  it('is backed up while it takes events in; what is restored answers as it did', async () => {
    const more = sendStream(engine.url, historyLines(20261129, 3_000, 100));
    const { code, out, err } = await leadlog({}, 'backup', join(folder, 'copy'), '--json');
    expect([code, err]).toEqual([0, '']);
    await more;
    const { position, events } = JSON.parse(out) as { position: string; events: number };
    expect(events).toBeGreaterThanOrEqual(1_500);

    const restored = join(folder, 'restored');
    expect(await leadlog({ LEADLOG_DATA: restored }, 'restore', join(folder, 'copy'))).toMatchObject({ code: 0 });
    const second = await startEngine(restored);
    try {
      await untilReady(second.url);
      expect(BigInt((await getJson<{ position: string }>(`${second.url}/v1/log/head`)).position)).toBeGreaterThanOrEqual(BigInt(position));
      const calls = await Promise.all(
        [engine.url, second.url].map(async (url) =>
          (await getJson<Kpis>(`${url}/v1/kpis?kpi=calls&after=${position}&timeout=60000`)).items.map(({ numerator }) => numerator),
        ),
      );
      expect(calls[1]![0]).toBeGreaterThan(0);
      expect(calls[0]![0]).toBeGreaterThanOrEqual(calls[1]![0]!);
      await sendStream(second.url, historyLines(20261130, 10, 10));
      const says = await leadlog({}, 'doctor', '--url', second.url);
      expect([says.code, says.out]).toEqual([
        1,
        expect.stringMatching(/WRONG +API: .* stands on another log than the settings of this shell name/),
      ]);
    } finally {
      await second.stop();
    }
    expect((await leadlog({}, 'doctor')).out).toMatch(/fine +API: .* is ready, on this log/);
  });

  it('says why a lead scored as it did on a day: at its end', async () => {
    const { items } = await getJson<{ items: { leadId: string; lastActivityAt: string }[] }>(
      `${engine.url}/v1/leads?limit=200&sort=recent`,
    );
    const dayOf = (ms: number): string => new Date(ms + 9 * 3_600_000).toISOString().slice(0, 10);
    // A day that is over: until then its end is now.
    const { leadId, lastActivityAt } = items.find((lead) => dayOf(Date.parse(lead.lastActivityAt)) < dayOf(Date.now()))!;
    const day = dayOf(Date.parse(lastActivityAt));
    const at = (when: string) =>
      getJson<{ at: string; contributions: object[] }>(`${engine.url}/v1/leads/${leadId}/why?by=occurred&at=${encodeURIComponent(when)}`);
    const said = await at(day);
    expect(said).toEqual(await at(`${day}T23:59:59.999+09:00`));
    expect([said.at, said.contributions.length > 0]).toEqual([`${day}T14:59:59.999Z`, true]);
    expect((await fetch(`${engine.url}/v1/leads/${leadId}/why?at=2026-02-30`)).status).toBe(400);
  });
});
