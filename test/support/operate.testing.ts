import { setTimeout as sleep } from 'node:timers/promises';
import { getJson, postJson } from './engine-process';

/** Rebuilds and switches, so that some are under way whatever happens; ends when the api does, or when told to. */
export async function operate(
  url: string,
  random: () => number,
  { pauseMs = 200, signal }: { pauseMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const { items } = await getJson<{ items: { name: string }[] }>(`${url}/v1/projections`);
  while (!signal?.aborted) {
    await sleep(random() * pauseMs);
    const name = items[Math.floor(random() * items.length)]!.name;
    const command = ['rebuild', 'rebuild', 'switch', 'rollback'][Math.floor(random() * 4)]!;
    await postJson(`${url}/v1/projections/${name}/${command}`, command === 'rebuild' ? { autoSwitch: random() < 0.6 } : {});
  }
}
