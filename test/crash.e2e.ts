import { setTimeout as sleep } from 'node:timers/promises';
import { eventIdOf } from '@leadlog/lead';
import { Random, simulate } from '@leadlog/simulation';
import { backendsOf, getJson, postJson, startEngine, temporaryFolder, type EngineProcess } from './support/engine-process';
import { expectReadModelsAsRebuilt, untilQuiet } from './support/read-models.testing';

/** `CRASH_KILLS=60 npm run test:e2e -- crash` is the full form. */
const KILLS = Number(process.env.CRASH_KILLS ?? 8);
const SEED = Number(process.env.CRASH_SEED ?? 20261124);

interface Line {
  id: string;
  source: string;
  text: string;
  acknowledged: boolean;
}

describe(`an engine killed ${KILLS} times at random moments (seed ${SEED})`, () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('holds exactly the acknowledged events, and every read model equals a fresh rebuild', async () => {
    const chance = new Random(SEED);
    const random = () => chance.next();
    const lines = historyLines(KILLS * 700);
    let engine: EngineProcess | undefined;
    let next = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      engine = await startEngine(folder);
      const until = Math.min(lines.length, next + 700);
      const sending = Promise.allSettled([
        // What was under way at the last kill is sent again: the same ids, so nothing can be doubled.
        sendStream(engine.url, lines.slice(Math.max(0, next - 700), until)),
        sendSingles(engine.url, lines.slice(next, until), random),
        operate(engine.url, random),
      ]);
      next = until;
      await sleep(30 + Math.floor(random() * 900));
      await engine.kill();
      await sending;
    }

    engine = await startEngine(folder);
    await sendStream(engine.url, lines);
    expect(lines.filter((line) => !line.acknowledged)).toEqual([]);
    await untilQuiet(engine.url);
    expect(await engine.stop()).toBe(0);

    const { log, close } = await backendsOf(folder);
    const found = new Map<string, number>();
    let strangers = 0;
    const sent = new Set(lines.map((line) => eventIdOf(line.source, line.id)));
    for await (const slice of log.read()) {
      for (const event of slice.events) {
        if (sent.has(event.id)) found.set(event.id, (found.get(event.id) ?? 0) + 1);
        else if (event.metadata.actor.kind !== 'system') strangers += 1;
      }
    }
    expect(strangers).toBe(0);
    expect(found.size).toBe(sent.size);
    expect([...found.values()].filter((times) => times !== 1)).toEqual([]);

    await close();
    await expectReadModelsAsRebuilt(folder);
  }, 1_800_000);
});

function historyLines(count: number): Line[] {
  const lines: Line[] = [];
  const seen = new Set<string>();
  // Recent history, so that scores are high now, tiers change and leads are handed off while the engine is killed.
  const to = new Date();
  const from = new Date(to.getTime() - 21 * 86_400_000);
  for (const event of simulate({ seed: SEED, from, to, accounts: 150, reps: 12 })) {
    const key = `${event.source} ${event.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    lines.push({ id: event.id, source: event.source, text: JSON.stringify(event), acknowledged: false });
    if (lines.length >= count) break;
  }
  return lines;
}

/** NDJSON answers each line as it is durable; whatever was answered before the kill counts as acknowledged. */
async function sendStream(url: string, lines: readonly Line[]): Promise<void> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.map((line) => line.text).join('\n')}\n`,
  });
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const answer = JSON.parse(part) as { line?: number; result?: string; errors?: unknown };
      if (answer.line === undefined || answer.result === undefined) continue;
      if (answer.result === 'rejected') throw new Error(`line rejected: ${part} of ${lines[answer.line - 1]!.text}`);
      lines[answer.line - 1]!.acknowledged = true;
    }
  }
}

async function sendSingles(url: string, lines: readonly Line[], random: () => number): Promise<void> {
  for (const line of lines) {
    if (random() < 0.7) continue;
    const { status } = await postJson(`${url}/v1/events`, line.text, 'application/cloudevents+json');
    if (status === 200 || status === 201) line.acknowledged = true;
  }
}

/** Rebuilds and switches are under way at some of the kills. */
async function operate(url: string, random: () => number): Promise<void> {
  const { items } = await getJson<{ items: { name: string }[] }>(`${url}/v1/projections`);
  for (;;) {
    await sleep(random() * 200);
    const name = items[Math.floor(random() * items.length)]!.name;
    const command = ['rebuild', 'rebuild', 'switch', 'rollback'][Math.floor(random() * 4)]!;
    await postJson(`${url}/v1/projections/${name}/${command}`, command === 'rebuild' ? { autoSwitch: random() < 0.6 } : {});
  }
}
