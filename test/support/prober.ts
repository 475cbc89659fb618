import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { AS_OWNER } from './owner-key';

/**
 * Sends an event again and again, each time under an id of its own, as a worker thread: what makes the load must not hold up what measures
 * the answers.
 */
export interface Probing {
  /** Of the api. */
  url: string;
  event: { id: string };
}

/** Told as each is answered. */
export interface Probe {
  status: number;
  ms: number;
}

async function send({ url, event }: Probing, n: number): Promise<Probe> {
  const began = performance.now();
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { ...AS_OWNER, 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ ...event, id: `${event.id}-${n}` }),
  });
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - began };
}

/** Until it is told anything. */
async function main(): Promise<void> {
  const port = parentPort!;
  let over = false;
  port.once('message', () => (over = true));
  for (let n = 1; !over; n += 1) {
    port.postMessage(await send(workerData as Probing, n));
    await sleep(50);
  }
}

void main();
