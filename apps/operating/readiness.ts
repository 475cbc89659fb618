import type { Backends } from '../backends';

export interface Readiness {
  status: 'ready' | 'not-ready';
  /** What keeps it from being ready; empty when it is. */
  reasons: string[];
}

/** A probe waits for a second or a few, an adapter for longer: what has not answered by then counts as away. */
const PATIENCE_MS = 2_000;

/** Log readable, read models readable, jobs reachable. That they can be written is not tried: an event would stay for ever, and a write that fails says so itself. */
export async function backendsReady({ log, store, jobs }: Pick<Backends, 'log' | 'store' | 'jobs'>, patienceMs = PATIENCE_MS): Promise<Readiness> {
  const answers = await Promise.all([
    reasonOf('the event log', patienceMs, () => log.head()),
    reasonOf('the read models', patienceMs, () => store.registry()),
    reasonOf('the jobs', patienceMs, () => jobs.counts('webhooks')),
  ]);
  const reasons = answers.filter((reason) => reason !== undefined);
  return { status: reasons.length === 0 ? 'ready' : 'not-ready', reasons };
}

async function reasonOf(what: string, patienceMs: number, look: () => Promise<unknown>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)));
  try {
    await Promise.race([look(), late]);
    return undefined;
  } catch (error) {
    return `${what} cannot be read: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}
