import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@leadlog/simulation';
import { postJson, startEngine, temporaryFolder, type EngineProcess } from '../support/engine-process';
import { DueMoments } from '../support/due-moments.testing';
import { operate } from '../support/operate.testing';
import { expectExactlyOnce, historyLines, sendStream, type Line } from '../support/sent-lines.testing';
import { expectReadModelsAsRebuilt, untilQuiet } from '../support/read-models.testing';

/** `CRASH_KILLS=60 npm run test:e2e -- test/faults/crash` is the full form. */
const KILLS = Number(process.env.CRASH_KILLS ?? 5);
const SEED = Number(process.env.CRASH_SEED ?? 20261124);

describe(`an engine killed ${KILLS} times at random moments (seed ${SEED})`, () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('holds exactly the acknowledged events, what fell due has happened once, and every read model equals a fresh rebuild', async () => {
    const chance = new Random(SEED);
    const random = () => chance.next();
    const lines = historyLines(SEED, KILLS * 700);
    const due = new DueMoments(folder, random, KILLS * 3);
    await due.recordHandoffs();
    const portion = Math.ceil(due.lines.length / KILLS);
    let engine: EngineProcess | undefined;
    let next = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      engine = await startEngine(folder, due.env);
      const until = Math.min(lines.length, next + 700);
      const sending = Promise.allSettled([
        // What was under way at the last kill is sent again: the same ids, so nothing can be doubled.
        sendStream(engine.url, lines.slice(Math.max(0, next - 700), until)),
        sendSingles(engine.url, lines.slice(next, until), random),
        sendStream(engine.url, due.lines.slice(0, (kill + 1) * portion)),
        sendStream(engine.url, due.imported, '?decisions=silent'),
        operate(engine.url, random),
      ]);
      next = until;
      await sleep(30 + Math.floor(random() * 900));
      await engine.kill();
      await sending;
    }

    engine = await startEngine(folder, due.env);
    await sendStream(engine.url, lines);
    await sendStream(engine.url, due.lines);
    await sendStream(engine.url, due.imported, '?decisions=silent');
    const all = [...lines, ...due.lines, ...due.imported];
    expect(all.filter((line) => !line.acknowledged)).toEqual([]);
    await sleep(Math.max(0, due.last - Date.now()));
    await untilQuiet(engine.url);
    await due.expectSeenOnce(engine.url);
    expect(await engine.stop()).toBe(0);

    await expectExactlyOnce(folder, all);
    await due.expectFiredOnce();
    await expectReadModelsAsRebuilt(folder);
  }, 1_800_000);
});

async function sendSingles(url: string, lines: readonly Line[], random: () => number): Promise<void> {
  for (const line of lines) {
    if (random() < 0.7) continue;
    const { status } = await postJson(`${url}/v1/events`, line.text, 'application/cloudevents+json');
    if (status === 200 || status === 201) line.acknowledged = true;
  }
}
