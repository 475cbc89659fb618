import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { decode } from '@leadlog/events';
import { LiveReadModels, ProjectionEngine } from '@leadlog/projections';
import { dumpOf } from '@leadlog/projections/projection.contract';
import { SqliteReadModelStore } from '@leadlog/projections/sqlite/sqlite-read-model-store';
import { projectionSources } from '../../apps/setup/projections';
import { backendsOf, getJson, settingsOf } from './engine-process';

/** Every read model of the stopped engine equals one that is built from its log now, document by document. */
export async function expectReadModelsAsRebuilt(folder: string): Promise<void> {
  const { log, store, close } = await backendsOf(folder);
  const fresh = SqliteReadModelStore.open({ file: join(folder, 'fresh.db') });
  const sources = projectionSources(settingsOf(folder));
  const rebuild = new ProjectionEngine({ log, store: fresh, sources, decode, clock: Date.now });
  await rebuild.start();
  await new LiveReadModels(fresh).reached(
    sources.map((source) => source.name),
    await log.head(),
    300_000,
  );
  for (const source of sources) {
    const { projection } = source.current();
    expect({ [source.name]: await dumpOf(store, projection) }).toEqual({ [source.name]: await dumpOf(fresh, projection) });
  }
  await rebuild.stop();
  await fresh.close();
  await close();
}

interface Listed {
  items: { name: string; due: number; generations: { id: string; state: string; checkpoint?: string }[] }[];
}

/** Looks that must see the same; many more where decisions are listed as due that none may come of, as after a change of model. */
const LOOKS = 3;
const LOOKS_WHILE_DUE = 40;

/** No build under way, nothing due for reactions, and every live generation stands at the head, which does not move. */
export async function untilQuiet(url: string): Promise<void> {
  for (let last = '', same = 0, due = 0; same < (due > 0 ? LOOKS_WHILE_DUE : LOOKS);) {
    const { position } = await getJson<{ position: string }>(`${url}/v1/log/head`);
    const { items } = await getJson<Listed>(`${url}/v1/projections`);
    const generations = items.flatMap((item) => item.generations);
    const settled = generations.every(
      ({ state, checkpoint }) => state !== 'building' && (state !== 'live' || BigInt(checkpoint ?? -1) >= BigInt(position)),
    );
    due = items.reduce((sum, item) => sum + item.due, 0);
    const now = `${settled} ${due} ${position}`;
    same = now === last && settled && items.length > 0 ? same + 1 : 0;
    last = now;
    await sleep(150);
  }
}
