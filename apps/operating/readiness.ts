import type { ArchiveFailure } from '@leadlog/archive';
import type { Backends } from '../setup/backends';
import type { WrittenStorage } from './written-storage';

export interface Readiness {
  status: 'ready' | 'not-ready';
  /** What keeps it from being ready; empty when it is. */
  reasons: string[];
}

/** A probe waits for a second or a few, an adapter for longer: what has not answered by then counts as away. */
const PATIENCE_MS = 2_000;

/** Log readable, read models readable, jobs reachable; and all of it (`written`) takes writes, too. */
export async function backendsReady(
  { log, store, jobs, written }: Pick<Backends, 'log' | 'store' | 'jobs'> & { written?: WrittenStorage },
  patienceMs = PATIENCE_MS,
): Promise<Readiness> {
  const asked = await Promise.all([
    reasonOf('the event log cannot be read', patienceMs, () => log.head()),
    reasonOf('the read models cannot be read', patienceMs, () => store.registry()),
    reasonOf('the jobs cannot be read', patienceMs, () => jobs.counts('webhooks')),
  ]);
  let unwritten: string[] = [];
  const late = await reasonOf(
    'whether it takes writes is not known',
    patienceMs,
    async () => (unwritten = (await written?.reasons()) ?? []),
  );
  const reasons = [...asked, ...unwritten, late].filter((reason) => reason !== undefined);
  return { status: reasons.length === 0 ? 'ready' : 'not-ready', reasons };
}

async function reasonOf(what: string, patienceMs: number, look: () => Promise<unknown>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)),
  );
  try {
    await Promise.race([look(), late]);
    return undefined;
  } catch (error) {
    return `${what}: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}

export function failedArchive({ position, since, message }: ArchiveFailure): string {
  return `the archive cannot be written beyond position ${position} since ${since}: ${message}`;
}
