import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@leadlog/simulation';
import { getJson, postJson, startHalf, temporaryFolder, untilReady, type EngineProcess } from '../support/engine-process';
import { DueMoments } from '../support/due-moments.testing';
import { operate } from '../support/operate.testing';
import { expectReadModelsAsRebuilt, untilQuiet } from '../support/read-models.testing';
import { expectExactlyOnce, historyLines, sendStream, type Line } from '../support/sent-lines.testing';

/** `CHAOS_SECONDS=300 npm run test:e2e -- test/faults/workers` is the full form. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 8);
const SEED = Number(process.env.CRASH_SEED ?? 20261125);
const WORKERS = 3;
const LINES_A_SECOND = 120;

describe(`${WORKERS} workers, killed, paused and restarted at random for ${SECONDS} s under load (seed ${SEED})`, () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it(
    'read models equal a fresh rebuild, the log holds everything once, and what fell due has happened once',
    async () => {
      const chance = new Random(SEED);
      const random = () => chance.next();
      const due = new DueMoments(folder, random, SECONDS);
      await due.recordHandoffs();
      const api = await startHalf('api', folder, due.env);
      const startWorker = () => startHalf('worker', folder, due.env);
      const workers = await Promise.all(Array.from({ length: WORKERS }, startWorker));
      await untilReady(api.url);
      const lines = withMerges(historyLines(SEED, SECONDS * LINES_A_SECOND, SECONDS * 10), random);
      const ending = new AbortController();
      const busy = [
        load(api.url, lines, random),
        sendDue(api.url, due),
        operate(api.url, random, { pauseMs: 3_000, signal: ending.signal }),
      ];

      const fates: Record<string, number> = { killed: 0, stopped: 0, paused: 0 };
      // At least one each about, also where a start takes long.
      for (const until = Date.now() + SECONDS * 1_000; Date.now() < until || met(fates) < 4;) {
        await sleep(200 + random() * 2_000);
        const fate = Object.keys(fates)[Math.floor(random() * 3)]!;
        fates[fate]! += 1;
        const place = Math.floor(random() * WORKERS);
        workers[place] = await meet(fate, workers[place]!, startWorker, random);
      }
      ending.abort();
      await Promise.all(busy);
      const all = [...lines, ...due.lines, ...due.imported];
      // What has no answer is sent again, as any sender does: an api whose read models are behind says that it is busy.
      do {
        await sendStream(api.url, lines);
        await sendStream(api.url, due.lines);
        await sendStream(api.url, due.imported, '?decisions=silent');
      } while (all.some((line) => !line.acknowledged && !line.mayBeRefused));
      await sleep(Math.max(0, due.last - Date.now()));
      await untilQuiet(api.url);
      await due.expectSeenOnce(api.url);
      for (const one of [...workers, api]) expect({ code: await one.stop(), said: one.stderr.slice(-5) }).toMatchObject({ code: 0 });
      await expectExactlyOnce(folder, all);
      await due.expectFiredOnce();
      await expectReadModelsAsRebuilt(folder);
    },
    SECONDS * 1_000 + 900_000,
  );

  it('a client reads its own write although the worker that had the lead is dead: another takes its slices over', async () => {
    const api = await startHalf('api', folder);
    const workers = await Promise.all([startHalf('worker', folder), startHalf('worker', folder)]);
    await untilReady(api.url);
    await workers[0]!.kill();
    for (let n = 0; n < 8; n += 1) {
      const event = {
        specversion: '1.0',
        id: `after-${n}`,
        source: '/web',
        type: 'WebPageViewed',
        subject: `own-${n}`,
        time: new Date().toISOString(),
        data: { url: 'https://example.com/', category: 'price' },
      };
      const { body } = await postJson<{ position: string }>(`${api.url}/v1/events`, event, 'application/cloudevents+json');
      expect(await getJson(`${api.url}/v1/leads/own-${n}?after=${body.position}&timeout=60000`)).toMatchObject({ leadId: `own-${n}` });
    }
    await Promise.all([workers[1]!.stop(), api.stop()]);
  });
});

function met(fates: Readonly<Record<string, number>>): number {
  return Object.values(fates).reduce((sum, times) => sum + times);
}

async function meet(
  fate: string,
  worker: EngineProcess,
  again: () => Promise<EngineProcess>,
  random: () => number,
): Promise<EngineProcess> {
  switch (fate) {
    case 'killed':
      await worker.kill();
      return again();
    case 'stopped':
      expect({ code: await worker.stop(), said: worker.stderr.slice(-5) }).toMatchObject({ code: 0 });
      return again();
    default:
      // Often for longer than its leases run.
      process.kill(worker.pid, 'SIGSTOP');
      await sleep(500 + random() * 5_000);
      process.kill(worker.pid, 'SIGCONT');
      return worker;
  }
}

/** Leads that had nothing to do with one another become one, whichever workers hold them. */
function withMerges(lines: readonly Line[], random: () => number): Line[] {
  const leads = [...new Set(lines.flatMap(({ text }) => /"leadId":"([^"]+)"/.exec(text)?.[1] ?? []))];
  return lines.flatMap((one, n) => {
    // What the history itself merges may be merged already.
    const line = one.text.includes('LeadsMerged') ? { ...one, mayBeRefused: true } : one;
    if (n % 50 !== 49) return [line];
    const [mergedId, survivorId] = [leads[Math.floor(random() * leads.length)]!, leads[Math.floor(random() * leads.length)]!];
    const id = `merge-${n}`;
    const event = {
      specversion: '1.0',
      id,
      source: '/chaos',
      type: 'LeadsMerged',
      time: new Date().toISOString(),
      data: { mergedId, survivorId },
    };
    return [line, { id, source: '/chaos', text: JSON.stringify(event), acknowledged: false, mayBeRefused: true }];
  });
}

/** Answers come one by one while deadlines pass. */
async function sendDue(url: string, due: DueMoments): Promise<void> {
  await sendStream(url, due.imported, '?decisions=silent');
  for (const line of due.lines) {
    await sendStream(url, [line]);
    await sleep((SECONDS * 700) / due.lines.length);
  }
}

/** About as long as the workers are troubled; some of it is sent twice. */
async function load(url: string, lines: readonly Line[], random: () => number): Promise<void> {
  const size = Math.ceil(LINES_A_SECOND / 5);
  for (let at = 0; at < lines.length; at += size) {
    await sendStream(url, lines.slice(random() < 0.1 ? Math.max(0, at - size) : at, at + size));
    await sleep(150);
  }
}
