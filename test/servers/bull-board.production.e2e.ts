import { GiveUp } from '@leadlog/jobs';
import type { Backends } from '../../apps/setup/backends';
import { backendsOf, getJson, startHalf, temporaryFolder, type EngineProcess } from '../support/engine-process';

interface Shown {
  name: string;
  displayName: string;
  readOnlyMode: boolean;
  counts: Record<string, number>;
}

describe('Bull Board', () => {
  const { folder, remove } = temporaryFolder();
  let api: EngineProcess;
  let backends: Backends;
  beforeAll(async () => {
    api = await startHalf('api', folder, { LEADLOG_BULL_BOARD: 'on' });
    backends = await backendsOf(folder);
  });
  afterAll(async () => {
    await backends?.close();
    await api?.kill();
    remove();
  });

  it('is a page of the api, with what it needs beside it', async () => {
    const page = await fetch(`${api.url}/admin/queues`);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain('Leadlog jobs');
    const base = new URL(/<base href="([^"]+)"/.exec(html)![1]!, api.url);
    const script = new URL(/src="([^"]+\.js)"/.exec(html)![1]!, base);
    expect((await fetch(script)).status).toBe(200);
    expect((await fetch(`${api.url}/docs`)).status).toBe(200);
  });

  it('shows queues as they come, by our names, and changes nothing', async () => {
    const { jobs } = backends;
    const queues = async () => (await getJson<{ queues: Shown[] }>(`${api.url}/admin/queues/api/queues`)).queues;
    expect(await queues()).toEqual([]);
    await jobs.enqueue([
      { id: 'a', queue: '見積.b', payload: 1 },
      { id: 'b', queue: '見積.b', payload: 1, delayMs: 60_000 },
    ]);
    const worker = jobs.work('見積.b', () => Promise.reject(new GiveUp('no')));
    while ((await jobs.get('見積.b', 'a'))?.state !== 'dead') await new Promise((turn) => setTimeout(turn, 5));
    await worker.stop();
    const [queue] = await queues();
    expect(queue).toMatchObject({ displayName: '見積.b', readOnlyMode: true, counts: { failed: 1, delayed: 1 } });
    const path = `${api.url}/admin/queues/api/queues/${encodeURIComponent(queue!.name)}`;
    for (const change of ['retry/failed', 'clean/failed', 'promote', 'pause'])
      expect((await fetch(`${path}/${change}`, { method: 'PUT' })).status).toBe(405);
    expect(await jobs.counts('見積.b')).toEqual({ waiting: 1, active: 0, done: 0, dead: 1, delayed: 1 });
  });

  it('shows of a job what became of it, and not its payload, which is about somebody', async () => {
    await backends.jobs.enqueue([{ id: 'c', queue: 'letters', payload: { name: 'Sato Hanako' } }]);
    for (const page of ['queues?activeQueue=letters&status=latest', 'queues/letters/j-c']) {
      const shown = JSON.stringify(await getJson(`${api.url}/admin/queues/api/${page}`));
      expect(shown).toContain('"id":"j-c"');
      expect(shown).toContain('"uncounted":0');
      expect(shown).not.toContain('Sato');
    }
  });

  it('is not there unless it is asked for', async () => {
    const plain = await startHalf('api', folder);
    expect((await fetch(`${plain.url}/admin/queues`)).status).toBe(404);
    expect(await plain.stop()).toBe(0);
  });
});
