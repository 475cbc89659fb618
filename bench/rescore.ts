import { setTimeout as sleep } from 'node:timers/promises';
import { getJson, postJson, startEngine, temporaryFolder, untilReady } from '../test/support/engine-process';
import { EVENTS, LEADS } from './archive';
import { recordHistory } from './history';
import { CHANGED_MODEL, LIVE_MODEL_ID } from './models';
import { rebuildBare } from './rebuild/rebuild';
import { round, type Bench } from './result';

/**
 * From the publication of a changed model over HTTP (for all of history, silent) until reads answer with it, on a started engine whose read
 * models and archive are built and whose tiers are decided; then until the tiers that differ under it are decided too.
 */
export const runRescore: Bench = async () => {
  const { folder, remove } = temporaryFolder();
  try {
    await recordHistory(folder, { seed: 3, events: EVENTS, leads: LEADS });
    const bare = rebuildBare(folder);
    const engine = await startEngine(folder);
    try {
      await untilReady(engine.url);
      const before = await untilQuiet(engine.url);
      const began = performance.now();
      const { status, body } = await postJson<{ version: string }>(`${engine.url}/v1/models/${LIVE_MODEL_ID}/publish`, {
        document: CHANGED_MODEL,
        mode: 'retroactive',
        handoffs: 'silent',
      });
      if (status !== 202) throw new Error(`publishing answered ${status}: ${JSON.stringify(body)}`);
      while ((await getJson<{ version: string }>(`${engine.url}/v1/leads/lead-0000000/why`)).version !== body.version) await sleep(50);
      const switchedMs = performance.now() - began;
      const after = await untilQuiet(engine.url);
      const decidedMs = performance.now() - began - QUIET_MS;
      return {
        name: 'rescore',
        workload: `${before} events of ${LEADS} leads, everything built and decided; from the publication of a changed model until reads answer with it, and until the ${after - before} events that follow from it are in the log; the bare loop scores all leads under one model`,
        figures: { seconds: round(switchedMs / 1_000), 'seconds until decided': round(decidedMs / 1_000) },
        baseline: { seconds: round(bare.ms / 1_000) },
        ratio: round(bare.ms / switchedMs),
      };
    } finally {
      await engine.stop();
    }
  } finally {
    remove();
  }
};

const QUIET_MS = 3_000;

/** Decisions are events too: they are made and folded when the log has stood still for so long. Answers its head. */
async function untilQuiet(url: string): Promise<number> {
  for (let last = ''; ;) {
    const { position } = await getJson<{ position: string }>(`${url}/v1/log/head`);
    await getJson(`${url}/v1/leads?limit=1&after=${position}&timeout=60000`);
    if (position === last) return Number(position);
    last = position;
    await sleep(QUIET_MS);
  }
}
